import EtcdAPI
import Synchronization

/// One user's conversation with etcd: the node spoken to, the settings, the jobs, and the place where text goes.
public final class Session: Sendable {
  /// How lines come in; commands that read further lines or ask questions differ by it.
  public enum Mode: Sendable { case oneShot, script, prompt }

  private struct State {
    var etcd: any Etcd
    var settings: Settings
  }

  public let mode: Mode
  public let table: CommandTable
  public let console: Console
  public let input: any LineInput
  public let jobs: Jobs
  private let state: Mutex<State>

  public init(
    etcd: any Etcd, console: Console, input: any LineInput, mode: Mode, table: CommandTable = .standard,
    settings: Settings = Settings()
  ) {
    self.mode = mode
    self.table = table
    self.console = console
    self.input = input
    jobs = Jobs(console: console)
    state = Mutex(State(etcd: etcd, settings: settings))
  }

  public var etcd: any Etcd { state.withLock { $0.etcd } }

  public var settings: Settings {
    get { state.withLock { $0.settings } }
    set { state.withLock { $0.settings = newValue } }
  }

  /// Runs one statement.
  public func run(_ statement: Statement) async throws {
    let parsed = try table.parse(statement.words)
    try await run(parsed, isBackground: statement.isBackground)
  }

  func run(_ parsed: CommandTable.Parsed, isBackground: Bool = false) async throws {
    let command = parsed.command
    if command.writes, settings.isReadOnly {
      throw ShellError(
        "\(command.name) may write, and this session is read-only", remedy: ":set readonly off",
        status: ExitStatus.badFeature)
    }
    let invocation = Invocation(
      command: command, words: parsed.words, wordsBeforeDashes: parsed.wordsBeforeDashes, flags: parsed.flags,
      isBackground: isBackground, session: self)
    try await command.run(invocation)
  }
}

/// Further lines for a command that reads its own, such as `txn`, and whole standard input for `put KEY < FILE`.
public protocol LineInput: Sendable {
  /// The next line without its newline, or nil at the end. `prompt` is shown where a person types.
  func nextLine(prompt: String) async throws -> [UInt8]?
  /// Everything that is left, for a value that is given on standard input; nil where standard input is the script
  /// itself or a person typing commands.
  func remainingBytes() async throws -> [UInt8]?
}
