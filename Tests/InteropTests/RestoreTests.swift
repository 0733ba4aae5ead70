import Foundation
import TestSupport
import Testing

/// A snapshot is the same data wherever it is restored: real etcd's in ours, ours in real etcd.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RestoreTests {
  private func etch(_ arguments: String...) async throws -> Program.Output {
    try await Program.run(TranscriptRun.etch, arguments, environment: TranscriptRun.environment)
  }

  /// A snapshot of real etcd with history, leases and users, and its hash.
  private func saved(in folder: TemporaryFolder, users: Bool = true) async throws -> (path: String, hash: String) {
    let etcd = try await RealEtcd.start(.v35)
    var script = (1...200).map { "put /key/\($0 % 60) 'value \($0)'\n" }.joined()
    script += "del /key/7\nput /leased 1 --ttl 600s\ncompaction 100\n"
    if users { script += "user add root:secret\nrole add app\nrole grant-permission app read /key/ --prefix\n" }
    let written = try await Program.run(
      TranscriptRun.etch, ["--endpoints", etcd.clientURL], environment: TranscriptRun.environment,
      input: Array(script.utf8))
    try #require(written.status == 0, "\(written)")
    let path = folder.file("backup.db")
    let output = try await etch("--endpoints", etcd.clientURL, "snapshot", "save", path)
    try #require(output.status == 0, "\(output)")
    return (path, try await hash("--endpoints", etcd.clientURL))
  }

  /// What `endpoint hashkv` says, without the endpoint.
  private func hash(_ node: String...) async throws -> String {
    let output = try await Program.run(
      TranscriptRun.etch, node + ["endpoint", "hashkv"], environment: TranscriptRun.environment)
    try #require(output.status == 0, "\(output)")
    return String(output.text.split(separator: " ").last ?? "")
  }

  @Test("real etcd serves what we restored: a member alone, and three of one cluster", .needsEtcd35, arguments: [1, 3])
  func restoredByUs(size: Int) async throws {
    let folder = TemporaryFolder()
    let snapshot = try await saved(in: folder)
    let cluster = try await RealEtcd.startCluster(of: size) { member in
      let output = try await etch(
        "snapshot", "restore", snapshot.path, "--data-dir", member.dataFolder, "--name", member.name,
        "--initial-cluster", member.initialCluster, "--initial-advertise-peer-urls", member.peerURL)
      try #require(output.status == 0 && output.stdout.isEmpty, "\(output)")
    }
    for member in cluster {
      #expect(try await hash("--endpoints", member.clientURL) == snapshot.hash)
      #expect(try await member.etcdctl("user", "list").text == "root\n")
      #expect(try await member.etcdctl("role", "get", "app").text.contains("[/key/, /key0) (prefix /key/)"))
      #expect(try await member.etcdctl("lease", "list").text.hasPrefix("found 1 leases"))
    }
    let written = try await cluster[0].etcdctl("put", "/after", "1")
    #expect(written.text == "OK\n", "\(written)")
    #expect(try await cluster[size - 1].etcdctl("get", "/after", "--print-value-only").text == "1\n")
    #expect(try await cluster[0].etcdctl("member", "list").text.split(separator: "\n").count == size)
  }

  @Test("we serve what etcdutl restored, and both make the same member of the same cluster", .needsEtcd35)
  func restoredByEtcdutl() async throws {
    let folder = TemporaryFolder()
    let snapshot = try await saved(in: folder, users: false)
    let etcdutl = try #require(RealEtcd.program("etcdutl", .v35))
    let theirs = try await Program.run(etcdutl, ["snapshot", "restore", snapshot.path, "--data-dir", folder.file("a")])
    try #require(theirs.status == 0, "\(theirs)")
    let ours = try await etch("snapshot", "restore", snapshot.path, "--data-dir", folder.file("b"))
    try #require(ours.status == 0, "\(ours)")
    for name in ["a", "b"] {
      #expect(try await hash("--data-dir", folder.file(name)) == snapshot.hash)
    }
    let members = [
      try await etch("--data-dir", folder.file("a"), "member", "list", "-w", "json").text,
      try await etch("--data-dir", folder.file("b"), "member", "list", "-w", "json").text,
    ]
    #expect(
      members[0].firstMatch(of: /"cluster_id":\d+,"member_id":\d+/)?.output
        == members[1].firstMatch(of: /"cluster_id":\d+,"member_id":\d+/)?.output)
    // It goes on from there, and comes back.
    #expect(try await etch("--data-dir", folder.file("b"), "put", "/after", "1").text == "OK\n")
    #expect(try await etch("--data-dir", folder.file("b"), "get", "/after", "--print-value-only").text == "1\n")
  }

  @Test("a scratch copy of a snapshot is the same data, and leaves the file as it was", .needsEtcd35)
  func scratchCopy() async throws {
    let folder = TemporaryFolder()
    let snapshot = try await saved(in: folder, users: false)
    let before = try Data(contentsOf: URL(fileURLWithPath: snapshot.path))
    #expect(try await hash("--from-snapshot", snapshot.path) == snapshot.hash)
    let changed = try await etch(
      "--from-snapshot", snapshot.path, "-c", "put /key/1 changed", "-c", "get /key/1 --print-value-only")
    #expect(changed.text == "OK\nchanged\n", "\(changed)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: snapshot.path)) == before)

    #expect(try await hash("--from-snapshot", snapshot.path, "--data-dir", folder.file("kept")) == snapshot.hash)
    #expect(try await hash("--data-dir", folder.file("kept")) == snapshot.hash)
    let again = try await etch("--from-snapshot", snapshot.path, "--data-dir", folder.file("kept"), "get", "/key/1")
    #expect(again.status == 1 && again.errorText.contains("not empty or could not be read"), "\(again)")
  }

  @Test("a damaged snapshot is neither restored nor booted", .needsEtcd35)
  func damaged() async throws {
    let folder = TemporaryFolder()
    let path = try await saved(in: folder, users: false).path
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    var changed = whole
    changed[changed.count / 2] ^= 1
    for (bytes, reason) in [(changed, "does not match its SHA-256"), (whole.dropLast(32), "snapshot missing hash")] {
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let restored = try await etch("snapshot", "restore", path, "--data-dir", folder.file("x"))
      #expect(restored.status == 1 && restored.errorText.contains(reason), "\(restored)")
      let booted = try await etch("--from-snapshot", path, "get", "/key/1")
      #expect(booted.status == 1 && booted.errorText.contains(reason), "\(booted)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("x")))
    }
    // A file straight from a data folder has no SHA-256.
    let skipped = try await etch("snapshot", "restore", path, "--data-dir", folder.file("x"), "--skip-hash-check")
    #expect(skipped.status == 0, "\(skipped)")
  }

  @Test("a folder is defragmented while nobody has it open, and etcd still serves it", .needsEtcd35)
  func defragmented() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let value = String(repeating: "x", count: 10_000)
    for key in 0..<50 { _ = try await etch("--endpoints", etcd.clientURL, "put", "k\(key)", value) }
    for arguments in [["del", "--prefix", "k"], ["put", "left", "1"], ["compaction", "52"]] {
      let output = try await etcd.etcdctl(arguments)
      #expect(output.status == 0, "\(output)")
    }
    let inUse = try await etch("defrag", "--data-dir", etcd.dataFolder)
    #expect(inUse.status == 1 && inUse.errorText.contains("etcd has it open"), "\(inUse)")
    let hashBefore = try await hash("--endpoints", etcd.clientURL)
    etcd.stop()

    let path = etcd.dataFolder + "/member/snap/db"
    let before = try Data(contentsOf: URL(fileURLWithPath: path)).count
    let output = try await etch("defrag", "--data-dir", etcd.dataFolder)
    #expect(output.status == 0 && output.stdout.isEmpty, "\(output)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count < before / 2)
    try await etcd.restart()
    #expect(try await hash("--endpoints", etcd.clientURL) == hashBefore)
  }
}
