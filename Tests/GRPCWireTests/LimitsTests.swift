import NIOCore
import Testing

@testable import GRPCWire

/// What a connection bears, and that it ends calmly when a peer asks for more.
@Suite(.timeLimit(.minutes(3))) struct LimitsTests {
  @Test("streams beyond the limit are refused, and may be opened again later")
  func concurrentStreams() {
    var limits = Limits()
    limits.maxConcurrentStreams = 2
    var test = CodecUnderTest(.server, limits: limits)
    test.feed(.request(3), .request(5))
    #expect(test.reset(5) == .refusedStream)
    test.feed(TestFrame(.reset, stream: 3, bigEndian(8)), .request(7))
    #expect(test.reset(7) == nil)
    #expect(test.codec.streams.keys.sorted() == [1, 7])
  }

  @Test("a header list over the limit ends its stream, one far over it the connection")
  func headerListSize() {
    var limits = Limits()
    limits.maxHeaderListSize = 4096
    var test = CodecUnderTest(.server, limits: limits)
    test.feed(.request(3, requestFields + [("a", String(repeating: "x", count: 4000))]))
    #expect(test.reset(3) == .enhanceYourCalm)
    #expect(!test.hasEnded)
    test.feed(.request(5, requestFields + (0..<4).map { ("a\($0)", String(repeating: "x", count: 4000)) }))
    #expect(test.goAway == .enhanceYourCalm)
  }

  @Test("indexed fields that unfold to far more than was sent end the connection")
  func headerBomb() {
    var limits = Limits()
    limits.maxHeaderListSize = 16_384
    var test = CodecUnderTest(.server, limits: limits)
    // One field of 4,000 bytes goes into the table; each further byte says it again.
    let entry: [UInt8] = [0x40, 1, 0x61, 127, 0xa1, 0x1e] + [UInt8](repeating: 0x78, count: 4000)
    test.feed(TestFrame(.headers, flags: 4, stream: 3, entry + [UInt8](repeating: 0xbe, count: 1000)))
    #expect(test.goAway == .enhanceYourCalm)
  }

  @Test("CONTINUATION frames without end are cut off by number and by size")
  func continuations() {
    for size in [0, 16_000] {
      var test = CodecUnderTest(.server)
      test.feed(TestFrame(.headers, stream: 3))
      var count = 0
      while !test.hasEnded, count < 1000 {
        test.feed(TestFrame(.continuation, stream: 3, [UInt8](repeating: 0, count: size)))
        count += 1
      }
      #expect(test.goAway == .enhanceYourCalm)
      #expect(count <= 33)
    }
  }

  @Test("a peer that opens and resets streams without end is sent away")
  func rapidReset() {
    var test = CodecUnderTest(.server)
    var count: UInt32 = 0
    while !test.hasEnded, count < 10_000 {
      count += 1
      test.feed(.request(count * 2 + 1), TestFrame(.reset, stream: count * 2 + 1, bigEndian(8)))
    }
    #expect(test.goAway == .enhanceYourCalm)
    #expect(count <= 1001)
    #expect(test.codec.streams.count <= 1)
  }

  @Test("a peer that makes us reset streams without end is sent away as well")
  func madeYouReset() {
    var test = CodecUnderTest(.server)
    var count: UInt32 = 0
    while !test.hasEnded, count < 10_000 {
      count += 1
      test.feed(.request(count * 2 + 1), TestFrame(.window, stream: count * 2 + 1, bigEndian(0)))
    }
    #expect(test.goAway == .enhanceYourCalm)
    #expect(count <= 1001)
  }

  @Test("cancelling a hundred calls a second for ever is fine")
  func steadyResets() {
    var test = CodecUnderTest(.server)
    for count in UInt32(1)...5000 {
      test.now += 10_000_000
      test.feed(.request(count * 2 + 1), TestFrame(.reset, stream: count * 2 + 1, bigEndian(8)))
    }
    #expect(!test.hasEnded)
  }

  @Test(
    "SETTINGS, empty DATA, PRIORITY and unknown frames without end are sent away",
    arguments: [
      TestFrame(.settings), TestFrame(.data, stream: 1), TestFrame(.priority, stream: 1, [0, 0, 0, 0, 1]),
      TestFrame(type: 0xbb, [1]), TestFrame(.window, stream: 3, bigEndian(1)),
    ])
  func floods(frame: TestFrame) {
    for role in [ConnectionCodec.Role.server, .client] {
      var test = CodecUnderTest(role)
      if role == .client {
        test.feed(.response(1))
        let id = test.codec.openCall(RequestHead(path: "/a"))
        test.codec.cancel(id)
      } else {
        test.feed(.request(3), TestFrame(.reset, stream: 3, bigEndian(8)))
      }
      var count = 0
      while !test.hasEnded, count < 20_000 {
        count += 1
        test.feed(frame)
      }
      #expect(test.goAway == .enhanceYourCalm, "\(role)")
    }
  }

  @Test("a PING for every call, as Go's clients send, is answered for ever")
  func pings() {
    var test = CodecUnderTest(.server)
    let pings = ByteBuffer(bytes: (0..<1000).flatMap { _ in TestFrame(.ping, [1, 2, 3, 4, 5, 6, 7, 8]).bytes })
    // More than the burst, at 20,000 a second.
    for second in UInt64(1)...120 {
      test.codec.receive(pings, now: test.now + second * 50_000_000)
      #expect(test.codec.output.readableBytes == pings.readableBytes)
      test.codec.outputWritten()
    }
    #expect(!test.hasEnded)
  }

  @Test("more data than the windows permit ends the stream or the connection")
  func receiveWindows() {
    var limits = Limits()
    (limits.streamWindow, limits.connectionWindow) = (65_535, 80_000)
    var test = CodecUnderTest(.server, limits: limits)
    // A message of 64 KiB that nobody consumes, and then one byte.
    test.feed(TestFrame(.data, stream: 1, [0] + bigEndian(65_530) + [UInt8](repeating: 7, count: 16_379)))
    test.feed(TestFrame(.data, stream: 1, [UInt8](repeating: 7, count: 16_384)))
    test.feed(TestFrame(.data, stream: 1, [UInt8](repeating: 7, count: 16_384)))
    test.feed(TestFrame(.data, stream: 1, [UInt8](repeating: 7, count: 16_383)))
    #expect(test.messages(1).map(\.count) == [65_530])
    let granted = test.sent.filter { $0.kind == .window && $0.stream == 1 }.map(\.increment).reduce(0, +)
    var sent = 0
    while test.reset(1) == nil, sent < 1 << 20 {
      test.feed(TestFrame(.data, stream: 1, [UInt8](repeating: 0, count: 5)))
      sent += 5
    }
    #expect(test.reset(1) == .flowControlError)
    #expect(sent <= granted + 5)

    // The connection's window is widened as fast as data come, so only one burst can overrun it.
    var burst = CodecUnderTest(.server, limits: limits)
    var frames = (1..<7).flatMap { TestFrame.request(UInt32($0 * 2 + 1)).bytes }
    for stream in 1..<7 {
      for _ in 0..<4 {
        frames += TestFrame(.data, stream: UInt32(stream * 2 + 1), [UInt8](repeating: 0, count: 16_000)).bytes
      }
    }
    burst.feed(frames)
    #expect(!burst.hasEnded)
  }

  @Test("a message larger than permitted is refused by its prefix, before it comes")
  func messageSize() throws {
    var limits = Limits()
    limits.maxMessageSize = 1000
    for role in [ConnectionCodec.Role.server, .client] {
      var test = CodecUnderTest(role, limits: limits)
      if role == .client { test.feed(.response(1)) }
      test.feed(TestFrame(.data, stream: 1, [0] + bigEndian(1001)))
      let status = try #require(test.status(1))
      #expect(status.code == .resourceExhausted)
      #expect(status.message == "grpc: received message larger than max (1001 vs. 1000)")
      #expect(test.reset(1) == (role == .client ? .cancel : .noError))
      #expect(test.codec.streams.isEmpty)
    }
  }

  @Test("a slow reader's stream holds back its producer, and control frames still get through")
  func slowReader() {
    var test = CodecUnderTest(.server)
    test.feed(TestFrame(.settings, [0, 4, 0, 0, 0, 0]))
    let message = ByteBuffer(repeating: 1, count: 50_000)
    let mayGoOn = [test.codec.send(message, on: 1), test.codec.send(message, on: 1)]
    #expect(mayGoOn == [true, false])
    test.collect()
    test.forget()
    test.feed(TestFrame(.ping, [1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(test.sent.map(\.kind) == [.ping])
    test.feed(TestFrame(.window, stream: 1, bigEndian(65_535)))
    #expect(!test.events.contains { if case .writable = $0 { true } else { false } })
    test.feed(TestFrame(.window, stream: 1, bigEndian(65_535)), TestFrame(.window, bigEndian(65_535)))
    #expect(test.events.contains { if case .writable(1) = $0 { true } else { false } })
  }
}
