import Foundation
import TestSupport
import Testing

/// Real etcd and ours cannot be told apart, whoever asks.
@Suite(.serialized, .needsEtcd35, .timeLimit(.minutes(5))) struct DifferentialTests {
  @Test("there are more than 250 invocations of etcdctl") func size() {
    #expect(TerminalSession.all.reduce(0) { $0 + $1.invocations } > 250)
  }

  @Test("etcdctl 3.5 sees no difference", arguments: TerminalSession.all)
  func etcdctl35(session: TerminalSession) async throws {
    try await compare(session, try #require(RealEtcd.program("etcdctl", .v35)))
  }

  @Test("etcdctl 3.4 sees no difference", .needsEtcd34, arguments: TerminalSession.all)
  func etcdctl34(session: TerminalSession) async throws {
    try await compare(session, try #require(RealEtcd.program("etcdctl", .v34)))
  }

  private func compare(_ session: TerminalSession, _ etcdctl: String) async throws {
    async let expected = run(session, etcdctl, isOurs: false)
    async let actual = run(session, etcdctl, isOurs: !Comparison.isControl)
    if Comparison.isShown { print("\n=== \(session.name)\n" + session.shown(with: try await expected)) }
    let report = session.differences(
      ("etcd", try await expected), ("etch", try await actual),
      except: Comparison.isControl ? [] : KnownDifference.ofServer)
    #expect(report.isEmpty, "\(report)")
  }

  private func run(
    _ session: TerminalSession, _ etcdctl: String, isOurs: Bool
  ) async throws -> [TerminalSession.Outcome] {
    let identity = ["--initial-advertise-peer-urls", Naming.peerURL, "--initial-cluster", "node-a=\(Naming.peerURL)"]
    var servers: [RealEtcd] = []
    for flags in session.servers {
      servers.append(
        try await RealEtcd.start(
          .v35, .init(arguments: identity + flags, command: isOurs ? [Program.etch, "serve"] : nil)))
    }
    return try await session.run(on: .init(etcdctl: etcdctl, servers: servers))
  }
}
