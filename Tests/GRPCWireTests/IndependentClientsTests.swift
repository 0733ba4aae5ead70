import NIOCore
import TestSupport
import Testing

@testable import GRPCWire

/// Clients by other authors.
@Suite(.timeLimit(.minutes(3))) struct IndependentClientsTests {
  private static let script = """
    import sys, grpc
    channel = grpc.insecure_channel(sys.argv[1])
    echo = channel.unary_unary("/test.Service/Echo")
    for size in [0, 1, 16384, 3000000]:
        assert echo(b"e" * size, timeout=20) == b"e" * size, size
    for size in [10, 100000]:
        assert echo(b"z" * size, timeout=20, compression=grpc.Compression.Gzip) == b"z" * size, size
    try:
        echo(b"z" * 1000, timeout=20, compression=grpc.Compression.Deflate)
        assert False
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
        assert error.details() == 'grpc: Decompressor is not installed for grpc-encoding "deflate"', error
    try:
        channel.unary_unary("/test.Service/Fail")(b"", timeout=20)
        assert False
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error
        assert error.details() == "100 % schön\\n鍵", error
        assert ("x-why", "nobody knows") in error.trailing_metadata(), error
    each = channel.stream_stream("/test.Service/EchoEach")
    assert list(each(iter([str(n).encode() * 1000 for n in range(300)]), timeout=20)) == [str(n).encode() * 1000 for n in range(300)]
    count = channel.unary_stream("/test.Service/Produce")
    assert sum(len(message) for message in count(b"", timeout=20)) == 10000000
    try:
        channel.unary_unary("/test.Service/Wait")(b"", timeout=0.2)
        assert False
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
    call = channel.stream_stream("/test.Service/Wait")(iter([]))
    call.cancel()
    print("good")
    """

  @Test("grpcio's client makes calls of every kind", .needsGRPCIO)
  func grpcio() async throws {
    let ends = Mailbox<GRPCStatus.Code>()
    let server = try await ServerUnderTest.start(calls: [
      "/test.Service/Wait": .waiting(ends),
      "/test.Service/Produce": Method { Producer(call: $0, size: 10_000, count: 1000, refused: Counter()) },
    ])
    let output = try await Program.run("python3", ["-c", Self.script, "127.0.0.1:\(server.port)"])
    #expect(output.text == "good\n", "\(output)")
    #expect(try await [.cancelled, .deadlineExceeded].contains(ends.next()))
    #expect(try await ends.next() == .cancelled)
  }

  @Test(
    "h2load's many clients and streams are all answered",
    .needs(!Program.directories(holding: "h2load").isEmpty, orElse: "h2load (package nghttp2-client) is not installed"),
    arguments: [["-c", "1", "-m", "100"], ["-c", "20", "-m", "1"], ["-c", "5", "-m", "30", "-w", "16", "-W", "16"]])
  func h2load(options: [String]) async throws {
    let folder = TemporaryFolder()
    try folder.write("\0\0\0\0\u{64}" + String(repeating: "x", count: 100), to: "body")
    let server = try await ServerUnderTest.start()
    let output = try await Program.run(
      "h2load",
      options + [
        "-n", "2000", "-H", "content-type: application/grpc", "-H", "te: trailers", "-d", folder.file("body"),
        "http://127.0.0.1:\(server.port)/test.Service/Echo",
      ])
    #expect(output.text.contains("2000 succeeded, 0 failed, 0 errored"), "\(output)")
  }

  @Test(
    "nghttp's padding, priorities and small windows are understood",
    .needs(!Program.directories(holding: "nghttp").isEmpty, orElse: "nghttp (package nghttp2-client) is not installed"),
    arguments: [
      ["-b", "200"], ["-w", "10", "-W", "10"], ["--no-dep"], ["-H", "long: \(String(repeating: "x", count: 30_000))"],
    ])
  func nghttp(options: [String]) async throws {
    let server = try await ServerUnderTest.start()
    let output = try await Program.run("nghttp", options + ["http://127.0.0.1:\(server.port)/count"])
    #expect(output.text == "0\n1\n2\n", "\(output)")
  }
}
