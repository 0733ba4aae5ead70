/// What stands before a line being typed. SGR sequences (colours) are allowed in every part; other control characters
/// are left out.
public struct Prompt: Sendable, Equatable {
  public var text: String
  /// At the right end of the row while there is room.
  public var rightText: String
  /// Before each further line of an entry that spans several.
  public var continuation: String

  public init(_ text: String, rightText: String = "", continuation: String = "> ") {
    self.text = text
    self.rightText = rightText
    self.continuation = continuation
  }
}

/// What reading a line came to.
public enum Input: Sendable, Equatable {
  /// A line, or several with newlines between when one was not complete or many were pasted.
  case line(String)
  /// Ctrl-C: the line was cancelled.
  case interrupted
  /// Ctrl-D on an empty line, or the terminal is gone.
  case endOfFile
}
