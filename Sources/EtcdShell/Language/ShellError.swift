import EtcdAPI

/// etcdctl's exit statuses.
public enum ExitStatus {
  public static let success: Int32 = 0
  public static let error: Int32 = 1
  public static let badConnection: Int32 = 2
  public static let invalidInput: Int32 = 3
  /// An unsupported feature in etcdctl v3; a missing or present key in the 2017 commands.
  public static let badFeature: Int32 = 4
  public static let interrupted: Int32 = 5
  public static let io: Int32 = 6
  /// Too few or too many words, flags that exclude each other, a lease or member ID that is none. An unknown command or
  /// flag, and a flag's value that cannot be read, leave with ``error``.
  public static let badArguments: Int32 = 128
}

/// A command that could not be read or carried out.
///
///     script.etch:3:9: unknown flag: --prefxi                          <- where, message
///       remedy: did you mean --prefix?                                 <- cause and remedy, where known
public struct ShellError: Error, Sendable, Equatable {
  public var message: String
  public var cause: String?
  public var remedy: String?
  public var status: Int32
  /// The place of the word that is at fault, counted from 1. Without one, the statement as a whole is.
  public var line: Int?
  public var column: Int?

  public init(
    _ message: String, cause: String? = nil, remedy: String? = nil, status: Int32 = ExitStatus.error,
    at word: Word? = nil
  ) {
    self.message = message
    self.cause = cause
    self.remedy = remedy
    self.status = status
    self.line = word?.line
    self.column = word?.column
  }

  /// A line whose words are known but do not make a command.
  public static func badArguments(
    _ message: String, cause: String? = nil, remedy: String? = nil, at word: Word? = nil
  ) -> ShellError {
    ShellError(message, cause: cause, remedy: remedy, status: ExitStatus.badArguments, at: word)
  }

  /// A failed call, as an error of the shell.
  public init(_ error: EtcdError) {
    let status =
      switch error {
      case _ where error.code == .cancelled: ExitStatus.interrupted
      // etcdctl asks for its token before anything else, as part of connecting.
      case _ where error.message == EtcdError.authFailed.message: ExitStatus.badConnection
      default: ExitStatus.error
      }
    self.init(error.message, cause: error.cause, remedy: error.remedy, status: status)
  }

  /// Any error a command may throw.
  public init(any error: any Error) {
    switch error {
    case let error as ShellError: self = error
    case let error as EtcdError: self.init(error)
    case is CancellationError: self.init("interrupted", status: ExitStatus.interrupted)
    default: self.init(String(describing: error))
    }
  }

  /// Cause and remedy, each on a line of its own; empty when neither is known.
  public var explanation: String {
    var text = ""
    if let cause { text += "\n  cause:  \(cause)" }
    if let remedy { text += "\n  remedy: \(remedy)" }
    return text
  }
}
