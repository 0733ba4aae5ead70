import EtcdAPI
import EtcdClient

/// The program, but for its embedded node, which is handed in.
public struct Shell: Sendable {
  let localNodes: LocalNodes
  let table: CommandTable

  public init(table: CommandTable = .standard, localNodes: LocalNodes) {
    self.localNodes = localNodes
    self.table = table
  }

  /// Runs the program.
  ///
  /// - Parameter arguments: the program's name first, as bytes: a key need not be text.
  /// - Returns: the exit status.
  public func run(arguments: [[UInt8]], environment: [String: String]) async -> Int32 {
    let terminal = Terminal(environment: environment)
    let console = Console(sink: FileSink(), isTerminal: terminal.isOutputTerminal, isColored: terminal.isColored)
    do {
      let launch = try Launch(
        arguments: arguments, environment: environment, isInteractive: terminal.isInputTerminal, table: table)
      for warning in launch.warnings { console.writeErrorLine(warning) }
      return try await run(launch, console, environment)
    } catch {
      return Self.report(error, console)
    }
  }

  private func run(_ launch: Launch, _ console: Console, _ environment: [String: String]) async throws -> Int32 {
    switch launch.way {
    case .usage: console.write(UsagePage(table: launch.table).text)
    case .completions(let script): console.write(script.text(launch.table))
    default: return try await converse(launch, console, environment)
    }
    console.flush()
    return ExitStatus.success
  }

  private func converse(
    _ launch: Launch, _ console: Console, _ environment: [String: String]
  ) async throws -> Int32 {
    var launch = launch
    if launch.node == .remote { launch.connection = try launch.connection.withPassword() }
    let node = try await open(launch, console)
    return await withTaskExecutorPreference(node.executor) { [launch] in
      switch launch.way {
      case .usage, .completions: preconditionFailure("needs no node")
      case .oneShot(let words): await runOneShot(words, session(node, launch, console, .oneShot, Self.standardInput()))
      case .prompt: await runPrompt(node, launch, console, environment)
      case .standardInput:
        await runScript(node, launch, console, Self.script(standardInput: console))
      case .lines(let lines):
        await runScript(node, launch, console, ScriptReader(name: "-c", text: Array(lines.joined(separator: [10]))))
      case .file(let path): await runFile(path, node, launch, console)
      }
    }
  }

  private func runFile(_ path: String, _ node: Session.Node, _ launch: Launch, _ console: Console) async -> Int32 {
    do {
      return await runScript(node, launch, console, try ScriptReader.file(path))
    } catch {
      await node.close()
      return Self.report(error, console)
    }
  }

  private func runScript(
    _ node: Session.Node, _ launch: Launch, _ console: Console, _ reader: ScriptReader
  ) async -> Int32 {
    let session = session(node, launch, console, .script, reader)
    let status = await runToEnd(session, reader)
    await session.end()
    return status
  }

  func runToEnd(_ session: Session, _ reader: ScriptReader) async -> Int32 {
    do throws(ExitRequest) {
      return try await ScriptRunner(session: session, reader: reader).run()
    } catch {
      return error.status ?? ExitStatus.success
    }
  }

  private func runOneShot(_ words: [Word], _ session: Session) async -> Int32 {
    var status = ExitStatus.success
    do {
      try await session.run(Statement(words: words))
    } catch let request as ExitRequest {
      status = request.status ?? status
    } catch let failure as ExitAfterReport {
      status = failure.status
    } catch {
      status = Self.report(error, session.console)
    }
    await session.end()
    return status
  }

  func session(
    _ node: Session.Node, _ launch: Launch, _ console: Console, _ mode: Session.Mode, _ input: any LineInput,
    historyFile: String? = nil
  ) -> Session {
    Session(
      node: node, console: console, input: input, mode: mode, table: launch.table, settings: launch.settings,
      program: launch.program, localNodes: localNodes, historyFile: historyFile,
      connection: launch.connection
    ) { connection in try connection.open(console) }
  }

  private func open(_ launch: Launch, _ console: Console) async throws -> Session.Node {
    switch launch.node {
    case .remote: return try launch.connection.open(console)
    case .memory: return try await boot(.empty, "memory", launch)
    case .durable(let folder): return try await boot(.folder(folder), folder, launch)
    case .copy(let snapshot, let folder):
      try SnapshotFile(path: snapshot).check(skippingHash: false)
      guard let folder else {
        return try await boot(.copy(ofSnapshot: snapshot), "copy of \(snapshot)", launch)
      }
      _ = try localNodes.restore(.alone(snapshot, into: folder))
      return try await boot(.folder(folder), folder, launch)
    }
  }

  private func boot(_ start: LocalNodes.Start, _ name: String, _ launch: Launch) async throws -> Session.Node {
    let local = try await localNodes.boot(start, launch.listenURLs)
    local.etcd.commandTimeout = launch.connection.commandTimeout
    var node = Session.Node(etcd: local.etcd, name: name, isEmbedded: true)
    node.urls = local.urls
    node.closePorts = local.closePorts
    return node
  }

  static func report(_ error: any Error, _ console: Console) -> Int32 {
    let error = ShellError(any: error)
    console.writeErrorLine("Error: \(error.message)\(error.explanation)")
    return error.status
  }
}
