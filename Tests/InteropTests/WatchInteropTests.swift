import Foundation
import TestSupport
import Testing

/// A watch as a job, and as a command of its own, prints what etcdctl's prints.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WatchInteropTests {
  private static let story = """
    put w/a 1
    put w/b 2
    put w/a 3
    del w/b
    put other 1
    put w/c $'\\x00\\xff'
    """

  @Test("the events of the past, in every form", .needsEtcd35, arguments: ["simple", "fields", "json", "protobuf"])
  func history(format: String) async throws {
    let etcd = try await RealEtcd.start(.v35)
    let written = try await etch(etcd, Self.story)
    #expect(written.status == 0, "\(written)")

    let watch = "watch --prefix w/ --rev 2 --prev-kv -w \(format)"
    let ours = try await etch(etcd, "\(watch) &")
    #expect(ours.errorText.contains("[1] watching w/ from revision 2"))
    let theirs = try await etcdctl(etcd, watch, count: ours.stdout.count)
    #expect(ours.text == theirs.text)
    #expect(ours.stdout == theirs.stdout)
    #expect(!ours.stdout.isEmpty)
  }

  @Test("a range of two keys, in hexadecimal", .needsEtcd35)
  func range() async throws {
    let etcd = try await RealEtcd.start(.v35)
    _ = try await etch(etcd, Self.story)
    let watch = "watch w/b w/d --rev 2 --hex"
    let ours = try await etch(etcd, "\(watch) &")
    let theirs = try await etcdctl(etcd, watch, count: ours.stdout.count)
    #expect(ours.text == theirs.text)
    #expect(ours.text.hasPrefix("PUT\n\\x77\\x2f\\x62\n"))
  }

  @Test("a watch from before a compaction ends with the reason, and leaves as etcdctl does", .needsEtcd35)
  func compacted() async throws {
    let etcd = try await RealEtcd.start(.v35)
    _ = try await etch(etcd, Self.story + "\ncompaction 4\n")
    for format in ["simple", "fields", "json", "protobuf"] {
      let words = ["watch", "w/a", "--rev", "2", "-w", format]
      let theirs = try await etcd.etcdctl(words)
      let ours = try await Program.run(
        TranscriptRun.etch, ["--endpoints", etcd.clientURL] + words, environment: TranscriptRun.environment)
      #expect(ours.stdout == theirs.stdout, "\(ours)")
      #expect(ours.status == theirs.status)
      #expect(ours.errorText.contains("watch was canceled (etcdserver: mvcc: required revision has been compacted)"))
      #expect(ours.errorText.contains("remedy: watch from revision 4 on"), "\(ours.errorText)")
    }
  }

  @Test("a program is run for each event, with the event in its environment", .needsEtcd35)
  func program() async throws {
    let etcd = try await RealEtcd.start(.v35)
    _ = try await etch(etcd, Self.story)
    let output = try await etch(
      etcd,
      """
      watch w/b --rev 2 -- sh -c 'echo "$ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_KEY=$ETCD_WATCH_VALUE at $ETCD_WATCH_REVISION"' &
      """)
    #expect(output.text == "PUT\nw/b\n2\nDELETE\nw/b\n\n\"PUT\" \"w/b\"=\"2\" at 7\n\"DELETE\" \"w/b\"=\"\" at 7\n")
  }

  private func etch(_ etcd: RealEtcd, _ script: String) async throws -> Program.Output {
    try await Program.run(
      TranscriptRun.etch, ["--endpoints", etcd.clientURL], environment: TranscriptRun.environment,
      input: Array(script.utf8))
  }

  /// The first bytes of what etcdctl prints; a watch of its own never ends.
  private func etcdctl(_ etcd: RealEtcd, _ command: String, count: Int) async throws -> Program.Output {
    let program = try #require(RealEtcd.program("etcdctl", .v35))
    let script = """
      coproc WATCH { exec "$0" --endpoints "$1" \(command); }
      head -c \(count) <&"${WATCH[0]}"
      kill "$WATCH_PID"
      """
    return try await Program.run(
      "bash", ["-c", script, program, etcd.clientURL], environment: TranscriptRun.environment)
  }
}
