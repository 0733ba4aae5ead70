import TestSupport
import Testing

@testable import GRPCWire

/// curl, over either protocol.
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
  }

  @Test("a connection serves one HTTP/1.1 request after the other")
  func keepAlive() async throws {
    let server = try await ServerUnderTest.start()
    let url = "http://127.0.0.1:\(server.port)/hello"
    #expect(try await curl("--http1.1", "-w", "%{num_connects}", url, url) == "hello\n1hello\n0")
  }

  private func curl(_ arguments: String...) async throws -> String {
    try await Program.run("curl", ["-sS", "--max-time", "30"] + arguments).text
  }
}
