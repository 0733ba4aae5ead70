import Foundation
import TestSupport
import Testing

/// What the first page of the project promises: the same few commands, on a node of one's own and on real etcd.
@Suite(.timeLimit(.minutes(5))) struct FoundingStoryTests {
  private static let story = "set one uno\nget one\nget two\nset two dos\nget two\ncluster-health\n"

  @Test("set, get, a key that is missing, and a healthy cluster, on the embedded node")
  func embedded() async throws {
    let output = try await run([])
    #expect(
      output.text.contains(/^uno\none\nuno\ndos\ntwo\ndos\nmember [0-9a-f]+ is healthy: got healthy result from \S+\n/))
    #expect(output.text.hasSuffix("cluster is healthy\n"))
    #expect(output.errorText == "stdin:3:5: 100: Key not found (/two) [2]\n")
    #expect(output.status == 4)
  }

  @Test("the same on real etcd", .needsEtcd35)
  func remote() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let output = try await run(["--endpoints", etcd.clientURL])
    #expect(
      output.text.contains(/^uno\none\nuno\ndos\ntwo\ndos\nmember [0-9a-f]+ is healthy: got healthy result from \S+\n/))
    #expect(output.text.hasSuffix("got healthy result from \(etcd.clientURL)\ncluster is healthy\n"))
    #expect(output.status == 4)
  }

  @Test("a missing key's error is that of 2017, on the error stream, with status 4", .needsEtcd35)
  func missingKey() async throws {
    let etcd = try await RealEtcd.start(.v35)
    func one(_ arguments: String...) async throws -> Program.Output {
      try await Program.run(
        TranscriptRun.etch, ["--endpoints", etcd.clientURL] + arguments, environment: TranscriptRun.environment)
    }
    let missing = try await one("get", "two")
    #expect(missing.errorText == "Error:  100: Key not found (/two) [1]\n")
    #expect(missing.stdout.isEmpty)
    #expect(missing.status == 4)

    let tolerated = try await one("get", "two", "--missing-ok")
    #expect(tolerated.stdout.isEmpty && tolerated.stderr.isEmpty && tolerated.status == 0)
    let machine = try await one("get", "two", "-w", "json")
    #expect(machine.text.hasPrefix("{\"header\":") && machine.status == 0)

    #expect(try await one("mk", "two", "dos").text == "dos\n")
    let present = try await one("mk", "two", "dos")
    #expect(present.errorText == "Error:  105: Key already exists (/two) [2]\n" && present.status == 4)
    #expect(try await one("rm", "two").text == "PrevNode.Value: dos\n")
  }

  @Test("a cluster that lost a member is degraded, one that lost quorum is unhealthy; both leave with 5", .needsEtcd35)
  func clusterHealth() async throws {
    let members = try await RealEtcd.startCluster(of: 3)
    func health() async throws -> Program.Output {
      try await Program.run(
        TranscriptRun.etch, ["--endpoints", members[0].clientURL, "--command-timeout", "2s", "cluster-health"],
        environment: TranscriptRun.environment)
    }
    let healthy = try await health()
    #expect(healthy.text.hasSuffix("cluster is healthy\n") && healthy.status == 0, "\(healthy)")
    members[2].stop()
    let degraded = try await health()
    #expect(degraded.text.contains("is unhealthy: got unhealthy result from \(members[2].clientURL)\n"))
    #expect(degraded.text.hasSuffix("cluster is degraded\n") && degraded.status == 5, "\(degraded)")
    members[1].stop()
    let unhealthy = try await health()
    #expect(unhealthy.text.hasSuffix("cluster is unhealthy\n") && unhealthy.status == 5, "\(unhealthy)")
  }

  private func run(_ node: [String]) async throws -> Program.Output {
    try await Program.run(
      TranscriptRun.etch, node + ["--keep-going"], environment: TranscriptRun.environment,
      input: Array(Self.story.utf8))
  }
}
