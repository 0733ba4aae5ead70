/// One record of the log: a kind and bytes that only the log's owner understands.
public struct LogRecord: Sendable, Equatable {
  /// etcd's numbers (`server/storage/wal`). The log itself looks at a record's kind only to begin a new segment with
  /// the last metadata and state.
  public enum Kind: UInt64, Sendable {
    /// Whose log it is; at the head of every segment, and the same in all of them.
    case metadata = 1
    case entry = 2
    /// Replaces the state before it; repeated at the head of every segment.
    case state = 3
    /// The checksum chain so far. The log writes these itself and never hands them out.
    case checksum = 4
    case snapshot = 5
  }

  public var kind: Kind
  public var payload: ArraySlice<UInt8>

  public init(_ kind: Kind, _ payload: ArraySlice<UInt8>) {
    self.kind = kind
    self.payload = payload
  }

  public init(_ kind: Kind, _ payload: [UInt8]) {
    self.init(kind, payload[...])
  }
}
