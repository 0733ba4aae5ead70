/// libedit's own text form of history entries, one a line:
///
///     _HiStOrY_V2_
///     put\040/a\0401
///     put\040/b\040<<EOF\012two\012lines\012EOF
///
/// White space and control characters are octal escapes, a backslash is doubled, everything else stands for itself.
enum HistoryText {
  static let header = "_HiStOrY_V2_"

  static func encode(_ entry: String) -> String {
    var bytes: [UInt8] = []
    for byte in entry.utf8 {
      switch byte {
      case UInt8(ascii: "\\"):
        bytes += [byte, byte]
      case 0...0x20, 0x7f:
        bytes += [
          UInt8(ascii: "\\"), UInt8(ascii: "0") + byte >> 6, UInt8(ascii: "0") + byte >> 3 & 7,
          UInt8(ascii: "0") + byte & 7,
        ]
      default:
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Also reads the other escapes that libedit may have written: `\^A`, `\M-a`, `\M^A`.
  static func decode(_ line: some Sequence<UInt8>) -> String {
    var bytes: [UInt8] = []
    var rest = Array(line)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard let escape = rest.first else { break }
      switch escape {
      case UInt8(ascii: "0")...UInt8(ascii: "3"):
        let digits = rest.prefix(3).prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
        bytes.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1 - UInt8(ascii: "0")) }))
        rest = rest.dropFirst(digits.count)
      case UInt8(ascii: "^"):
        rest.removeFirst()
        if let control = rest.popFirst() { bytes.append(control == UInt8(ascii: "?") ? 0x7f : control & 0x1f) }
      case UInt8(ascii: "M"):
        rest.removeFirst()
        let isControl = rest.popFirst() == UInt8(ascii: "^")
        if let meta = rest.popFirst() { bytes.append(0x80 | (isControl ? meta & 0x1f : meta)) }
      default:
        bytes.append(escape)
        rest.removeFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
