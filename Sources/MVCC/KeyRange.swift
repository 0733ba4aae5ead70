/// Which keys a request means.
///
///     key, no end            the one key                 .single
///     key, end               key <= k < end              .below(end)
///     key, end = "\0"        key <= k                    .unbounded
public struct KeyRange: Hashable, Sendable {
  public enum End: Hashable, Sendable {
    case single
    case below([UInt8])
    case unbounded
  }

  public var start: [UInt8]
  public var end: End

  public init(start: [UInt8], end: End) {
    self.start = start
    self.end = end
  }

  public init(key: [UInt8]) { self.init(start: key, end: .single) }

  /// The range as etcd's requests spell it: an empty `rangeEnd` means the one key, a zero byte no bound.
  public init<Bytes: Collection<UInt8>>(key: Bytes, rangeEnd: Bytes) {
    let end = Array(rangeEnd)
    self.init(start: Array(key), end: end.isEmpty ? .single : end == [0] ? .unbounded : .below(end))
  }

  public func contains(_ key: UnsafeRawBufferPointer) -> Bool {
    start.withUnsafeBytes { start in
      switch end {
      case .single: compareBytes(key, start) == 0
      case .unbounded: compareBytes(key, start) >= 0
      case .below(let end): compareBytes(key, start) >= 0 && end.withUnsafeBytes { compareBytes(key, $0) < 0 }
      }
    }
  }
}
