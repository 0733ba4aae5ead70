import Foundation
import TestSupport
import Testing

/// The same lines give the same output, whoever answers and whoever asks.
@Suite(.serialized) struct TranscriptTests {
  static let withEtcdctl = Transcript.all(in: "etcdctl")
  static let ours = Transcript.all(in: "ours")
  /// What is told of the members differs between releases, and the embedded node takes no others; these are compared
  /// with etcdctl on one release.
  static let everywhere = (withEtcdctl + ours).filter { !["cluster.etch", "members.etch"].contains($0.name) }

  /// Servers whose IDs are the same, since these come from the peer address that is advertised.
  private func start(_ release: RealEtcd.Release) async throws -> RealEtcd {
    let peer = "http://127.0.0.1:1"
    return try await RealEtcd.start(
      release,
      .init(arguments: ["--initial-advertise-peer-urls", peer, "--initial-cluster", "node-a=\(peer)"]))
  }

  @Test("there are more than sixty commands") func size() {
    #expect(Self.everywhere.reduce(0) { $0 + $1.steps.count } > 60)
  }

  @Test("a script prints the same on the embedded node and on etcd 3.5", .needsEtcd35, arguments: everywhere)
  func embeddedAnd35(transcript: Transcript) async throws {
    let etcd = try await start(.v35)
    let remote = try await TranscriptRun.script(transcript, ["--endpoints", etcd.clientURL])
    let embedded = try await TranscriptRun.script(transcript, [])
    let report = differences(
      transcript, ("embedded", embedded), ("etcd 3.5", remote), by: Sameness.normalized)
    #expect(report.isEmpty, "\(report)")
  }

  @Test("a script prints the same on etcd 3.4 and 3.5", .needsEtcd35, .needsEtcd34, arguments: everywhere)
  func release34And35(transcript: Transcript) async throws {
    let (new, old) = (try await start(.v35), try await start(.v34))
    let outcomes35 = try await TranscriptRun.script(transcript, ["--endpoints", new.clientURL])
    let outcomes34 = try await TranscriptRun.script(transcript, ["--endpoints", old.clientURL])
    let report = differences(
      transcript, ("etcd 3.4", outcomes34), ("etcd 3.5", outcomes35), by: Sameness.normalized)
    #expect(report.isEmpty, "\(report)")
  }

  @Test("each command prints and leaves as etcdctl 3.5 does", .needsEtcd35, arguments: withEtcdctl)
  func oneShots(transcript: Transcript) async throws {
    let etcdctl = try #require(RealEtcd.program("etcdctl", .v35))
    let servers = (try await start(.v35), try await start(.v35))
    let expected = try await TranscriptRun.oneShots(transcript, [etcdctl, "--endpoints", servers.0.clientURL])
    // Started under this name the shell has etcdctl's habits where they differ: silence about a missing key.
    let folder = TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("etcdctl"), withDestinationPath: TranscriptRun.etch)
    let actual = try await TranscriptRun.oneShots(
      transcript, [folder.file("etcdctl"), "--endpoints", servers.1.clientURL])
    let report = differences(transcript, ("etch", actual), ("etcdctl", expected)) { outcome in
      switch transcript.name {
      case "members.etch": Sameness.unordered(outcome)
      case "cluster.etch", "leases.etch": Sameness.normalized(outcome)
      // Both servers have the same IDs, and no time or size is told: the bytes themselves are compared.
      default: outcome.stdout.map { String(UnicodeScalar($0)) }.joined()
      }
    }
    #expect(report.isEmpty, "\(report)")
  }

  @Test("what is refused is refused in etcdctl's words", .needsEtcd35)
  func errorTexts() async throws {
    let etcdctl = try #require(RealEtcd.program("etcdctl", .v35))
    let transcript = try #require(Self.withEtcdctl.first { $0.name == "errors.etch" })
    let servers = (try await start(.v35), try await start(.v35))
    let expected = try await TranscriptRun.oneShots(transcript, [etcdctl, "--endpoints", servers.0.clientURL])
    let actual = try await TranscriptRun.oneShots(
      transcript, [TranscriptRun.etch, "--endpoints", servers.1.clientURL])
    let report = differences(transcript, ("etch", actual), ("etcdctl", expected)) { outcome in
      // The first line; below it we explain, and etcdctl's client logs above it.
      outcome.stderr.split(separator: "\n").first { !$0.hasPrefix("{") }.map(String.init) ?? ""
    }
    #expect(report.isEmpty, "\(report)")
  }
}
