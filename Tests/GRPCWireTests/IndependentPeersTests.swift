import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import GRPCWire

/// Another program's server, ended with the object, and after two minutes in any case.
private final class PeerProcess: Sendable {
  let port = FreePort.pick()
  private let pid: pid_t

  init(_ program: String, _ arguments: (UInt16) -> [String]) throws {
    let nothing = open("/dev/null", O_RDWR)
    defer { close(nothing) }
    pid = try Program.spawn(
      "timeout", ["-s", "KILL", "120", program] + arguments(port), stdio: (nothing, nothing, nothing))
  }

  deinit {
    // As if the time were over: SIGTERM may be blocked in what a test process starts.
    kill(pid, SIGALRM)
    Program.waitForEnd(of: pid)
  }

  /// Connects as soon as the server listens.
  func connect() async throws -> GRPCConnection {
    let deadline = ContinuousClock.now + .seconds(30)
    while true {
      do {
        return try await GRPCWireTests.connect(to: Int(port))
      } catch {
        guard case .refused = error, ContinuousClock.now < deadline else { throw error }
        try await Task.sleep(for: .milliseconds(10))
      }
    }
  }
}

/// nghttp2's server: HTTP/2 by other authors, with files and trailers that look like gRPC's answers.
@Suite(.needsNghttpd, .timeLimit(.minutes(3)))
struct NghttpdTests {
  @Test(
    "answers come through padding, compression tables of any size, small windows and trailers",
    arguments: [
      [], ["-b", "255"], ["-c", "0"], ["-c", "64"], ["-w", "10", "-W", "16"], ["--encoder-header-table-size=0"],
    ])
  func answers(options: [String]) async throws {
    let folder = TemporaryFolder()
    let sizes = [0, 1, 100, 16_000, 1_000_000]
    for size in sizes {
      var content = ByteBuffer()
      content.writeMessagePrefix(length: size)
      content.writeRepeatingByte(UInt8(ascii: "n"), count: size)
      try Data(content.readableBytesView).write(to: URL(filePath: folder.file("\(size).grpc")))
    }
    try folder.write("application/grpc grpc\n", to: "types")
    let server = try PeerProcess("nghttpd") { port in
      options + [
        "-a", "127.0.0.1", "--no-tls", "-d", folder.path, "--mime-types-file=\(folder.file("types"))",
        "--trailer", "grpc-status: 0", "--trailer", "grpc-message: \(String(repeating: "long ", count: 1000))",
        "\(port)",
      ]
    }
    defer { withExtendedLifetime(server) {} }
    let connection = try await server.connect()
    for round in 0..<3 {
      for size in sizes {
        let metadata = [("round", "\(round)"), ("long", String(repeating: "abc", count: round * 1000))]
        let answer = try await connection.unary(
          path: "/\(size).grpc", metadata: metadata, message: ByteBuffer(repeating: 1, count: size),
          timeout: .seconds(30))
        #expect(answer == ByteBuffer(repeating: UInt8(ascii: "n"), count: size))
      }
    }
    let missing = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: "/missing.grpc", message: ByteBuffer())
    }
    #expect(missing?.code == .unimplemented)
    #expect(missing?.message == "the server answered HTTP status 404 instead of gRPC")
  }
}

/// grpcio's server: gRPC by other authors.
@Suite(.needsGRPCIO, .timeLimit(.minutes(3)))
struct GRPCIOTests {
  private static let script = """
    import sys, time, grpc
    from concurrent import futures

    started, ended = [], []

    def echo(request, context):
        return request

    def fail(request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "100 % schön\\n鍵")

    def time_left(request, context):
        return str(context.time_remaining()).encode()

    def slow(request, context):
        started.append(1)
        context.add_callback(lambda: ended.append(1))
        while context.is_active():
            time.sleep(0.01)

    def count_slow(request, context):
        return str(len(started) - len(ended)).encode()

    def metadata(request, context):
        context.send_initial_metadata((("x-first", "1"),))
        context.set_trailing_metadata((("x-last", "2"),))
        return dict(context.invocation_metadata())["x-given"].encode()

    def count_up(request, context):
        for number in range(int(request)):
            yield str(number).encode() * 100

    def add_lengths(requests, context):
        return str(sum(len(request) for request in requests)).encode()

    def echo_each(requests, context):
        yield from requests

    methods = {
        "Echo": grpc.unary_unary_rpc_method_handler(echo),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "TimeLeft": grpc.unary_unary_rpc_method_handler(time_left),
        "Slow": grpc.unary_unary_rpc_method_handler(slow),
        "CountSlow": grpc.unary_unary_rpc_method_handler(count_slow),
        "Metadata": grpc.unary_unary_rpc_method_handler(metadata),
        "CountUp": grpc.unary_stream_rpc_method_handler(count_up),
        "AddLengths": grpc.stream_unary_rpc_method_handler(add_lengths),
        "EchoEach": grpc.stream_stream_rpc_method_handler(echo_each),
    }
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[
        ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Service", methods),))
    server.add_insecure_port("127.0.0.1:" + sys.argv[1])
    server.start()
    server.wait_for_termination()
    """

  private static func start() throws -> PeerProcess {
    try PeerProcess("python3") { ["-c", script, "\($0)"] }
  }

  @Test("all four kinds of call, with metadata, and messages of all sizes")
  func kinds() async throws {
    let server = try Self.start()
    defer { withExtendedLifetime(server) {} }
    let connection = try await server.connect()
    for size in [0, 1, 16_384, 3_000_000] {
      let message = ByteBuffer(repeating: 7, count: size)
      #expect(try await connection.unary(path: "/test.Service/Echo", message: message) == message)
    }
    let given = try await connection.unary(
      path: "/test.Service/Metadata", metadata: [("x-given", "a, b")], message: ByteBuffer())
    #expect(given == ByteBuffer(string: "a, b"))

    let numbers = try await connection.open(path: "/test.Service/CountUp")
    try await numbers.send(ByteBuffer(string: "2000"))
    numbers.finish()
    var expected = 0
    while let message = try await numbers.next() {
      #expect(message == ByteBuffer(string: String(repeating: "\(expected)", count: 100)))
      expected += 1
    }
    #expect(expected == 2000)

    let sum = try await connection.open(path: "/test.Service/AddLengths")
    for size in 0..<300 { try await sum.send(ByteBuffer(repeating: 1, count: size * 10)) }
    sum.finish()
    #expect(try await sum.next() == ByteBuffer(string: "448500"))
    #expect(try await sum.next() == nil)

    let echo = try await connection.open(path: "/test.Service/EchoEach")
    for number in 0..<50 {
      try await echo.send(ByteBuffer(string: "\(number)"))
      #expect(try await echo.next() == ByteBuffer(string: "\(number)"))
    }
    echo.finish()
    #expect(try await echo.next() == nil)
  }

  @Test("a status comes with its text, a deadline is known to the server, a cancelled call is cancelled there")
  func ends() async throws {
    let server = try Self.start()
    defer { withExtendedLifetime(server) {} }
    let connection = try await server.connect()
    let failed = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: "/test.Service/Fail", message: ByteBuffer())
    }
    #expect(failed == GRPCStatus(.notFound, "100 % schön\n鍵"))
    let unknown = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: "/test.Service/None", message: ByteBuffer())
    }
    #expect(unknown?.code == .unimplemented)
    let left = try await connection.unary(path: "/test.Service/TimeLeft", message: ByteBuffer(), timeout: .seconds(100))
    let seconds = try #require(Double(String(buffer: left)))
    #expect(seconds > 50 && seconds <= 100)
    let late = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: "/test.Service/Slow", message: ByteBuffer(), timeout: .milliseconds(200))
    }
    #expect(late?.code == .deadlineExceeded)
    try await Self.waitForSlowCalls(0, on: connection)
    let task = Task { try await connection.unary(path: "/test.Service/Slow", message: ByteBuffer()) }
    try await Self.waitForSlowCalls(1, on: connection)
    task.cancel()
    _ = await task.result
    try await Self.waitForSlowCalls(0, on: connection)
  }

  /// Waits until the server runs this many calls that end only when they are cancelled.
  private static func waitForSlowCalls(_ expected: Int, on connection: GRPCConnection) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let count = try await connection.unary(path: "/test.Service/CountSlow", message: ByteBuffer())
      if String(buffer: count) == "\(expected)" { return }
      try #require(ContinuousClock.now < deadline, "running at the server: \(String(buffer: count))")
    }
  }
}

@Suite(.timeLimit(.minutes(3))) struct RealEtcdWireTests {
  /// RangeRequest { key = 1 }
  private static let range = ByteBuffer(bytes: [0x0a, 1, 0x61])

  @Test("thousands of calls in a row keep their connection, and its end is noticed", .needsEtcd35)
  func sequentialCalls() async throws {
    let etcd = try await RealEtcd.start()
    let connection = try await connect(to: Int(etcd.clientPort))
    for _ in 0..<2000 {
      _ = try await connection.unary(path: "/etcdserverpb.KV/Range", message: Self.range, timeout: .seconds(20))
    }
    let unknown = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: "/etcdserverpb.KV/None", message: ByteBuffer())
    }
    #expect(unknown == GRPCStatus(.unimplemented, "unknown method None for service etcdserverpb.KV"))
    etcd.kill()
    guard case .lost = await connection.closed() else {
      Issue.record("another end")
      return
    }
  }

  @Test("a server that stops answering is noticed by a PING while a call is open", .needsEtcd35)
  func keepAlive() async throws {
    let etcd = try await RealEtcd.start()
    let connection = try await GRPCConnection.connect(
      to: GRPCTarget(.host("127.0.0.1", port: Int(etcd.clientPort)), authority: "localhost"),
      on: MultiThreadedEventLoopGroup.singleton.next(), timeout: .seconds(20),
      keepAlive: GRPCKeepAlive(interval: .seconds(1), timeout: .milliseconds(200)))
    let watch = try await connection.open(path: "/etcdserverpb.Watch/Watch")
    etcd.freeze()
    let end = await status { () async throws(GRPCStatus) in try await watch.next() }
    #expect(end?.message == GRPCConnectionEnd.keepAliveTimedOut.description)
    guard case .keepAliveTimedOut = await connection.closed() else {
      Issue.record("another end")
      return
    }
  }
}
