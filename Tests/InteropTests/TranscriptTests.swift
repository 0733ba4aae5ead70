import Foundation
import TestSupport
import Testing

/// The same lines give the same output, whoever answers and whoever asks.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TranscriptTests {
  static let withEtcdctl = Transcript.all(in: "etcdctl")
  static let ours = Transcript.all(in: "ours")
  /// What is told of the members differs between releases, and the embedded node takes no others; these are compared
  /// with etcdctl on one release.
  static let everywhere = (withEtcdctl + ours).filter { !["cluster.etch", "members.etch"].contains($0.name) }
  /// etcd 3.4 does not tell whether users are asked for.
  static let since34 = everywhere.filter { $0.name != "auth.etch" }

  /// Servers whose IDs are the same, since these come from the peer address that is advertised.
  private func start(_ release: RealEtcd.Release, _ arguments: [String] = []) async throws -> RealEtcd {
    let peer = "http://127.0.0.1:1"
    let identity = ["--initial-advertise-peer-urls", peer, "--initial-cluster", "node-a=\(peer)"]
    return try await RealEtcd.start(release, .init(arguments: identity + arguments))
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

  @Test("a script prints the same on etcd 3.4 and 3.5", .needsEtcd35, .needsEtcd34, arguments: since34)
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
      case "cluster.etch", "leases.etch", "auth.etch": Sameness.normalized(outcome)
      // etcdctl prints its help there, we do not; the statuses are compared in any case.
      case "usage.etch": ""
      // Both servers have the same IDs, and no time or size is told: the bytes themselves are compared.
      default: outcome.stdout.map { String(UnicodeScalar($0)) }.joined()
      }
    }
    #expect(report.isEmpty, "\(report)")
  }

  @Test("a server out of space is told of as etcdctl tells of it", .needsEtcd35)
  func alarms() async throws {
    let etcdctl = try #require(RealEtcd.program("etcdctl", .v35))
    let transcript = Transcript(
      name: "alarms",
      text: """
        alarm list
        alarm list -w json
        alarm list -w fields
        alarm list -w protobuf
        endpoint health
        endpoint health -w json
        endpoint health -w table
        endpoint status -w json
        """)
    let etcd = try await start(.v35, ["--quota-backend-bytes", "100000"])
    func etch(_ arguments: String...) async throws -> Program.Output {
      try await Program.run(
        TranscriptRun.etch, ["--endpoints", etcd.clientURL] + arguments, environment: TranscriptRun.environment)
    }
    var filled = try await etch("put", "a", "1")
    var number = 0
    while filled.status == 0, number < 500 {
      number += 1
      filled = try await etch("put", "fill/\(number)", String(repeating: "x", count: 20_000))
    }
    #expect(filled.status == 1)
    #expect(filled.errorText.hasPrefix("Error: etcdserver: mvcc: database space exceeded\n"), "\(filled)")

    let ours = try await TranscriptRun.oneShots(transcript, [TranscriptRun.etch, "--endpoints", etcd.clientURL])
    let theirs = try await TranscriptRun.oneShots(transcript, [etcdctl, "--endpoints", etcd.clientURL])
    #expect(ours[0].text.contains("alarm:NOSPACE"))
    #expect(ours[4].stderr.contains("is unhealthy: failed to commit proposal: Active Alarm(s): NOSPACE"))
    let report = differences(transcript, ("etch", ours), ("etcdctl", theirs), by: Sameness.unordered)
    #expect(report.isEmpty, "\(report)")

    #expect(try await etch("alarm", "disarm").text == ours[0].text)
    #expect(try await etch("alarm", "list").stdout.isEmpty)
  }

  @Test("a value is read from standard input as etcdctl reads it", .needsEtcd35)
  func standardInput() async throws {
    let etcd = try await start(.v35)
    let value = Array("two\nlines, and bytes: ".utf8) + [0, 0xff, 0x0a]
    for program in [TranscriptRun.etch, try #require(RealEtcd.program("etcdctl", .v35))] {
      let put = try await Program.run(
        program, ["--endpoints", etcd.clientURL, "put", "k", "--prev-kv"], environment: TranscriptRun.environment,
        input: value)
      #expect(put.status == 0, "\(put)")
      let got = try await etcd.etcdctl("get", "k", "--print-value-only")
      #expect(got.stdout == value + [0x0a])
    }
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
