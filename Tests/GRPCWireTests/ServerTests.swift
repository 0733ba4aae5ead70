import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import GRPCWire

/// A listener and our own client.
@Suite(.timeLimit(.minutes(3))) struct ServerTests {
  @Test("calls of every kind are answered on a plain port")
  func calls() async throws {
    let server = try await ServerUnderTest.start()
    let connection = try await connect(to: server.port)
    for size in [0, 1, 16_384, 3_000_000] {
      let message = ByteBuffer(repeating: 7, count: size)
      #expect(try await connection.unary(path: "/test.Service/Echo", message: message) == message)
    }
    let each = try await connection.open(path: "/test.Service/EchoEach")
    for number in 0..<100 {
      try await each.send(ByteBuffer(string: "\(number)"))
      #expect(try await each.next() == ByteBuffer(string: "\(number)"))
    }
    each.finish()
    #expect(try await each.next() == nil)
  }

  @Test(
    "a status and its text arrive, for methods that are there and that aren't",
    arguments: [
      ("/test.Service/Fail", GRPCStatus(.notFound, "100 % schön\n鍵")),
      ("/test.Service/None", GRPCStatus(.unimplemented, "unknown method None for service test.Service")),
      ("/test.Other/None", GRPCStatus(.unimplemented, "unknown service test.Other")),
      ("/a", GRPCStatus(.resourceExhausted, "malformed method name: \"/a\"")),
    ])
  func statuses(path: String, expected: GRPCStatus) async throws {
    let server = try await ServerUnderTest.start()
    let connection = try await connect(to: server.port)
    let failed = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: path, message: ByteBuffer())
    }
    #expect(failed == expected)
  }

  @Test("a call learns that it was cancelled, that its time is up, and that its connection is lost")
  func ends() async throws {
    let ends = Mailbox<GRPCStatus.Code>()
    let server = try await ServerUnderTest.start(calls: ["/test.Service/Wait": .waiting(ends)])
    let connection = try await connect(to: server.port)
    let cancelled = try await connection.open(path: "/test.Service/Wait")
    cancelled.cancel()
    #expect(try await ends.next() == .cancelled)

    let raw = try await RawClient.connect(to: server.port)
    raw.greet()
    let fields = callFields("/test.Service/Wait")
    raw.send(.request(1, fields + [("grpc-timeout", "50m")]))
    #expect(try await ends.next() == .deadlineExceeded)
    await raw.wait { $0.contains { $0.kind == .headers && $0.stream == 1 && $0.flags & 1 == 1 } }
    raw.send(.request(3, fields))
    raw.send(.ping(7))
    await raw.wait { $0.contains { $0.kind == .ping } }
    try await raw.close()
    #expect(try await ends.next() == .cancelled)
  }

  @Test("a message over the limit is refused, compressed or not; one within it is decompressed")
  func messageSize() async throws {
    var limits = ServerLimits()
    limits.maxMessageSize = 100
    let server = try await ServerUnderTest.start(limits: limits)
    let connection = try await connect(to: server.port)
    let tooLarge = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: "/test.Service/Echo", message: ByteBuffer(repeating: 1, count: 101))
    }
    #expect(tooLarge == GRPCStatus(.resourceExhausted, "grpc: received message larger than max (101 vs. 100)"))
    // 300 bytes in 29.
    let bomb = await answer(from: server, gzip: GzipTests.dynamic)
    #expect(bomb == "8 grpc: received message larger than max (300 vs. 100)")
    #expect(await answer(from: server, gzip: "H4sIAAAAAAAEAwEGAPn/c3RvcmVkC/lDVgYAAAA=") == "stored 0")
    #expect(
      await answer(from: server, gzip: "////") == "13 grpc: failed to decompress the received message unexpected EOF")
    #expect(
      await answer(from: server, gzip: "////", encoding: "snappy")
        == "12 grpc: Decompressor is not installed for grpc-encoding \"snappy\"")
    #expect(
      await answer(from: server, gzip: "////", encoding: nil)
        == "13 grpc: compressed flag set with identity or empty encoding")
  }

  /// The message and the status that a compressed message is answered with.
  private func answer(from server: ServerUnderTest, gzip base64: String, encoding: String? = "gzip") async -> String {
    let content = Array(Data(base64Encoded: base64)!)
    let raw = try! await RawClient.connect(to: server.port)
    raw.greet()
    raw.send(.request(1, callFields("/test.Service/Echo") + (encoding.map { [("grpc-encoding", $0)] } ?? [])))
    raw.send(TestFrame(.data, flags: 1, stream: 1, [1] + bigEndian(UInt32(content.count)) + content))
    await raw.wait { $0.contains { $0.stream == 1 && ($0.kind == .headers && $0.flags & 1 == 1) } }
    var decoder = HeaderBlocks(limits: Limits())
    var words: [String] = []
    for frame in raw.frames where frame.stream == 1 {
      if frame.kind == .data { words.append(String(decoding: frame.payload.dropFirst(5), as: UTF8.self)) }
      guard frame.kind == .headers, let section = try? decoder.decode(ByteBuffer(bytes: frame.payload)) else {
        continue
      }
      words += ["grpc-status", "grpc-message"].compactMap { name in section[name] }
    }
    return words.joined(separator: " ")
  }

  @Test("messages wait while a call doesn't receive, and hold the client back; nothing is lost")
  func pausedReceiver() async throws {
    let calls = Mailbox<ServerCallBox>()
    let counts = Counter()
    let method = Method.stream { call, message in
      guard message != nil else { return call.finish() }
      if counts.add(1) == 1 {
        call.isReceiving = false
        calls.put(ServerCallBox(call))
      }
    }
    let server = try await ServerUnderTest.start(calls: ["/test.Service/Count": method])
    let connection = try await connect(to: server.port)
    let stream = try await connection.open(path: "/test.Service/Count")
    let sender = Task {
      for _ in 0..<40 { try await stream.send(ByteBuffer(repeating: 1, count: 100_000)) }
      stream.finish()
    }
    let call = try await calls.next()
    // Another call on the connection isn't held up.
    #expect(try await connection.unary(path: "/test.Service/Echo", message: ByteBuffer()) == ByteBuffer())
    #expect(counts.value == 1)
    call.run { $0.isReceiving = true }
    #expect(try await stream.next() == nil)
    try await sender.value
    #expect(counts.value == 40)
  }

  @Test("a producer is told to wait for a slow reader, and when it may go on")
  func slowReader() async throws {
    let refused = Counter()
    let method = Method { call in Producer(call: call, size: 10_000, count: 1000, refused: refused) }
    let server = try await ServerUnderTest.start(calls: ["/test.Service/Produce": method])
    let connection = try await connect(to: server.port)
    let stream = try await connection.open(path: "/test.Service/Produce")
    try await stream.send(ByteBuffer())
    stream.finish()
    var count = 0
    while let message = try await stream.next() {
      #expect(message.readableBytes == 10_000)
      count += 1
    }
    #expect(count == 1000)
    #expect(refused.value > 0)
  }

  @Test("a server that shuts down answers what is under way")
  func shutDown() async throws {
    let answers = Mailbox<ServerCallBox>()
    let server = try await ServerUnderTest.start(calls: [
      "/test.Service/Late": .unary { call, _ in answers.put(ServerCallBox(call)) }
    ])
    let idle = try await connect(to: server.port)
    let busy = try await connect(to: server.port)
    let late = Task { try await busy.unary(path: "/test.Service/Late", message: ByteBuffer()) }
    let call = try await answers.next()
    let shutDown = Task { await server.listener.shutDown(within: .seconds(60)) }
    guard case .goneAway = await idle.closed() else {
      Issue.record("another end")
      return
    }
    call.run {
      $0.send(ByteBuffer(string: "late"))
      $0.finish()
    }
    #expect(try await late.value == ByteBuffer(string: "late"))
    await shutDown.value
  }

  @Test("a server that shuts down ends in time the calls that don't end by themselves")
  func impatientShutDown() async throws {
    let ends = Mailbox<GRPCStatus.Code>()
    let server = try await ServerUnderTest.start(calls: ["/test.Service/Wait": .waiting(ends)])
    let connection = try await connect(to: server.port)
    let endless = try await connection.open(path: "/test.Service/Wait")
    try await endless.send(ByteBuffer())
    let raw = try await RawClient.connect(to: server.port)
    raw.send(Array("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n".utf8))
    await server.listener.shutDown(within: .milliseconds(100))
    await raw.waitForEnd()
    _ = await connection.closed()
  }

  @Test("a socket file and an IPv6 address serve as well; the file is removed at the end")
  func addresses() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("etch.sock")
    for _ in 0..<2 {
      let server = try await ServerUnderTest.start(on: .unix(path: path))
      try await echo(to: .unix(path: path))
      await server.listener.shutDown(within: .seconds(1))
      #expect(!FileManager.default.fileExists(atPath: path))
    }
    let server = try await ServerUnderTest.start(on: .host("::1", port: 0))
    try await echo(to: .host("::1", port: server.port))
  }

  private func echo(to address: GRPCTarget.Address) async throws {
    let connection = try await GRPCConnection.connect(
      to: GRPCTarget(address, authority: "localhost"), on: MultiThreadedEventLoopGroup.singleton.next(),
      timeout: .seconds(20))
    let message = ByteBuffer(string: "hello")
    #expect(try await connection.unary(path: "/test.Service/Echo", message: message) == message)
  }
}
