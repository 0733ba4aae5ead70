/// Reads the elements of DER, which certificates and revocation lists are written in, one after the other.
///
///     tag | length: one byte, or 0x80 + n and n bytes | content: for some tags elements again
public struct DERReader {
  public struct Element {
    public let tag: UInt8
    public let content: ArraySlice<UInt8>

    public var children: DERReader { DERReader(content) }
  }

  /// Tags that callers have to tell apart.
  public enum Tag {
    public static let integer: UInt8 = 0x02
    public static let objectIdentifier: UInt8 = 0x06
    public static let utcTime: UInt8 = 0x17
    public static let generalizedTime: UInt8 = 0x18
    public static let sequence: UInt8 = 0x30
  }

  private var rest: ArraySlice<UInt8>

  public init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  /// The next element; nil at the end, and where what follows is no element.
  public mutating func next() -> Element? {
    guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
    var length = Int(first)
    if first & 0x80 != 0 {
      let count = Int(first & 0x7f)
      guard (1...4).contains(count), rest.count >= count else { return nil }
      length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(count)
    }
    guard length <= rest.count else { return nil }
    defer { rest = rest.dropFirst(length) }
    return Element(tag: tag, content: rest.prefix(length))
  }
}
