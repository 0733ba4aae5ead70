import EtcdAPI
import EtcdClient
import Foundation
import TestSupport
import Testing

/// What one server has written, the other serves: snapshots and data folders, both ways.
@Suite(.serialized, .needsEtcd35, .timeLimit(.minutes(5))) struct FileExchangeTests {
  static let ours = [Program.etch, "serve"]

  private func start(
    _ release: RealEtcd.Release = .v35, isOurs: Bool, on folder: String, _ flags: [String] = []
  ) async throws -> RealEtcd {
    let identity = ["--initial-advertise-peer-urls", Naming.peerURL, "--initial-cluster", "node-a=\(Naming.peerURL)"]
    return try await RealEtcd.start(
      release, .init(arguments: identity + ["--data-dir", folder] + flags, command: isOurs ? Self.ours : nil))
  }

  private func run(_ program: String, _ arguments: String...) async throws -> Program.Output {
    try await Program.run(program, arguments, environment: TranscriptRun.environment)
  }

  @Test("a snapshot of ours is restored by etcdutl and served by etcd", arguments: [1_000, 100_000])
  func ourSnapshot(keys: Int) async throws {
    let folder = TemporaryFolder()
    let server = try await start(isOurs: true, on: folder.file("ours"))
    let expected = try await Contents(keys: keys).write(to: server)
    let snapshot = folder.file("snapshot.db")
    let saved = try await run(Program.etch, "--endpoints", server.clientURL, "snapshot", "save", snapshot)
    #expect(saved.status == 0, "\(saved)")
    server.stop()

    let etcdutl = try #require(RealEtcd.program("etcdutl"))
    for format in ["simple", "json", "fields", "table"] {
      let theirs = try await run(etcdutl, "snapshot", "status", snapshot, "-w", format)
      #expect(theirs.status == 0, "\(theirs)")
      #expect(try await run(Program.etch, "snapshot", "status", snapshot, "-w", format).text == theirs.text)
    }
    try await restore(etcdutl, snapshot, to: folder.file("restored"))
    let real = try await start(isOurs: false, on: folder.file("restored"))
    #expect(try await Contents.read(from: real).withoutAlarms == expected.withoutAlarms)
  }

  @Test("a snapshot of etcd is restored by ours and served by ours", arguments: [1_000, 100_000])
  func theirSnapshot(keys: Int) async throws {
    let folder = TemporaryFolder()
    let server = try await start(isOurs: false, on: folder.file("theirs"), ["--unsafe-no-fsync"])
    let expected = try await Contents(keys: keys).write(to: server)
    let snapshot = folder.file("snapshot.db")
    let saved = try await server.etcdctl("snapshot", "save", snapshot)
    #expect(saved.status == 0, "\(saved)")
    server.stop()

    try await restore(Program.etch, snapshot, to: folder.file("restored"))
    let ours = try await start(isOurs: true, on: folder.file("restored"))
    #expect(try await Contents.read(from: ours).withoutAlarms == expected.withoutAlarms)
    ours.stop()

    // What our shell restored is a folder of etcd's own form.
    try await restore(Program.etch, snapshot, to: folder.file("restored for etcd"))
    let real = try await start(isOurs: false, on: folder.file("restored for etcd"))
    #expect(try await Contents.read(from: real).withoutAlarms == expected.withoutAlarms)
  }

  @Test("a data folder of etcd is served by ours, and by etcd 3.5 again", arguments: RealEtcd.installed)
  func theirFolder(release: RealEtcd.Release) async throws {
    let folder = TemporaryFolder()
    let server = try await start(release, isOurs: false, on: folder.file("data"))
    var expected = try await Contents(keys: 1_000).write(to: server)
    server.kill()

    let ours = try await start(release, isOurs: true, on: folder.file("data"))
    #expect(try await Contents.read(from: ours) == expected)
    expected = try await Contents(keys: 200, prefix: "more").write(to: ours)
    ours.stop()

    // The log has entries now that etcd 3.4 does not know, as after an upgrade to 3.5: there is no way back.
    guard release != .v34 else { return }
    let again = try await start(release, isOurs: false, on: folder.file("data"))
    #expect(try await Contents.read(from: again) == expected)
  }

  @Test("a data folder of ours is served by etcd, and by ours again", arguments: [false, true])
  func ourFolder(isKilled: Bool) async throws {
    let folder = TemporaryFolder()
    let server = try await start(isOurs: true, on: folder.file("data"))
    var expected = try await Contents(keys: 1_000).write(to: server)
    if isKilled { server.kill() } else { server.stop() }

    let real = try await start(isOurs: false, on: folder.file("data"))
    #expect(try await Contents.read(from: real) == expected)
    expected = try await Contents(keys: 200, prefix: "more").write(to: real)
    real.stop()

    let again = try await start(isOurs: true, on: folder.file("data"))
    #expect(try await Contents.read(from: again) == expected)
  }

  private func restore(_ program: String, _ snapshot: String, to folder: String) async throws {
    let restored = try await run(
      program, "snapshot", "restore", snapshot, "--data-dir", folder, "--name", "node-a", "--initial-cluster",
      "node-a=\(Naming.peerURL)", "--initial-advertise-peer-urls", Naming.peerURL)
    #expect(restored.status == 0, "\(restored)")
  }
}
