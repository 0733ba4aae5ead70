import Checksums

/// How a record lies in a segment. Frames begin at multiples of 8, so a length is never torn by a crash:
///
///      0         8                                               8 + length   8-aligned
///     +---------+-----------------------------------------------+------------+
///     | length  | 08 kind  10 checksum  [1a length payload…]    | 0 … 0      |
///     +---------+-----------------------------------------------+------------+
///       little-endian: the low 56 bits are the record's length; the top byte is 0x80 | padding when there is padding
///
/// The record is etcd's `walpb.Record` in protobuf. Its checksum is the CRC-32C of every payload since the chain began,
/// so a frame proves all that came before it.
struct Frame {
  static let lengthSize = 8
  /// A record's own bytes without its payload: two tags and numbers, a tag and a length.
  static let headerSizeMax = 2 + 6 + 11

  /// Adds a record's frame to the bytes to be written, and its payload to the chain.
  static func encode(
    _ kind: LogRecord.Kind, _ payload: ArraySlice<UInt8>, chain: inout CRC32C, into bytes: inout [UInt8]
  ) {
    chain.update(payload)
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: lengthSize))
    bytes.append(0x08)
    bytes.append(UInt8(kind.rawValue))
    bytes.append(0x10)
    append(UInt64(chain.value), to: &bytes)
    if kind != .checksum {
      bytes.append(0x1a)
      append(UInt64(payload.count), to: &bytes)
      bytes.append(contentsOf: payload)
    }
    let length = bytes.count - start - lengthSize
    let padding = -length & 7
    bytes.append(contentsOf: repeatElement(0, count: padding))
    let field = UInt64(length) | (padding == 0 ? 0 : UInt64(0x80 | padding) << 56)
    for byte in 0..<lengthSize { bytes[start + byte] = UInt8(truncatingIfNeeded: field >> (8 * byte)) }
  }

  /// Takes a length field apart; nil when no encoder could have written it.
  static func decodeLength(_ field: UInt64) -> (length: Int, padding: Int)? {
    let length = Int(field & 0xff_ffff_ffff_ffff)
    let padding = -length & 7
    guard field >> 56 == (padding == 0 ? 0 : UInt64(0x80 | padding)) else { return nil }
    return (length, padding)
  }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// A record's fields as they were stored; the checksum is yet to be compared.
struct StoredRecord {
  var kind: UInt64 = 0
  var checksum: UInt32 = 0
  /// Where the payload lies in the record's bytes.
  var payload: Range<Int> = 0..<0

  /// Reads the three fields of a record; nil when the bytes are no such message.
  ///
  /// With `isPrefix` only the record's beginning is at hand, and the payload may reach beyond it.
  init?(_ bytes: UnsafeRawBufferPointer, isPrefix: Bool = false) {
    var position = 0
    func number() -> UInt64? {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while position < bytes.count, shift < 64 {
        let byte = bytes[position]
        position += 1
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      return nil
    }
    while position < bytes.count {
      let tag = bytes[position]
      position += 1
      guard let value = number() else { return nil }
      switch tag {
      case 0x08: kind = value
      case 0x10: checksum = UInt32(truncatingIfNeeded: value)
      case 0x1a:
        guard value <= 1 << 56 else { return nil }
        payload = position..<position + Int(value)
        if isPrefix { return }
        guard payload.upperBound <= bytes.count else { return nil }
        position = payload.upperBound
      default: return nil
      }
    }
  }
}
