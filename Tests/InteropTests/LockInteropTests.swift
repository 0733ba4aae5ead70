import Foundation
import TestSupport
import Testing

/// Ours and etcd's own clients use the same keys, and so keep each other out.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LockInteropTests {
  @Test("whoever holds a lock, nobody else does, be it ours or etcdctl's", .needsEtcd35)
  func exclusion() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let etcdctl = try #require(RealEtcd.program("etcdctl", .v35))
    let folder = TemporaryFolder()
    // Making a folder fails where it is already.
    let work = "mkdir \(folder.file("held")) && sleep 0.02 && rmdir \(folder.file("held"))"
    let outputs = try await withThrowingTaskGroup(of: [Program.Output].self) { group in
      for program in [TranscriptRun.etch, etcdctl, TranscriptRun.etch, etcdctl] {
        group.addTask {
          var outputs: [Program.Output] = []
          for _ in 0..<3 {
            outputs.append(
              try await Program.run(
                program, ["--endpoints", etcd.clientURL, "lock", "/lock", "--", "sh", "-c", work],
                environment: TranscriptRun.environment))
          }
          return outputs
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(outputs.count == 12 && outputs.allSatisfy { $0.status == 0 }, "\(outputs.filter { $0.status != 0 })")
    #expect(try await etcd.etcdctl("get", "--prefix", "/lock").stdout.isEmpty)
  }

  @Test("the program run under a lock knows its key, and its status is ours", .needsEtcd35)
  func status() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let etcdctl = try #require(RealEtcd.program("etcdctl", .v35))
    for (words, status) in [
      (["sh", "-c", #"case $ETCD_LOCK_KEY in /lock/?*) test "$ETCD_LOCK_REV" -gt 1;; *) false;; esac"#], Int32(0)),
      (["sh", "-c", "exit 3"], 3), (["false"], 1), (["/nonexistent"], 1),
    ] {
      for program in [TranscriptRun.etch, etcdctl] {
        let output = try await Program.run(
          program, ["--endpoints", etcd.clientURL, "lock", "/lock", "--ttl", "5", "--"] + words,
          environment: TranscriptRun.environment)
        #expect(output.status == status, "\(words): \(output)")
      }
    }
  }
}
