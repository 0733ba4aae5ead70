import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import GRPCWire

/// Clients that want to hurt a server: each is borne or sent away, and others are served meanwhile.
@Suite(.timeLimit(.minutes(3))) struct HostileClientTests {
  /// Serves a well-behaved client before and after `attack`.
  private func underAttack(
    limits: ServerLimits = ServerLimits(), calls: [String: Method] = [:],
    _ attack: (ServerUnderTest) async throws -> Void
  ) async throws {
    let server = try await ServerUnderTest.start(limits: limits, calls: calls)
    let friend = try await connect(to: server.port)
    let message = ByteBuffer(repeating: 5, count: 100_000)
    #expect(try await friend.unary(path: "/test.Service/Echo", message: message) == message)
    try await attack(server)
    #expect(try await friend.unary(path: "/test.Service/Echo", message: message) == message)
    let another = try await connect(to: server.port)
    #expect(try await another.unary(path: "/test.Service/Echo", message: message) == message)
  }

  @Test("10,000 streams opened and reset end that connection")
  func rapidReset() async throws {
    try await underAttack { server in
      let raw = try await RawClient.connect(to: server.port)
      raw.greet()
      for stream in (0..<UInt32(10_000)).map({ $0 * 2 + 1 }) {
        raw.send(
          .request(stream, callFields("/test.Service/EchoEach")), TestFrame(.reset, stream: stream, bigEndian(8)))
      }
      await raw.waitForEnd()
      #expect(raw.frames.last { $0.kind == .goAway }?.errorCode == .enhanceYourCalm)
      let problem = try await server.problems.next()
      guard case .protocolBroken = problem else {
        Issue.record("\(problem)")
        return
      }
    }
  }

  @Test(
    "floods of frames that carry nothing end that connection",
    arguments: [TestFrame(.settings), TestFrame(.priority, stream: 1, [0, 0, 0, 0, 1]), TestFrame(type: 99), .ping(1)])
  func floods(frame: TestFrame) async throws {
    try await underAttack { server in
      let raw = try await RawClient.connect(to: server.port)
      raw.greet()
      for _ in 0..<200 { raw.send([[UInt8]](repeating: frame.bytes, count: 100).flatMap { $0 }) }
      await raw.waitForEnd()
      #expect(raw.frames.last { $0.kind == .goAway }?.errorCode == .enhanceYourCalm)
    }
  }

  @Test("headers without end, and fields of a megabyte, end that connection")
  func giantHeaders() async throws {
    try await underAttack { server in
      let endless = try await RawClient.connect(to: server.port)
      endless.greet()
      endless.send(TestFrame(.headers, stream: 1))
      for _ in 0..<1000 { endless.send(TestFrame(.continuation, stream: 1, [UInt8](repeating: 0, count: 16_000))) }
      await endless.waitForEnd()
      let http1 = try await RawClient.connect(to: server.port)
      http1.send(Array("GET / HTTP/1.1\r\nlong: ".utf8))
      for _ in 0..<100 { http1.send([UInt8](repeating: 0x61, count: 100_000)) }
      await http1.waitForEnd()
      let target = try await RawClient.connect(to: server.port)
      target.send(Array("GET /".utf8))
      for _ in 0..<100 { target.send([UInt8](repeating: 0x61, count: 100_000)) }
      await target.waitForEnd()
    }
  }

  @Test("who doesn't say in time what he wants is sent away: no preface, half a preface, no SETTINGS, half a request")
  func slowLoris() async throws {
    var limits = ServerLimits()
    limits.handshakeTimeout = .milliseconds(300)
    let server = try await ServerUnderTest.start(limits: limits)
    let beginnings = [
      "", "PRI * HTT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nHost: a",
      "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",
    ]
    for beginning in beginnings {
      let raw = try await RawClient.connect(to: server.port)
      raw.send(Array(beginning.utf8))
      await raw.waitForEnd()
      let problem = try await server.problems.next()
      guard case .handshakeTimedOut = problem else {
        Issue.record("\(problem) after \(beginning)")
        return
      }
    }
  }

  @Test("a client that has gone silent is asked, and closed when it doesn't answer; one that answers is kept")
  func halfOpen() async throws {
    var limits = ServerLimits()
    limits.keepAliveInterval = .milliseconds(100)
    limits.keepAliveTimeout = .seconds(100)
    let patient = try await ServerUnderTest.start(limits: limits)
    let answering = try await RawClient.connect(to: patient.port)
    answering.greet()
    for round in 1...3 {
      await answering.wait { $0.filter { $0.kind == .ping }.count == round }
      answering.send(TestFrame(.ping, flags: 1, [UInt8](repeating: 0, count: 8)))
    }
    #expect(!answering.isClosed)

    limits.keepAliveTimeout = .milliseconds(100)
    let server = try await ServerUnderTest.start(limits: limits)
    let silent = try await RawClient.connect(to: server.port)
    silent.greet()
    await silent.waitForEnd()
    let problem = try await server.problems.next()
    guard case .keepAliveTimedOut = problem else {
      Issue.record("\(problem)")
      return
    }
  }

  @Test("a client that asks for a lot and never reads is held to what the limits say")
  func neverReads() async throws {
    let answered = Counter()
    let big = Method.unary { call, _ in
      answered.add(1)
      call.send(ByteBuffer(repeating: 1, count: 1 << 20))
      call.finish()
    }
    let marks = Mailbox<Bool>()
    let mark = Method.stream { _, _ in marks.put(true) }
    try await underAttack(calls: ["/test.Service/Big": big, "/test.Service/Mark": mark]) { server in
      // The answers wait for a window that never comes, or for a socket that is never read.
      for window in [UInt32(0), UInt32(Int32.max)] {
        let before = answered.value
        let raw = try await RawClient.connect(to: server.port, reads: false)
        raw.send(preface + TestFrame(.settings, [0, 4] + bigEndian(window)).bytes)
        raw.send(TestFrame(.window, bigEndian(UInt32(Int32.max) - 65_535)))
        raw.send(.request(1, callFields("/test.Service/Mark")))
        let fields = callFields("/test.Service/Big")
        for call in 1...UInt32(100) { raw.send(.request(call * 2 + 1, fields), .message(call * 2 + 1, end: true, [])) }
        // The connection is still read from, and calls already open still get their messages.
        raw.send(.message(1, []))
        _ = try await marks.next()
        let count = answered.value - before
        #expect(count >= 32 && count <= 50, "\(count) calls were answered")
        raw.readOn()
        if window == 0 { raw.send(TestFrame(.settings, [0, 4] + bigEndian(UInt32(Int32.max)))) }
        // Now that it reads, it gets everything.
        await raw.wait { frames in frames.filter { $0.kind == .headers && $0.flags & 1 == 1 }.count == 100 }
        #expect(!raw.isClosed)
        #expect(answered.value - before == 100)
      }
    }
  }

  @Test("calls whose messages never come in full are ended when they hold too much")
  func incompleteMessages() async throws {
    var limits = ServerLimits()
    limits.maxMessageSize = 2 << 20
    try await underAttack(limits: limits) { server in
      let raw = try await RawClient.connect(to: server.port)
      raw.greet()
      for call in 0..<UInt32(200) {
        let stream = call * 2 + 1
        raw.send(.request(stream, callFields("/test.Service/Echo")))
        raw.send(TestFrame(.data, stream: stream, [0] + bigEndian(2 << 20)))
        for _ in 0..<60 { raw.send(TestFrame(.data, stream: stream, [UInt8](repeating: 1, count: 16_000))) }
        if call % 10 == 0 { await raw.wait { _ in true } }
      }
      raw.send(.ping(1))
      await raw.wait { $0.contains { $0.kind == .ping } }
      let refused = raw.frames.filter { $0.kind == .headers && $0.flags & 1 == 1 }.count
      #expect(refused > 0 && refused < 200)
    }
  }
}
