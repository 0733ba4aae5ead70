import DiskIO
import EtcdAPI
import EtcdServer
import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A node as its own process: `etch serve`, or the program under the name `etcd`.
public struct ServeCommand: Sendable {
  /// How the program was called. Under etcd's name it ends as etcd ends.
  public enum Name: Sendable {
    case etch, etcd
  }

  let name: Name
  /// The program's own version; etcd's is that of what it serves.
  let version: String
  /// The whole command line, for the log.
  let commandLine: [String]
  let arguments: [String]
  let environment: [String: String]

  /// - Parameters:
  ///   - commandLine: the program's name first.
  ///   - arguments: what of it are flags.
  public init(
    _ name: Name, version: String, commandLine: [String], arguments: [String], environment: [String: String]
  ) {
    self.name = name
    self.version = version
    self.commandLine = commandLine
    self.arguments = arguments
    self.environment = environment
  }

  /// Runs until the node ends.
  ///
  /// - Returns: etcd's exit statuses: 2 for a command line that cannot be read, 1 when the server does not start.
  public func run() async -> Int32 {
    let help = ServerHelp(command: name == .etcd ? "etcd" : "etch serve")
    if let way = arguments.first, ["gateway", "grpc-proxy"].contains(way) {
      print("Error: \(way) is not built: this program is a server, and no proxy before others", to: STDERR_FILENO)
      print("Give clients the addresses of the servers themselves, or use etcd's \(way).", to: STDERR_FILENO)
      return 1
    }
    var reader = FlagReader()
    do throws(FlagReader.Refusal) {
      if try reader.read(arguments) == .help {
        print(help.text, to: STDOUT_FILENO)
        return 0
      }
    } catch {
      print("\(error.text)\n\(help.usage)", to: STDERR_FILENO)
      return 2
    }
    if reader.rest.isEmpty && reader.wantsVersion {
      print(versionText, to: STDOUT_FILENO)
      return 0
    }
    return await serve(reader)
  }

  private func serve(_ reader: FlagReader) async -> Int32 {
    var early = EarlyLines()
    let logger: Logger
    let settings: ServerSettings
    do {
      let values = try values(reader, &early)
      logger = try Self.logger(values)
      early.write(to: logger)
      logger.info("Running: ", metadata: ["args": .array(commandLine.map { "\($0)" })])
      settings = try ServerSettings(values)
    } catch {
      // What the log was to be is not known, or is what is wrong.
      let logger = Logger(label: "etch") { _ in ZapLogHandler(to: LogSink()) }
      early.write(to: logger)
      return Self.report(error, "failed to verify flags", logger)
    }
    Self.nameFlagsWithoutEffect(settings.values, logger)
    if settings.values["data-dir"].isEmpty {
      logger.warning("'data-dir' was empty; using default", metadata: ["data-dir": "\(settings.dataFolder)"])
    }
    return await run(settings, logger)
  }

  private func run(_ settings: ServerSettings, _ logger: Logger) async -> Int32 {
    let server: RunningServer
    do {
      server = try await RunningServer.start(settings, version: version, logger)
    } catch {
      return Self.report(error, "failed to start etcd", logger, level: .critical)
    }
    notifyServiceManager(logger)
    var request = Termination.Request.terminate
    for await first in server.termination.requests {
      request = first
      break
    }
    logger.info("received signal; shutting down", metadata: ["signal": "\(request.name)"])
    let impatience = Task {
      // Asked twice, it leaves at once: what was answered is on disk.
      for await again in server.termination.requests { Termination.end(by: again) }
    }
    await server.close()
    impatience.cancel()
    if name == .etcd { Termination.end(by: request) }
    return 0
  }

  // MARK: What was asked

  private func values(_ reader: FlagReader, _ early: inout EarlyLines) throws -> FlagValues {
    if let word = reader.rest.first {
      throw ServerSettings.Refusal(
        "'\(word)' is not a valid flag",
        remedy: "flags begin with --; a bool takes its value after =, as in --pre-vote=false")
    }
    if let path = reader.configFile ?? environment[FlagTable.configFile.variable], !path.isEmpty {
      let text = try Self.contents(of: path)
      let values = try ConfigFileReader.read(text, name: path) { early.add($0, $1, $2) }
      early.add(
        .info,
        "loaded server configuration, other configuration command line flags and environment variables will be ignored "
          + "if provided", ["path": "\(path)"])
      return values
    }
    var values = reader.values
    try EnvironmentReader.read(environment, into: &values) { early.add($0, $1, $2) }
    return values
  }

  private static func contents(of path: String) throws -> String {
    do {
      let file = try PosixDisk().open(path, .read)
      defer { file.close() }
      var bytes = [UInt8](repeating: 0, count: try file.size())
      let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
      return String(decoding: bytes[..<count], as: UTF8.self)
    } catch let error as DiskError {
      throw ServerSettings.Refusal("\(error)", remedy: error.remedy)
    }
  }

  private static func logger(_ values: FlagValues) throws -> Logger {
    let name = values.bool("debug") ? "debug" : values["log-level"]
    guard let level = Logger.Level(zapName: name) else {
      throw ServerSettings.Refusal(
        "unrecognized level: \(GoValue.quoted(name))", remedy: "give debug, info, warn, error, panic or fatal")
    }
    let outputs = values.list(values.isSet("log-output") ? "log-output" : "log-outputs")
    let sink = try LogSink(outputs: outputs.isEmpty ? ["default"] : outputs)
    let format = ZapLogHandler.Format(rawValue: values["log-format"])!
    return Logger(label: "etch") { _ in ZapLogHandler(to: sink, format: format, logLevel: level) }
  }

  private static func nameFlagsWithoutEffect(_ values: FlagValues, _ logger: Logger) {
    for (flag, text) in values.flags {
      guard case .none(let reason) = flag.effect else { continue }
      logger.warning(
        "flag has no effect here", metadata: ["flag": "--\(flag.name)", "value": "\(text)", "reason": "\(reason)"])
    }
  }

  // MARK: What is said

  private var versionText: String {
    // Scripts look for etcd's four lines.
    """
    etcd Version: \(NodeConfiguration.etcdVersion)
    Git SHA: none (this is etch, which serves as that version of etcd does)
    Go Version: none (Swift)
    Go OS/Arch: \(Platform.system)/\(Platform.architecture)
    etch Version: \(version)

    """
  }

  private static func report(
    _ error: any Error, _ message: Logger.Message, _ logger: Logger, level: Logger.Level = .warning
  ) -> Int32 {
    var metadata: Logger.Metadata = [:]
    switch error {
    case let refusal as ServerSettings.Refusal:
      metadata["error"] = "\(refusal.text)"
      metadata["remedy"] = refusal.remedy.map { "\($0)" }
    case let refusal as EnvironmentReader.Refusal: metadata["error"] = "\(refusal.text)"
    case let refusal as ConfigFileReader.Refusal: metadata["error"] = "\(refusal.text)"
    case let failure as LogSink.Failure: metadata["error"] = "\(failure.text)"
    case let error as EtcdError:
      metadata["error"] = "\(error.message)"
      metadata["cause"] = error.cause.map { "\($0)" }
      metadata["remedy"] = error.remedy.map { "\($0)" }
    default: metadata["error"] = "\(error)"
    }
    logger.log(level: level, message, metadata: metadata)
    if error as? ServerSettings.Refusal == .advertiseClientURLsMissing {
      logger.warning("advertise client URLs are not set", metadata: ["error": metadata["error"]!])
    }
    return 1
  }

  private func notifyServiceManager(_ logger: Logger) {
    guard let manager = ServiceManager(environment: environment) else { return }
    logger.info("notifying init daemon")
    if let problem = manager.notify("READY=1") {
      logger.error("failed to notify systemd for readiness", metadata: ["error": "\(problem)"])
    } else {
      logger.info("successfully notified init daemon")
    }
  }

  private func print(_ text: String, to descriptor: Int32) {
    LogSink(descriptors: [descriptor]).write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
  }
}

/// Log lines from before the flags said where the log goes.
private struct EarlyLines {
  private var lines: [(Logger.Level, String, Logger.Metadata)] = []

  mutating func add(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
    lines.append((level, message, metadata))
  }

  mutating func write(to logger: Logger) {
    for (level, message, metadata) in lines { logger.log(level: level, "\(message)", metadata: metadata) }
    lines = []
  }
}
