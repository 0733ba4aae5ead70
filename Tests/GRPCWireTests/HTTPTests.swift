import NIOCore
import TestSupport
import Testing

@testable import GRPCWire

/// HTTP that isn't gRPC: curl over either protocol, and by hand.
@Suite(.needs(!Program.directories(holding: "curl").isEmpty, orElse: "curl is not installed"), .timeLimit(.minutes(3)))
struct HTTPTests {
  static let protocols = ["--http1.1", "--http2-prior-knowledge", "--http1.0"]

  @Test("requests are answered over HTTP/1.1 and HTTP/2 on one port", arguments: protocols)
  func answers(version: String) async throws {
    let server = try await ServerUnderTest.start()
    let url = "http://127.0.0.1:\(server.port)"
    #expect(try await curl(version, "\(url)/hello") == "hello\n")
    #expect(
      try await curl(version, "-I", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", "\(url)/hello") == "200 0"
    )
    #expect(try await curl(version, "-w", "%{http_code}", "\(url)/none") == "404 page not found\n404")
    #expect(try await curl(version, "-H", "X-Given: 1", "-d", "content", "\(url)/echo?a=b") == "POST a=b 1\ncontent")
    #expect(try await curl(version, "\(url)/count") == "0\n1\n2\n")
  }

  @Test("content up to the limit is taken, more is refused, announced or not", arguments: protocols)
  func bodies(version: String) async throws {
    var limits = ServerLimits()
    limits.maxBodySize = 2_000_000
    let server = try await ServerUnderTest.start(limits: limits)
    let url = "http://127.0.0.1:\(server.port)/echo"
    let folder = TemporaryFolder()
    let content = String(repeating: "0123456789", count: 200_000)
    try folder.write(content, to: "fits")
    try folder.write(content + "x", to: "not")
    // curl sends `Expect: 100-continue` before so much.
    #expect(try await curl(version, "--data-binary", "@\(folder.file("fits"))", url).hasSuffix("- -\n\(content)"))
    for announcement in [[], ["-H", "Transfer-Encoding: chunked"]] where announcement.isEmpty || version == "--http1.1"
    {
      let output = try await Program.run(
        "curl",
        ["-sS", "-o", "/dev/null", "-w", "%{http_code}", version, "--data-binary", "@\(folder.file("not"))", url]
          + announcement)
      #expect(output.text == "413", "\(output)")
    }
  }

  @Test("a connection serves one HTTP/1.1 request after the other, also those sent at once")
  func keepAlive() async throws {
    let server = try await ServerUnderTest.start()
    let url = "http://127.0.0.1:\(server.port)/hello"
    #expect(try await curl("--http1.1", "-w", "%{num_connects}", url, url) == "hello\n1hello\n0")
    let raw = try await RawClient.connect(to: server.port)
    raw.send(
      Array(
        "GET /hello HTTP/1.1\r\n\r\nGET /count HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\nConnection: close\r\n\r\n".utf8))
    await raw.waitForEnd()
    let text = String(decoding: raw.received, as: UTF8.self)
    #expect(text.split(separator: "HTTP/1.1 200 OK").count == 3, "\(text)")
    #expect(text.hasSuffix("hello\n"))
  }

  @Test("an endless answer comes in parts, and stops when the client goes", arguments: [false, true])
  func streaming(isHTTP2: Bool) async throws {
    let closed = Mailbox<Bool>()
    let server = try await ServerUnderTest.start(http: { request, exchange in
      exchange.respond(status: 200)
      exchange.write(ByteBuffer(string: "first\n"))
      exchange.onClosed = { closed.put(true) }
    })
    let raw = try await RawClient.connect(to: server.port)
    if isHTTP2 {
      raw.greet()
      raw.send(.request(1, end: true, requestFields.filter { $0.0 != "content-type" }))
      await raw.wait { $0.contains { $0.kind == .data && $0.payload == Array("first\n".utf8) } }
      raw.send(TestFrame(.reset, stream: 1, bigEndian(8)))
    } else {
      raw.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
      await raw.waitForText("first\n")
      try await raw.close()
    }
    #expect(try await closed.next())
  }

  @Test("a client that doesn't read an endless answer holds its producer back", arguments: protocols.dropLast())
  func slowReader(version: String) async throws {
    let written = Counter()
    let server = try await ServerUnderTest.start(http: { request, exchange in
      exchange.respond(status: 200)
      let produce: () -> Void = {
        while exchange.isWritable, written.value < 50_000_000 {
          written.add(10_000)
          exchange.write(ByteBuffer(repeating: 1, count: 10_000))
        }
        if exchange.isWritable { exchange.end() }
      }
      exchange.onWritable = produce
      produce()
    })
    let url = "http://127.0.0.1:\(server.port)/"
    let size = try await curl(version, "--limit-rate", "100M", "-o", "/dev/null", "-w", "%{size_download}", url)
    #expect(size == "50000000")
  }

  @Test("what is no HTTP is answered with 400 and closed")
  func notHTTP() async throws {
    let server = try await ServerUnderTest.start()
    let raw = try await RawClient.connect(to: server.port)
    raw.send(Array("PRI * HTTP/1.1\r\n\u{0}\r\n\r\n".utf8))
    await raw.waitForEnd()
    #expect(String(decoding: raw.received, as: UTF8.self).hasPrefix("HTTP/1.1 400 Bad Request"))
  }

  private func curl(_ arguments: String...) async throws -> String {
    let output = try await Program.run("curl", ["-sS", "--max-time", "30"] + arguments)
    #expect(output.status == 0, "\(output)")
    return output.text
  }
}
