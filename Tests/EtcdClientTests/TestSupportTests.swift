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
}
