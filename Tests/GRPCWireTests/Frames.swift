import NIOCore
import NIOHPACK

@testable import GRPCWire

/// Frames as bytes, written and read without the code under test.
struct TestFrame: Equatable, CustomStringConvertible {
  enum Kind: UInt8 {
    case data, headers, priority, reset, settings, push, ping, goAway, window, continuation
  }

  var type: UInt8
  var flags: UInt8
  var stream: UInt32
  var payload: [UInt8]

  init(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
    self.init(type: kind.rawValue, flags: flags, stream: stream, payload)
  }

  init(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
    (self.type, self.flags, self.stream, self.payload) = (type, flags, stream, payload)
  }

  var kind: Kind? { Kind(rawValue: type) }

  var bytes: [UInt8] {
    let length = UInt32(payload.count)
    return [UInt8(length >> 16 & 0xff), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), type, flags]
      + bigEndian(stream) + payload
  }

  var description: String { "\(kind.map { "\($0)" } ?? "type \(type)") flags \(flags) stream \(stream) \(payload)" }

  /// The frame that begins at a position; nil if it is not there in full.
  init?(at start: Int, of bytes: [UInt8]) {
    guard bytes.count >= start + 9 else { return nil }
    let length = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
    let end = start + 9 + length
    guard bytes.count >= end else { return nil }
    let stream = bytes[start + 5..<start + 9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    self.init(type: bytes[start + 3], flags: bytes[start + 4], stream: stream, Array(bytes[start + 9..<end]))
  }

  /// All complete frames at the beginning of `bytes`.
  static func parse(_ bytes: [UInt8]) -> [TestFrame] {
    var frames: [TestFrame] = []
    var position = 0
    while let frame = TestFrame(at: position, of: bytes) {
      frames.append(frame)
      position += 9 + frame.payload.count
    }
    return frames
  }

  /// The increment in WINDOW_UPDATE.
  var increment: Int {
    payload.reduce(0) { $0 << 8 | Int($1) }
  }

  /// The code in RST_STREAM or GOAWAY.
  var errorCode: HTTP2ErrorCode {
    let field = kind == .goAway ? payload[4..<8] : payload[0..<4]
    return HTTP2ErrorCode(rawValue: field.reduce(0) { $0 << 8 | UInt32($1) })
  }
}

func bigEndian(_ value: UInt32) -> [UInt8] {
  [UInt8(value >> 24), UInt8(value >> 16 & 0xff), UInt8(value >> 8 & 0xff), UInt8(value & 0xff)]
}

let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

/// Fields as HPACK literals that touch no table, so that blocks can be put in any order.
func block(_ fields: [(String, String)]) -> [UInt8] {
  fields.flatMap { name, value -> [UInt8] in
    precondition(name.utf8.count < 127)
    let length = value.utf8.count
    let lengthBytes: [UInt8] =
      length < 127
      ? [UInt8(length)]
      : [127]
        + {
          var rest = length - 127
          var bytes: [UInt8] = []
          while rest >= 128 {
            bytes.append(UInt8(rest % 128) | 0x80)
            rest /= 128
          }
          return bytes + [UInt8(rest)]
        }()
    return [0x00, UInt8(name.utf8.count)] + Array(name.utf8) + lengthBytes + Array(value.utf8)
  }
}

let requestFields = [
  (":method", "POST"), (":scheme", "http"), (":path", "/test.Service/Call"), (":authority", "localhost"),
  ("content-type", "application/grpc"), ("te", "trailers"),
]

func callFields(_ path: String) -> [(String, String)] {
  requestFields.map { $0.0 == ":path" ? (":path", path) : $0 }
}

let responseFields = [(":status", "200"), ("content-type", "application/grpc")]

extension TestFrame {
  static func request(_ stream: UInt32, end: Bool = false, _ fields: [(String, String)] = requestFields) -> TestFrame {
    TestFrame(.headers, flags: end ? 0x5 : 0x4, stream: stream, block(fields))
  }

  static func response(_ stream: UInt32, end: Bool = false, _ fields: [(String, String)] = responseFields) -> TestFrame
  {
    TestFrame(.headers, flags: end ? 0x5 : 0x4, stream: stream, block(fields))
  }

  static func ping(_ byte: UInt8) -> TestFrame {
    TestFrame(.ping, [UInt8](repeating: byte, count: 8))
  }

  static func message(_ stream: UInt32, end: Bool = false, _ content: [UInt8]) -> TestFrame {
    TestFrame(.data, flags: end ? 1 : 0, stream: stream, [0] + bigEndian(UInt32(content.count)) + content)
  }
}

/// A codec with what it said and reported.
struct CodecUnderTest {
  var codec: ConnectionCodec
  private(set) var events: [ConnectionEvent] = []
  private(set) var sent: [TestFrame] = []
  var now: UInt64 = 1_000_000_000

  /// Greeted already; a client has a call open on stream 1 whose request is complete, a server one whose request is not.
  init(_ role: ConnectionCodec.Role, limits: Limits = Limits(), opened: Bool = true) {
    codec = ConnectionCodec(role: role, limits: limits)
    _ = collect()
    feed((role == .server ? preface : []) + TestFrame(.settings).bytes)
    guard opened else { return }
    switch role {
    case .client:
      let id = codec.openCall(RequestHead(path: "/test.Service/Call"))
      codec.send(ByteBuffer(bytes: [1, 2, 3]), on: id, last: true)
    case .server:
      feed(TestFrame.request(1).bytes)
    }
    _ = collect()
    (sent, events) = ([], [])
  }

  mutating func feed(_ bytes: [UInt8]) {
    codec.receive(ByteBuffer(bytes: bytes), now: now)
    _ = collect()
  }

  mutating func feed(_ frames: TestFrame...) {
    feed(frames.flatMap(\.bytes))
  }

  /// Takes the output and the events; returns the output's bytes.
  @discardableResult
  mutating func collect() -> [UInt8] {
    var bytes: [UInt8] = []
    while codec.output.readableBytes > 0 {
      bytes += codec.output.readableBytesView
      codec.outputWritten()
    }
    while let event = codec.nextEvent() { events.append(event) }
    sent += TestFrame.parse(bytes.starts(with: preface) ? Array(bytes.dropFirst(preface.count)) : bytes)
    return bytes
  }

  mutating func forget() {
    (sent, events) = ([], [])
  }

  var goAway: HTTP2ErrorCode? { sent.last { $0.kind == .goAway }?.errorCode }
  var hasEnded: Bool { codec.phase == .ended }

  func reset(_ stream: UInt32) -> HTTP2ErrorCode? {
    sent.last { $0.kind == .reset && $0.stream == stream }?.errorCode
  }

  func status(_ stream: UInt32) -> GRPCStatus? {
    for case .ended(stream, let status) in events { return status }
    return nil
  }

  func messages(_ stream: UInt32) -> [[UInt8]] {
    events.compactMap { if case .message(stream, let message) = $0 { Array(message.readableBytesView) } else { nil } }
  }
}
