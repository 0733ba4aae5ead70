import Foundation
import TestSupport
import Testing

/// Real etcd and ours cannot be told apart, whoever asks.
@Suite(.serialized, .needsEtcd35, .enabled(if: Comparison.isControl), .timeLimit(.minutes(5))) struct DifferentialTests
{
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
    async let real = start(session, isOurs: false)
    async let ours = start(session, isOurs: !Comparison.isControl)
    let sides = [
      TerminalSession.Side(name: "etcd", etcdctl: etcdctl, servers: try await real),
      TerminalSession.Side(name: "etch", etcdctl: etcdctl, servers: try await ours),
    ]
    async let expected = session.run(on: sides[0])
    async let actual = session.run(on: sides[1])
    if Comparison.isShown { print("\n=== \(session.name)\n" + session.shown(with: try await expected)) }
    let report = session.differences(("etcd", try await expected), ("etch", try await actual))
    #expect(report.isEmpty, "\(report)")
  }

  private func start(_ session: TerminalSession, isOurs: Bool) async throws -> [RealEtcd] {
    let identity = ["--initial-advertise-peer-urls", Naming.peerURL, "--initial-cluster", "node-a=\(Naming.peerURL)"]
    var servers: [RealEtcd] = []
    for flags in session.servers {
      servers.append(
        try await RealEtcd.start(
          .v35, .init(arguments: identity + flags, command: isOurs ? [Program.etch, "serve"] : nil)))
    }
    return servers
  }
}
