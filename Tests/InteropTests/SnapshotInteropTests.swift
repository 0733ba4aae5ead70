import Foundation
import TestSupport
import Testing

/// Snapshots saved from real etcd, and what etcd's own tool says of them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SnapshotInteropTests {
  private func etch(_ arguments: [String]) async throws -> Program.Output {
    try await Program.run(TranscriptRun.etch, arguments, environment: TranscriptRun.environment)
  }

  /// A server with some history, and a snapshot of it.
  private func saved(_ release: RealEtcd.Release, in folder: TemporaryFolder) async throws -> String {
    let etcd = try await RealEtcd.start(release)
    let script = (1...50).map { "put /key/\($0) 'value \($0)'\n" }.joined() + "del /key/7\nlease grant 600\n"
    let written = try await Program.run(
      TranscriptRun.etch, ["--endpoints", etcd.clientURL], environment: TranscriptRun.environment,
      input: Array(script.utf8))
    try #require(written.status == 0, "\(written)")
    let path = folder.file("snapshot.db")
    let output = try await etch(["--endpoints", etcd.clientURL, "snapshot", "save", path])
    #expect(output.text == "Snapshot saved at \(path)\n" && output.status == 0, "\(output)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["snapshot.db"])
    return path
  }

  @Test("the status of a snapshot is what etcdutl says, in every form", .needsEtcd35, arguments: RealEtcd.installed)
  func status(release: RealEtcd.Release) async throws {
    let folder = TemporaryFolder()
    let path = try await saved(release, in: folder)
    let etcdutl = try #require(RealEtcd.program("etcdutl", .v35))
    for format in ["simple", "fields", "json", "table"] {
      let ours = try await etch(["snapshot", "status", path, "-w", format])
      let theirs = try await Program.run(etcdutl, ["snapshot", "status", path, "-w", format])
      #expect(ours.text == theirs.text)
      #expect(!ours.text.isEmpty && ours.status == 0)
    }
  }

  @Test("a snapshot that was changed or cut short is refused", .needsEtcd35)
  func damaged() async throws {
    let folder = TemporaryFolder()
    let path = try await saved(.v35, in: folder)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))

    var changed = whole
    changed[changed.count / 2] ^= 1
    try changed.write(to: URL(fileURLWithPath: path))
    let output = try await etch(["snapshot", "status", path])
    #expect(output.errorText.contains("does not match its SHA-256: it is damaged or was cut short"), "\(output)")
    #expect(output.status == 1 && output.stdout.isEmpty)

    try whole.prefix(whole.count - 32 - 4096).write(to: URL(fileURLWithPath: path))
    let cut = try await etch(["snapshot", "status", path])
    #expect(cut.status == 1 && cut.stdout.isEmpty, "\(cut)")
  }

  @Test("a snapshot that cannot be written leaves no file behind", .needsEtcd35)
  func unwritable() async throws {
    let folder = TemporaryFolder()
    let etcd = try await RealEtcd.start(.v35)
    // The name is taken by a folder, so what was received cannot take it.
    try FileManager.default.createDirectory(atPath: folder.file("taken/inside"), withIntermediateDirectories: true)
    let output = try await etch(["--endpoints", etcd.clientURL, "snapshot", "save", folder.file("taken")])
    #expect(output.status == 5 && output.errorText.contains("cannot rename"), "\(output)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken"])
  }
}
