import NIOCore

/// Reads gzip's wrapping of DEFLATE (RFC 1952).
///
///     | 1f 8b 08 | flags | time (4) | 2 bytes | extra? name? comment? header CRC? | DEFLATE | CRC-32 | length |  ...
enum Gzip {
  enum Failure: Error, Equatable {
    case tooLong(length: Int)
    /// In the words of Go's reader, which clients of etcd may have seen.
    case undecodable(String)
  }

  /// Decompresses `bytes`, which may be several members one after the other, to at most `limit` bytes.
  static func decompress(_ bytes: ByteBuffer, limit: Int) throws(Failure) -> ByteBuffer {
    var rest = bytes
    var output = ByteBuffer()
    repeat {
      guard skipHeader(&rest) else {
        throw .undecodable(rest.readableBytes < 10 ? "unexpected EOF" : "gzip: invalid header")
      }
      let content: [UInt8]
      do throws(Inflater.Failure) {
        content = try Inflater.inflate(&rest, limit: limit - output.readableBytes)
      } catch {
        switch error {
        case .truncated: throw .undecodable("unexpected EOF")
        case .corrupt: throw .undecodable("flate: corrupt input")
        case .tooLong: throw .tooLong(length: max(limit + 1, announcedLength(bytes)))
        }
      }
      guard let (crc, length) = rest.readMultipleIntegers(endianness: .little, as: (UInt32, UInt32).self) else {
        throw .undecodable("unexpected EOF")
      }
      guard crc == checksum(content), length == UInt32(truncatingIfNeeded: content.count) else {
        throw .undecodable("gzip: invalid checksum")
      }
      output.writeBytes(content)
    } while rest.readableBytes > 0
    return output
  }

  private static func skipHeader(_ bytes: inout ByteBuffer) -> Bool {
    guard let head = bytes.readBytes(length: 10), head.starts(with: [0x1f, 0x8b, 8]) else { return false }
    let flags = head[3]
    if flags & 0x4 != 0 {
      guard let length = bytes.readInteger(endianness: .little, as: UInt16.self),
        bytes.readSlice(length: Int(length)) != nil
      else { return false }
    }
    for flag: UInt8 in [0x8, 0x10] where flags & flag != 0 {
      guard let end = bytes.readableBytesView.firstIndex(of: 0) else { return false }
      bytes.moveReaderIndex(to: end + 1)
    }
    return flags & 0x2 == 0 || bytes.readInteger(as: UInt16.self) != nil
  }

  /// What the last four bytes say.
  private static func announcedLength(_ bytes: ByteBuffer) -> Int {
    Int(bytes.getInteger(at: bytes.writerIndex - 4, endianness: .little, as: UInt32.self) ?? 0)
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
  }
}
