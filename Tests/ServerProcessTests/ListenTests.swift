import TestSupport
import Testing

/// The node of a prompt or a script that other clients reach, too.
@Suite("--listen", .timeLimit(.minutes(3)))
struct ListenTests {
  @Test("Other clients reach the node of a running shell, and what they write is seen there")
  func shared() throws {
    let url = "http://127.0.0.1:\(FreePort.pick())"
    let shell = try Conversation(Program.etch, ["--listen", url])
    func answer(_ line: String, _ expected: String) throws {
      try shell.write(line + "\n")
      let got = try shell.answer { String(decoding: $0, as: UTF8.self).contains(expected) }
      #expect(String(decoding: got, as: UTF8.self).contains(expected))
    }
    try answer("put a 1", "OK\n")
    let other = try Program.runBlocking(Program.etch, ["--endpoints", url, "put", "b", "two"])
    #expect(other.text == "OK\n", "\(other)")
    try answer("get b", "b\ntwo\n")
    #expect(try shell.end().status == 0)
  }

  @Test("An address that cannot be listened on is refused, with the way out")
  func refusals() async throws {
    let taken = SilentListener()
    for (url, message) in [
      ("http://127.0.0.1:\(taken.port)", "listen tcp 127.0.0.1:\(taken.port): bind: address already in use"),
      ("127.0.0.1:1", "first path segment in URL cannot contain colon"),
      ("https://127.0.0.1:1", "a prompt's node speaks no TLS"),
      ("http://example.com:1", "expected IP in URL for binding"),
    ] {
      let output = try await Program.run(Program.etch, ["--listen", url, "-c", "get a"])
      #expect(output.status != 0)
      #expect(output.errorText.contains(message), "\(url): \(output)")
      #expect(output.errorText.contains("remedy: "), "\(url): \(output)")
    }
  }
}
