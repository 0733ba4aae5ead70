import EtcdAPI
import Synchronization

/// One user's conversation with etcd: the node spoken to, the settings, the jobs, and the place where text goes.
public final class Session: Sendable {
  /// How lines come in; commands that read further lines or ask questions differ by it.
  public enum Mode: Sendable { case oneShot, script, prompt }

  /// The node spoken to.
  public struct Node: Sendable {
    public var etcd: any Etcd
    /// As the prompt names it: an address, a folder, `memory`.
    public var name: String
    public var isEmbedded: Bool
    /// Where calls on this node change no threads; nil when anywhere is as good.
    public var executor: (any TaskExecutor)?
    /// Where other clients reach an embedded node, if they are meant to.
    var urls: [String] = []
    var closePorts: @Sendable () async -> Void = {}

    public init(etcd: any Etcd, name: String, isEmbedded: Bool, executor: (any TaskExecutor)? = nil) {
      self.etcd = etcd
      self.name = name
      self.isEmbedded = isEmbedded
      self.executor = executor
    }

    /// Ends an embedded node, other clients first; leaves remote ones.
    func close() async {
      await closePorts()
      await etcd.close()
    }
  }

  private struct State {
    var node: Node
    var settings: Settings
    var inputs: [any LineInput]
  }

  public let mode: Mode
  public let table: CommandTable
  public let console: Console
  public let jobs: Jobs
  /// Under whose name the program was started, and so whose habits it has.
  public let program: ProgramName
  /// Nodes and folders of our own.
  let localNodes: LocalNodes
  /// Where the lines typed at a prompt are kept.
  let historyFile: String?
  /// How remote nodes are reached, by the flags this session was started with.
  let connection: Connection
  private let connector: @Sendable (Connection) throws -> Node
  private let state: Mutex<State>

  public init(
    node: Node, console: Console, input: any LineInput, mode: Mode, table: CommandTable = .standard,
    settings: Settings = Settings(), program: ProgramName = .etch, localNodes: LocalNodes = .none,
    historyFile: String? = nil, connection: Connection = Connection(),
    connector: @escaping @Sendable (Connection) throws -> Node
  ) {
    self.mode = mode
    self.table = table
    self.console = console
    self.program = program
    self.localNodes = localNodes
    self.historyFile = historyFile
    self.connection = connection
    self.connector = connector
    jobs = Jobs(console: console)
    state = Mutex(State(node: node, settings: settings, inputs: [input]))
  }

  public var node: Node { state.withLock { $0.node } }
  public var etcd: any Etcd { state.withLock { $0.node.etcd } }
  public var settings: Settings { state.withLock { $0.settings } }

  public func change(_ body: (inout Settings) -> Void) { state.withLock { body(&$0.settings) } }

  /// Where a command reads lines of its own: the innermost script, or the prompt.
  public var input: any LineInput { state.withLock { $0.inputs.last! } }

  func push(_ input: any LineInput) { state.withLock { $0.inputs.append(input) } }
  var inputDepth: Int { state.withLock { $0.inputs.count } }
  func pop() { _ = state.withLock { $0.inputs.removeLast() } }

  /// Runs one statement.
  public func run(_ statement: Statement) async throws {
    try await run(try table.parse(statement.words), isBackground: statement.isBackground)
  }

  func run(_ parsed: CommandTable.Parsed, isBackground: Bool = false) async throws {
    let command = parsed.command
    let (node, settings) = state.withLock { ($0.node, $0.settings) }
    if command.writes, settings.isReadOnly {
      throw ShellError(
        "\(command.name) may write, and this session is read-only", remedy: ":set readonly off",
        status: ExitStatus.badFeature)
    }
    if isBackground, !command.runsInBackground {
      throw ShellError.badArguments(
        "\(command.name) cannot run in the background", remedy: "only watch takes a trailing &; quote it if it is meant"
      )
    }
    try command.check(node, mode)
    let invocation = Invocation(
      command: command, words: parsed.words, wordsBeforeDashes: parsed.wordsBeforeDashes, flags: parsed.flags,
      isBackground: isBackground, session: self)
    let timeout = parsed.flags.duration("command-timeout")
    let usual = timeout == nil ? nil : node.etcd.commandTimeout
    if let timeout { node.etcd.commandTimeout = timeout }
    defer { if let usual { node.etcd.commandTimeout = usual } }
    guard settings.showsTiming else { return try await command.run(invocation) }
    let start = ContinuousClock.now
    defer { console.writeErrorLine("took \(Timing.text(ContinuousClock.now - start))") }
    try await command.run(invocation)
  }

  /// Reaches other nodes, beside those spoken to.
  func open(_ connection: Connection) throws -> Node { try connector(connection) }

  /// Speaks to other nodes from now on, once one of them has answered. Watches on the node left are stopped.
  func connect(to endpoints: [String]) async throws {
    var connection = connection
    connection.endpoints = endpoints
    let next = try open(connection)
    do {
      _ = try await next.etcd.status(.init(), at: next.etcd.endpoints[0])
    } catch {
      await next.close()
      throw error
    }
    for job in jobs.all { console.writeErrorLine("[\(job.number)] stopped: \(job.title)") }
    await jobs.stopAll()
    let left = state.withLock { state in
      defer { state.node = next }
      return state.node
    }
    await left.close()
  }

  /// Ends the session. In a script, watches first show everything that was written before its end.
  func end() async {
    if mode == .script { await jobs.catchUp(with: etcd) }
    await jobs.stopAll()
    console.flush()
    await node.close()
  }
}

extension Command {
  func check(_ node: Session.Node, _ mode: Session.Mode) throws(ShellError) {
    switch place {
    case .remote where node.isEmbedded:
      throw ShellError(
        "\(name) needs remote nodes; this is the embedded one", remedy: "connect ENDPOINTS",
        status: ExitStatus.badFeature)
    case .embedded where !node.isEmbedded:
      throw ShellError("\(name) needs the embedded node; this is \(node.name)", status: ExitStatus.badFeature)
    case .session where mode == .oneShot:
      throw ShellError(
        "\(name) makes sense only at the prompt and in scripts", remedy: "etch -c '\(name) …' -c '…'",
        status: ExitStatus.badFeature)
    default: break
    }
  }
}

/// Further lines for a command that reads its own, such as `txn`, and whole standard input for `put KEY < FILE`.
public protocol LineInput: Sendable {
  /// The next line without its newline, or nil at the end. `prompt` is shown where a person types.
  func nextLine(prompt: String) async throws -> [UInt8]?
  /// The number of the line that ``nextLine(prompt:)`` returned last, counted from 1.
  var lineNumber: Int { get }
  /// A line of which nothing is shown and nothing kept; nil where there is nobody to type it.
  func nextSecret(prompt: String) async throws -> String?
  /// Everything that is left, for a value that is given on standard input; nil where standard input is the script
  /// itself or a person typing commands.
  func remainingBytes() async throws -> [UInt8]?
}

extension LineInput {
  /// Nobody: a script has no secrets of its own.
  public func nextSecret(prompt: String) async throws -> String? { nil }
}

/// How long something took, for a person.
enum Timing {
  /// `812 µs`, `4.31 ms`, `2.07 s`
  static func text(_ duration: Duration) -> String {
    let nanoseconds = duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    switch nanoseconds {
    case ..<1_000_000: return "\(nanoseconds / 1_000) µs"
    case ..<1_000_000_000: return hundredths(nanoseconds / 10_000) + " ms"
    default: return hundredths(nanoseconds / 10_000_000) + " s"
    }
  }

  private static func hundredths(_ value: Int64) -> String {
    let rest = String(value % 100)
    return "\(value / 100).\(rest.count == 1 ? "0" + rest : rest)"
  }
}
