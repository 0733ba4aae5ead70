import Foundation
import TestSupport
import Testing

@Suite("What the tests stand on", .timeLimit(.minutes(2)))
struct TestSupportTests {
  @Test("A real etcd keeps its keys over a restart and a kill", arguments: RealEtcd.installed)
  func keepsKeys(release: RealEtcd.Release) async throws {
    let etcd = try await RealEtcd.start(release)
    #expect(try await etcd.etcdctl("put", "a", "1").text == "OK\n")
    try await etcd.restart()
    #expect(try await etcd.etcdctl("get", "a").text == "a\n1\n")
    etcd.kill()
    try await etcd.restart()
    #expect(try await etcd.etcdctl("get", "a").text == "a\n1\n")
  }

  @Test("A real etcd serves TLS to those who show a certificate", .needsEtcd35, .needsOpenSSL)
  func servesTLS() async throws {
    let certificates = TestCertificates.shared
    let etcd = try await RealEtcd.start(
      .v35, .init(server: certificates.server, clientAuthority: certificates.authority))
    #expect(try await etcd.etcdctl("put", "a", "1", client: certificates.client).text == "OK\n")
  }

  @Test("Authentication can be turned on", arguments: RealEtcd.installed)
  func authenticates(release: RealEtcd.Release) async throws {
    let etcd = try await RealEtcd.start(release)
    try await etcd.enableAuthentication(rootPassword: "secret")
    try await etcd.addUser("ann", password: "pw", prefix: "/ann/", rootPassword: "secret")
    #expect(try await etcd.etcdctl("--user", "ann:pw", "put", "/ann/a", "1").text == "OK\n")
    #expect(try await etcd.etcdctl("put", "/ann/a", "1").errorText.contains("user name is empty"))
  }

  @Test("A program that does not end is ended, and its input and output are passed whole")
  func runsPrograms() async throws {
    let bytes = [UInt8](repeating: 65, count: 1 << 20)
    #expect(try await Program.run("cat", [], input: bytes).stdout == bytes)
    #expect(try await Program.run("sh", ["-c", "echo bad >&2; exit 7"]).status == 7)
    await #expect(throws: Program.Failure.self) {
      try await Program.run("sleep", ["1000"], timeout: .milliseconds(20))
    }
  }

  @Test("A conversation's input ends when it is closed, whatever else was started meanwhile")
  func endsConversations() throws {
    let conversation = try Conversation("cat", [])
    let other = try Conversation("cat", [])
    for number in 0..<100 {
      try conversation.write("\(number)\n")
      #expect(try conversation.answer { $0.last == 0x0a } == Array("\(number)\n".utf8))
    }
    try conversation.write("rest\n")
    let end = try conversation.end()
    #expect(end.text == "rest\n" && end.status == 0)
    #expect(try other.end(by: SIGKILL).status == 128 + SIGKILL)
  }

  @Test("A conversation that comes to nothing fails with what was said")
  func failsConversations() throws {
    let silent = try Conversation("sh", ["-c", "echo oops >&2; echo half; exec sleep 1000"])
    _ = try silent.answer { $0.last == 0x0a }
    silent.patience = .milliseconds(20)
    let silence = #expect(throws: Program.Failure.self) { try silent.answer { !$0.isEmpty } }
    #expect(silence?.description.contains("said nothing more within 0.02 seconds") == true, "\(silence as Any)")
    #expect(silence?.description.contains("oops") == true)

    let gone = try Conversation("sh", ["-c", "printf half"])
    let end = #expect(throws: Program.Failure.self) { try gone.answer { $0.last == 0x0a } }
    #expect(end?.description.contains("ended instead of answering") == true)
    #expect(end?.description.contains("half") == true)
  }
}
