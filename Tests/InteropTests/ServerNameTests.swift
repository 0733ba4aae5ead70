import Foundation
import TestSupport
import Testing

@Suite(.needsEtcd35, .needsOpenSSL, .timeLimit(.minutes(5))) struct ServerNameTests {
  @Test("--server-name is the name that the server's certificate must have")
  func serverName() async throws {
    let certificates = TestCertificates.shared
    let etcd = try await RealEtcd.start(.v35, .init(server: certificates.wrongName))
    func put(_ flags: [String], _ variables: [String: String] = [:]) async throws -> Program.Output {
      try await Program.run(
        TranscriptRun.etch,
        ["--endpoints", etcd.clientURL, "--cacert", certificates.authority.certificate] + flags + ["put", "a", "1"],
        environment: TranscriptRun.environment.merging(variables) { $1 })
    }
    let refused = try await put([])
    #expect(refused.status != 0)
    #expect(refused.errorText.contains("give it with --server-name"), "\(refused)")
    #expect(try await put(["--server-name", "elsewhere.example"]).text == "OK\n")
    #expect(try await put([], ["ETCDCTL_SERVER_NAME": "elsewhere.example"]).text == "OK\n")
    #expect(try await put(["--server-name", "nowhere.example"]).errorText.contains("not for 'nowhere.example'"))
  }
}
