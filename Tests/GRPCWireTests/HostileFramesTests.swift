import Testing

@testable import GRPCWire

/// What a peer may do wrong, and what it gets for it. The stream is 1, open before; frames without content for it are
/// written as a peer of that role would send them.
@Suite(.timeLimit(.minutes(3))) struct HostileFramesTests {
  enum Outcome: Equatable {
    case connection(HTTP2ErrorCode)
    case stream(HTTP2ErrorCode)
    /// Neither stream nor connection ends.
    case ignored
  }

  struct Row: CustomTestStringConvertible {
    let title: String
    let role: ConnectionCodec.Role
    let frames: [TestFrame]
    let outcome: Outcome

    init(_ role: ConnectionCodec.Role, _ title: String, _ outcome: Outcome, _ frames: TestFrame...) {
      (self.role, self.title, self.outcome, self.frames) = (role, title, outcome, frames)
    }

    var testDescription: String { "\(role): \(title)" }
  }

  @Test("frames against the rules end what RFC 9113 says, with its code", arguments: both + toServer + toClient)
  func frames(row: Row) {
    var test = CodecUnderTest(row.role)
    for frame in row.frames { test.feed(frame) }
    switch row.outcome {
    case .connection(let code):
      #expect(test.goAway == code)
      #expect(test.hasEnded)
    case .stream(let code):
      #expect(test.reset(1) == code || test.reset(3) == code)
      #expect(!test.hasEnded)
    case .ignored:
      #expect(test.goAway == nil)
      #expect(!test.hasEnded)
      #expect(test.reset(1) == nil)
      #expect(test.codec.streams[1] != nil)
    }
    // Whatever it was, the connection goes on for others or is over for good.
    test.forget()
    test.feed(TestFrame(.ping, [1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(test.sent == (test.hasEnded ? [] : [TestFrame(.ping, flags: 1, [1, 2, 3, 4, 5, 6, 7, 8])]))
  }

  /// The same for both roles.
  static let both: [Row] = [ConnectionCodec.Role.server, .client].flatMap { role -> [Row] in
    [
      Row(role, "an unknown frame type", .ignored, TestFrame(type: 0x2a, flags: 0xff, stream: 1, [1, 2, 3])),
      Row(role, "an unknown frame type on stream 0", .ignored, TestFrame(type: 0xff, [])),
      Row(
        role, "a frame longer than 16 KiB", .connection(.frameSizeError),
        TestFrame(.data, stream: 1, [UInt8](repeating: 0, count: 16_385))),
      Row(role, "PRIORITY", .ignored, TestFrame(.priority, stream: 1, [0, 0, 0, 3, 16])),
      Row(role, "PRIORITY of an idle stream", .ignored, TestFrame(.priority, stream: 99, [0, 0, 0, 3, 16])),
      Row(role, "PRIORITY on stream 0", .connection(.protocolError), TestFrame(.priority, [0, 0, 0, 3, 16])),
      Row(role, "PRIORITY of 4 bytes", .stream(.frameSizeError), TestFrame(.priority, stream: 1, [0, 0, 0, 3])),
      Row(role, "SETTINGS on a stream", .connection(.protocolError), TestFrame(.settings, stream: 1)),
      Row(role, "SETTINGS of 5 bytes", .connection(.frameSizeError), TestFrame(.settings, [0, 1, 0, 0, 0])),
      Row(
        role, "a SETTINGS acknowledgement with content", .connection(.frameSizeError),
        TestFrame(.settings, flags: 1, [0, 1, 0, 0, 0, 0])),
      Row(role, "a SETTINGS acknowledgement that nobody asked for", .ignored, TestFrame(.settings, flags: 1)),
      Row(role, "an unknown setting", .ignored, TestFrame(.settings, [0x7f, 0xff, 1, 2, 3, 4])),
      Row(role, "ENABLE_PUSH of 2", .connection(.protocolError), TestFrame(.settings, [0, 2, 0, 0, 0, 2])),
      Row(
        role, "INITIAL_WINDOW_SIZE of 2^31", .connection(.flowControlError),
        TestFrame(.settings, [0, 4, 0x80, 0, 0, 0])),
      Row(role, "INITIAL_WINDOW_SIZE of 0", .ignored, TestFrame(.settings, [0, 4, 0, 0, 0, 0])),
      Row(
        role, "MAX_FRAME_SIZE of 16383", .connection(.protocolError), TestFrame(.settings, [0, 5, 0, 0, 0x3f, 0xff])),
      Row(role, "MAX_FRAME_SIZE of 2^24", .connection(.protocolError), TestFrame(.settings, [0, 5, 1, 0, 0, 0])),
      Row(
        role, "HEADER_TABLE_SIZE of 0, and of 2^32-1", .ignored,
        TestFrame(.settings, [0, 1, 0, 0, 0, 0]), TestFrame(.settings, [0, 1, 0xff, 0xff, 0xff, 0xff])),
      Row(
        role, "SETTINGS that overflow a stream's window", .connection(.flowControlError),
        TestFrame(.window, stream: 1, bigEndian(0x7fff_0000)), TestFrame(.settings, [0, 4, 0x7f, 0xff, 0xff, 0xff])),
      Row(
        role, "PING on a stream", .connection(.protocolError), TestFrame(.ping, stream: 1, [1, 2, 3, 4, 5, 6, 7, 8])),
      Row(role, "PING of 7 bytes", .connection(.frameSizeError), TestFrame(.ping, [1, 2, 3, 4, 5, 6, 7])),
      Row(role, "PING of 9 bytes", .connection(.frameSizeError), TestFrame(.ping, [1, 2, 3, 4, 5, 6, 7, 8, 9])),
      Row(
        role, "a PING's answer that nobody asked for", .ignored, TestFrame(.ping, flags: 1, [1, 2, 3, 4, 5, 6, 7, 8])),
      Row(
        role, "GOAWAY on a stream", .connection(.protocolError),
        TestFrame(.goAway, stream: 1, [UInt8](repeating: 0, count: 8))),
      Row(role, "GOAWAY of 7 bytes", .connection(.frameSizeError), TestFrame(.goAway, [UInt8](repeating: 0, count: 7))),
      Row(role, "WINDOW_UPDATE by 0 on the connection", .connection(.protocolError), TestFrame(.window, bigEndian(0))),
      Row(role, "WINDOW_UPDATE by 0 on a stream", .stream(.protocolError), TestFrame(.window, stream: 1, bigEndian(0))),
      Row(
        role, "WINDOW_UPDATE whose reserved bit is set", .ignored, TestFrame(.window, stream: 1, bigEndian(0x8000_0001))
      ),
      Row(role, "WINDOW_UPDATE of 3 bytes", .connection(.frameSizeError), TestFrame(.window, stream: 1, [0, 0, 1])),
      Row(
        role, "WINDOW_UPDATE that overflows the connection's window", .connection(.flowControlError),
        TestFrame(.window, bigEndian(0x7fff_ffff))),
      Row(
        role, "WINDOW_UPDATE that overflows a stream's window", .stream(.flowControlError),
        TestFrame(.window, stream: 1, bigEndian(0x7fff_ffff))),
      Row(
        role, "WINDOW_UPDATE on an idle stream", .connection(.protocolError),
        TestFrame(.window, stream: 99, bigEndian(1))),
      Row(role, "RST_STREAM on stream 0", .connection(.protocolError), TestFrame(.reset, bigEndian(8))),
      Row(
        role, "RST_STREAM on an idle stream", .connection(.protocolError), TestFrame(.reset, stream: 99, bigEndian(8))),
      Row(role, "RST_STREAM of 3 bytes", .connection(.frameSizeError), TestFrame(.reset, stream: 1, [0, 0, 8])),
      Row(role, "DATA on stream 0", .connection(.protocolError), TestFrame(.data, [1])),
      Row(role, "DATA on an idle stream", .connection(.protocolError), TestFrame(.data, stream: 99, [1])),
      Row(role, "DATA on an even stream", .connection(.protocolError), TestFrame(.data, stream: 2, [1])),
      Row(
        role, "DATA with more padding than payload", .connection(.protocolError),
        TestFrame(.data, flags: 0x8, stream: 1, [3, 0, 0])),
      Row(
        role, "padded DATA without a padding length", .connection(.protocolError),
        TestFrame(.data, flags: 0x8, stream: 1)),
      Row(
        role, "HEADERS on stream 0", .connection(.protocolError), TestFrame(.headers, flags: 4, block(requestFields))),
      Row(
        role, "HEADERS on an even stream", .connection(.protocolError),
        TestFrame(.headers, flags: 4, stream: 2, block(requestFields))),
      Row(
        role, "HEADERS with more padding than payload", .connection(.protocolError),
        TestFrame(.headers, flags: 0xc, stream: 1, [9, 0, 0])),
      Row(
        role, "HEADERS too short for their priority", .connection(.frameSizeError),
        TestFrame(.headers, flags: 0x24, stream: 1, [0, 0])),
      Row(
        role, "a header block that is no HPACK", .connection(.compressionError),
        TestFrame(.headers, flags: 4, stream: 1, [0x80])),
      Row(
        role, "an index beyond the table", .connection(.compressionError),
        TestFrame(.headers, flags: 4, stream: 1, [0xff, 0xff, 0x7f])),
      Row(
        role, "a table size beyond the setting", .connection(.compressionError),
        TestFrame(.headers, flags: 4, stream: 1, [0x3f, 0xe2, 0x1f])),
      Row(
        role, "CONTINUATION without HEADERS", .connection(.protocolError),
        TestFrame(.continuation, flags: 4, stream: 1, block(responseFields))),
      Row(
        role, "another frame inside a header block", .connection(.protocolError),
        TestFrame(.headers, stream: 1, block(responseFields)), TestFrame(.ping, [1, 2, 3, 4, 5, 6, 7, 8])),
      Row(
        role, "an unknown frame inside a header block", .connection(.protocolError),
        TestFrame(.headers, stream: 1, block(responseFields)), TestFrame(type: 0x2a)),
      Row(
        role, "CONTINUATION of another stream", .connection(.protocolError),
        TestFrame(.headers, stream: 1, block(responseFields)), TestFrame(.continuation, flags: 4, stream: 3)),
      Row(role, "PUSH_PROMISE", .connection(.protocolError), TestFrame(.push, flags: 4, stream: 1, bigEndian(2))),
    ]
  }

  static let toServer: [Row] = [
    Row(.server, "a request for one more stream", .ignored, .request(3)),
    Row(.server, "a request on an earlier stream", .stream(.streamClosed), .request(5), .request(3)),
    Row(.server, "DATA after the end", .stream(.streamClosed), .message(1, end: true, []), .message(1, [1])),
    Row(.server, "HEADERS after the end", .stream(.streamClosed), .message(1, end: true, []), .request(1, end: true)),
    Row(
      .server, "trailers that don't end the request", .stream(.protocolError),
      .request(1, [("a", "b")])),
    Row(.server, "trailers with pseudo-fields", .stream(.protocolError), .request(1, end: true)),
    Row(.server, "no :method", .stream(.protocolError), .request(3, Array(requestFields.dropFirst()))),
    Row(.server, "no :path", .stream(.protocolError), .request(3, requestFields.filter { $0.0 != ":path" })),
    Row(
      .server, "an empty :path", .stream(.protocolError),
      .request(3, requestFields.filter { $0.0 != ":path" }.inserting((":path", "")))),
    Row(.server, "no :scheme", .stream(.protocolError), .request(3, requestFields.filter { $0.0 != ":scheme" })),
    Row(.server, ":path twice", .stream(.protocolError), .request(3, requestFields.inserting((":path", "/b")))),
    Row(
      .server, "an unknown pseudo-field", .stream(.protocolError), .request(3, requestFields.inserting((":what", "x")))),
    Row(
      .server, ":status in a request", .stream(.protocolError), .request(3, requestFields.inserting((":status", "200")))
    ),
    Row(
      .server, "a pseudo-field after an ordinary one", .stream(.protocolError),
      .request(3, [("a", "b")] + requestFields)),
    Row(.server, "an upper-case name", .stream(.protocolError), .request(3, requestFields + [("Abc", "d")])),
    Row(.server, "a name with a space", .stream(.protocolError), .request(3, requestFields + [("a b", "d")])),
    Row(.server, "a value with a line end", .stream(.protocolError), .request(3, requestFields + [("a", "b\r\nc: d")])),
    Row(.server, "a value with NUL", .stream(.protocolError), .request(3, requestFields + [("a", "b\0")])),
    Row(.server, "connection", .stream(.protocolError), .request(3, requestFields + [("connection", "close")])),
    Row(
      .server, "transfer-encoding", .stream(.protocolError),
      .request(3, requestFields + [("transfer-encoding", "chunked")])),
    Row(.server, "te other than trailers", .stream(.protocolError), .request(3, requestFields + [("te", "gzip")])),
    Row(
      .server, "grpc-timeout that is none", .stream(.protocolError),
      .request(3, requestFields + [("grpc-timeout", "5 S")])),
    Row(.server, "an empty name", .connection(.compressionError), .request(3, requestFields + [("", "b")])),
    Row(
      .server, "priority and padding", .ignored,
      TestFrame(.headers, flags: 0x2c, stream: 3, [2] + [0, 0, 0, 0, 1] + block(requestFields) + [0, 0])),
    Row(
      .server, "RST_STREAM for a stream already closed", .ignored,
      .request(3), TestFrame(.reset, stream: 3, bigEndian(8)), TestFrame(.reset, stream: 3, bigEndian(8))),
    Row(.server, "GOAWAY", .ignored, TestFrame(.goAway, [UInt8](repeating: 0, count: 8))),
  ]

  static let toClient: [Row] = [
    Row(.client, "an informational response", .ignored, .response(1, [(":status", "103"), ("link", "x")])),
    Row(
      .client, "an informational response that ends the stream", .stream(.protocolError),
      .response(1, end: true, [(":status", "100")])),
    Row(.client, "DATA before HEADERS", .stream(.protocolError), .message(1, [1])),
    Row(.client, "no :status", .stream(.protocolError), .response(1, [("content-type", "application/grpc")])),
    Row(.client, "a :status that is no number", .stream(.protocolError), .response(1, [(":status", "2xx")])),
    Row(.client, ":status twice", .stream(.protocolError), .response(1, responseFields.inserting((":status", "200")))),
    Row(
      .client, "a request's field in a response", .stream(.protocolError),
      .response(1, responseFields.inserting((":method", "POST")))),
    Row(
      .client, "trailers that don't end the stream", .stream(.protocolError),
      .response(1), .response(1, [("grpc-status", "0")])),
    Row(.client, "trailers with :status", .stream(.protocolError), .response(1), .response(1, end: true)),
    Row(.client, "HEADERS on a stream never opened", .connection(.protocolError), .response(3)),
    Row(.client, "ENABLE_PUSH from a server", .connection(.protocolError), TestFrame(.settings, [0, 2, 0, 0, 0, 1])),
    Row(.client, "a field with a line end", .stream(.protocolError), .response(1, responseFields + [("a", "b\nc")])),
  ]

  @Test(
    "a client that begins with anything but the preface and SETTINGS is told so",
    arguments: [
      Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 3, 1, 0, 5], preface.map { $0 ^ 1 },
      preface + TestFrame(.ping, [UInt8](repeating: 0, count: 8)).bytes, preface + TestFrame(.settings, flags: 1).bytes,
    ])
  func badPreface(bytes: [UInt8]) {
    var test = CodecUnderTest(.server, opened: false)
    test.codec = ConnectionCodec(role: .server, limits: Limits())
    test.collect()
    test.feed(bytes)
    #expect(test.goAway == .protocolError)
    #expect(test.hasEnded)
  }

  @Test(
    "what is no HTTP/2 at all is handed on to be explained",
    arguments: [
      "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.6", "\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{16}??",
    ])
  func notHTTP2(text: String) {
    var codec = ConnectionCodec(role: .client, limits: Limits())
    codec.receive(.init(string: text), now: 0)
    guard case .notHTTP2(let bytes) = codec.nextEvent() else { return #expect(Bool(false), "no event") }
    #expect(String(buffer: bytes) == text)
    #expect(codec.phase == .ended)
  }

  @Test("bytes after the end of a connection are ignored")
  func afterTheEnd() {
    var test = CodecUnderTest(.server)
    test.feed(TestFrame(.ping, stream: 1, [UInt8](repeating: 0, count: 8)))
    #expect(test.hasEnded)
    test.forget()
    test.feed(TestFrame(.ping, [UInt8](repeating: 0, count: 8)), .request(3), .message(3, [1]))
    #expect(test.sent.isEmpty)
    #expect(test.events.isEmpty)
  }
}

extension [(String, String)] {
  /// With one more pseudo-field at the front.
  func inserting(_ field: (String, String)) -> Self {
    [field] + self
  }
}
