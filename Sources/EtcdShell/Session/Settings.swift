/// What `:set` changes.
public struct Settings: Sendable {
  public var format = OutputFormat.simple
  public var isHex = false
  /// Whether each command is followed by the time it took.
  public var showsTiming = false
  /// Refuses every command that may write.
  public var isReadOnly = false
  /// Whether a script goes on after an error.
  public var keepsGoing = false
  /// Whether results on a terminal are coloured.
  public var isColored = true

  public init() {}
}
