import NIOCore
import TestSupport
import Testing

@testable import GRPCWire

@Suite struct GRPCTextTests {
  @Test(
    "a status message is percent-encoded as gRPC has it, and comes back",
    arguments: [
      ("plain text, with ~ and \"", "plain text, with ~ and \""), ("", ""), ("100 %", "100 %25"),
      ("a\nb\r\0", "a%0Ab%0D%00"), ("schön", "sch%C3%B6n"), ("鍵", "%E9%8D%B5"),
    ])
  func percentEncoding(text: String, encoded: String) {
    #expect(PercentEncoding.encode(text) == encoded)
    #expect(PercentEncoding.decode(encoded) == text)
  }

  @Test(
    "what is badly encoded stands for itself",
    arguments: [
      ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%2", "a%2"), ("%41%", "A%"), ("%e4", "\u{fffd}"), ("%c3%B6", "ö"),
    ])
  func badPercentEncoding(text: String, decoded: String) {
    #expect(PercentEncoding.decode(text) == decoded)
  }

  @Test(
    "a timeout is written in the largest unit that says it, rounded up where it must be",
    arguments: [
      (Duration.seconds(5), "5S"), (.milliseconds(1500), "1500m"), (.seconds(60), "1M"), (.seconds(7200), "2H"),
      (.zero, "0n"), (.seconds(-1), "0n"), (.nanoseconds(1), "1n"), (.microseconds(300_000_001), "300001m"),
      (.seconds(100_000_000), "1666667M"), (.seconds(1) + .nanoseconds(1), "1000001u"),
    ])
  func timeouts(duration: Duration, text: String) {
    #expect(CallTimeout.encode(nanoseconds: duration.nanoseconds) == text)
  }

  @Test("no timeout is shortened, or lengthened by more than a ten-thousandth")
  func timeoutsRoundTrip() throws {
    var random = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<10_000 {
      let nanoseconds = Int64.random(in: 0...(Int64.max >> Int64.random(in: 1...62, using: &random)), using: &random)
      let back = try #require(CallTimeout.decode(CallTimeout.encode(nanoseconds: nanoseconds)))
      #expect(back >= nanoseconds)
      #expect(Double(back - nanoseconds) <= Double(nanoseconds) * 1e-4)
    }
  }

  @Test("what is no timeout is refused", arguments: ["", "S", "5", "5s", "-5S", "123456789S", "5.0S", "５S", "5 S"])
  func badTimeouts(text: String) {
    #expect(CallTimeout.decode(text) == nil)
  }

  @Test(
    "only gRPC's content types are gRPC",
    arguments: [
      ("application/grpc", true), ("application/grpc+proto", true), ("application/grpc;v=1", true),
      ("application/grpc-web", false), ("application/json", false), ("", false),
    ])
  func contentTypes(type: String, isGRPC: Bool) {
    #expect(ContentType.isGRPC(type) == isGRPC)
  }

  @Test(
    "an HTTP status without grpc-status means what gRPC's table says",
    arguments: [
      (400, GRPCStatus.Code.internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
      (429, .unavailable), (502, .unavailable), (503, .unavailable), (504, .unavailable), (500, .unknown),
      (302, .unknown),
    ])
  func httpStatus(status: Int, code: GRPCStatus.Code) {
    var test = CodecUnderTest(.client)
    test.feed(.response(1, [(":status", "\(status)"), ("content-type", "text/plain")]))
    #expect(test.status(1)?.code == code)
    #expect(test.status(1)?.message.contains("\(status)") == true)
    #expect(test.reset(1) == .cancel)
  }

  @Test(
    "RST_STREAM instead of a status means what gRPC's table says; only a refused call is surely not processed",
    arguments: [
      (HTTP2ErrorCode.refusedStream, GRPCStatus.Code.unavailable, true), (.cancel, .cancelled, false),
      (.enhanceYourCalm, .resourceExhausted, false), (.inadequateSecurity, .permissionDenied, false),
      (.internalError, .internal, false), (.noError, .internal, false),
      (HTTP2ErrorCode(rawValue: 99), .internal, false),
    ])
  func resets(reset: HTTP2ErrorCode, code: GRPCStatus.Code, isSafe: Bool) throws {
    var test = CodecUnderTest(.client)
    test.feed(TestFrame(.reset, stream: 1, bigEndian(reset.rawValue)))
    let status = try #require(test.status(1))
    #expect(status.code == code)
    #expect(status.isSafeToRetry == isSafe)
  }

  @Test(
    "a response is judged by its status, its content type and its end",
    arguments: [
      (
        "trailers only",
        [TestFrame.response(1, end: true, responseFields + [("grpc-status", "5"), ("grpc-message", "no%20key")])],
        GRPCStatus(.notFound, "no key")
      ),
      (
        "a status beside HTTP 503",
        [.response(1, end: true, [(":status", "503"), ("grpc-status", "14"), ("grpc-message", "x")])],
        GRPCStatus(.unavailable, "x")
      ),
      ("an unknown code", [.response(1), .response(1, end: true, [("grpc-status", "77")])], GRPCStatus(.unknown, "")),
      (
        "a message and ok", [.response(1), .message(1, [9]), .response(1, end: true, [("grpc-status", "0")])],
        GRPCStatus(.ok, "")
      ),
    ] as [(String, [TestFrame], GRPCStatus)])
  func statuses(title: String, frames: [TestFrame], status: GRPCStatus) {
    var test = CodecUnderTest(.client)
    for frame in frames { test.feed(frame) }
    #expect(test.status(1) == status)
    #expect(test.codec.streams.isEmpty)
    #expect(test.sent.isEmpty)
  }

  @Test(
    "a response that isn't gRPC is said to be none",
    arguments: [
      (
        "another content type", [TestFrame.response(1, [(":status", "200"), ("content-type", "text/html")])],
        "content type 'text/html'"
      ),
      ("no content type", [.response(1, [(":status", "200")])], "no content type"),
      ("no status", [.response(1), .response(1, end: true, [("a", "b")])], "without a status"),
      ("DATA as the end", [.response(1), .message(1, end: true, [1])], "without a status"),
      (
        "half a message", [.response(1), TestFrame(.data, flags: 1, stream: 1, [0, 0, 0, 0, 5, 1])], "inside a message"
      ),
      (
        "half a message before the trailers",
        [
          .response(1), TestFrame(.data, stream: 1, [0, 0, 0, 0, 5, 1]),
          .response(1, end: true, [("grpc-status", "0")]),
        ],
        "inside a message"
      ),
      ("a compressed message", [.response(1), TestFrame(.data, stream: 1, [1, 0, 0, 0, 1, 1])], "compressed"),
      ("an impossible flag", [.response(1), TestFrame(.data, stream: 1, [2, 0, 0, 0, 1, 1])], "payload format 2"),
    ] as [(String, [TestFrame], String)])
  func notGRPC(title: String, frames: [TestFrame], text: String) throws {
    var test = CodecUnderTest(.client)
    for frame in frames { test.feed(frame) }
    let status = try #require(test.status(1))
    #expect(status.message.contains(text))
    #expect(test.codec.streams.isEmpty)
    #expect(!test.hasEnded)
  }

  @Test("gRPC with another method than POST gets an HTTP status")
  func methodNotAllowed() {
    var test = CodecUnderTest(.server)
    test.feed(.request(3, end: true, [(":method", "GET")] + requestFields.dropFirst()))
    let answer = test.sent.first { $0.kind == .headers && $0.stream == 3 }
    #expect(answer?.flags == 5)
    #expect(answer.map { $0.payload.count <= 5 } == true)
    #expect(test.codec.streams[3] == nil)
    #expect(!test.events.contains { if case .request = $0 { true } else { false } })
  }

  @Test("a request that isn't gRPC is passed on with its content as it comes", arguments: ["application/json", nil])
  func notGRPCRequest(type: String?) {
    var test = CodecUnderTest(.server)
    var fields = requestFields.filter { $0.0 != "content-type" }
    if let type { fields.append(("content-type", type)) }
    test.feed(.request(3, fields), TestFrame(.data, stream: 3, [1, 2]), TestFrame(.data, flags: 1, stream: 3, [3]))
    let bodies = test.events.compactMap { event -> [UInt8]? in
      if case .body(3, let bytes) = event { Array(bytes.readableBytesView) } else { nil }
    }
    #expect(bodies == [[1, 2], [3]])
    guard case .httpRequest(3, let head) = test.events.first, case .requestEnded(3) = test.events.last else {
      Issue.record("\(test.events)")
      return
    }
    #expect(head.target == "/test.Service/Call")
    #expect(head.authority == "localhost")
    test.codec.respond(3, httpStatus: 200, headers: [("Content-Type", "text/plain")])
    test.codec.sendBytes(ByteBuffer(bytes: [7]), on: 3)
    test.codec.finishSending(3)
    test.collect()
    let answer = test.sent.filter { $0.stream == 3 }
    #expect(answer.map(\.kind) == [.headers, .data, .data])
    #expect(answer.map(\.payload).dropFirst() == [[7], []])
    #expect(answer.last?.flags == 1)
    #expect(test.codec.streams[3] == nil)
  }
}
