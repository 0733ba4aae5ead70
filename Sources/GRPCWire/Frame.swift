import NIOCore

/// The nine bytes before every HTTP/2 frame (RFC 9113, 4.1).
///
///     +-----------------+------+-------+---+---------------+
///     |   length (24)   | type | flags | R |  stream (31)  |
///     +-----------------+------+-------+---+---------------+
struct FrameHeader: Equatable {
  static let size = 9

  var length: Int
  var type: UInt8
  var flags: FrameFlags
  var stream: UInt32
}

enum FrameType: UInt8 {
  case data = 0x0
  case headers = 0x1
  case priority = 0x2
  case resetStream = 0x3
  case settings = 0x4
  case pushPromise = 0x5
  case ping = 0x6
  case goAway = 0x7
  case windowUpdate = 0x8
  case continuation = 0x9
}

struct FrameFlags: OptionSet {
  let rawValue: UInt8

  static let endStream = FrameFlags(rawValue: 0x1)
  static let acknowledgement = FrameFlags(rawValue: 0x1)
  static let endHeaders = FrameFlags(rawValue: 0x4)
  static let padded = FrameFlags(rawValue: 0x8)
  static let priority = FrameFlags(rawValue: 0x20)
}

/// What a client's connection begins with (RFC 9113, 3.4).
let clientPreface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

extension ByteBuffer {
  /// The frame header at the reader index, without moving it; nil while it isn't there in full.
  func peekFrameHeader() -> FrameHeader? {
    guard readableBytes >= FrameHeader.size,
      let lengthAndType = getInteger(at: readerIndex, as: UInt32.self),
      let flags = getInteger(at: readerIndex + 4, as: UInt8.self),
      let stream = getInteger(at: readerIndex + 5, as: UInt32.self)
    else { return nil }
    return FrameHeader(
      length: Int(lengthAndType >> 8), type: UInt8(truncatingIfNeeded: lengthAndType),
      flags: FrameFlags(rawValue: flags), stream: stream & 0x7fff_ffff)
  }

  mutating func writeFrameHeader(length: Int, type: FrameType, flags: FrameFlags = [], stream: UInt32) {
    writeMultipleIntegers(UInt32(length) << 8 | UInt32(type.rawValue), flags.rawValue, stream)
  }

  mutating func writeSettings(_ values: [(SettingsParameter, UInt32)]) {
    writeFrameHeader(length: values.count * 6, type: .settings, stream: 0)
    for (parameter, value) in values { writeMultipleIntegers(parameter.rawValue, value) }
  }

  mutating func writeSettingsAcknowledgement() {
    writeFrameHeader(length: 0, type: .settings, flags: .acknowledgement, stream: 0)
  }

  mutating func writePing(_ payload: UInt64, acknowledgement: Bool) {
    writeFrameHeader(length: 8, type: .ping, flags: acknowledgement ? .acknowledgement : [], stream: 0)
    writeInteger(payload)
  }

  mutating func writeResetStream(_ stream: UInt32, code: HTTP2ErrorCode) {
    writeFrameHeader(length: 4, type: .resetStream, stream: stream)
    writeInteger(code.rawValue)
  }

  mutating func writeWindowUpdate(_ stream: UInt32, increment: Int) {
    writeFrameHeader(length: 4, type: .windowUpdate, stream: stream)
    writeInteger(UInt32(increment))
  }

  mutating func writeGoAway(lastStream: UInt32, code: HTTP2ErrorCode, reason: String) {
    writeFrameHeader(length: 8 + reason.utf8.count, type: .goAway, stream: 0)
    writeMultipleIntegers(lastStream, code.rawValue)
    writeString(reason)
  }

  /// One header block as HEADERS and as many CONTINUATION frames as its size asks for.
  mutating func writeHeaderBlock(_ block: ByteBuffer, stream: UInt32, endStream: Bool, maxFrameSize: Int) {
    var rest = block
    var type = FrameType.headers
    var flags: FrameFlags = endStream ? .endStream : []
    repeat {
      let length = min(rest.readableBytes, maxFrameSize)
      if length == rest.readableBytes { flags.insert(.endHeaders) }
      writeFrameHeader(length: length, type: type, flags: flags, stream: stream)
      writeImmutableBuffer(rest.readSlice(length: length)!)
      type = .continuation
      flags = []
    } while rest.readableBytes > 0
  }

  /// Takes the padding of a DATA or HEADERS payload away; false when it is longer than the payload (RFC 9113, 6.1).
  mutating func removePadding(_ flags: FrameFlags) -> Bool {
    guard flags.contains(.padded) else { return true }
    guard let padding = readInteger(as: UInt8.self), Int(padding) <= readableBytes else { return false }
    moveWriterIndex(to: writerIndex - Int(padding))
    return true
  }
}
