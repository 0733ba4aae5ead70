import DiskIO
import EtcdAPI
import EtcdState
import Foundation
import TestSupport
import Testing

@testable import EtcdServer

/// Data folders and snapshots go back and forth between the embedded node and real etcd.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EtcdFolderTests {
  /// A stopped etcd whose folder is empty: `restart()` serves whatever is put there.
  func emptyFolder(_ release: RealEtcd.Release = .v35) async throws -> RealEtcd {
    let etcd = try await RealEtcd.start(release)
    etcd.stop()
    try FileManager.default.removeItem(atPath: etcd.dataFolder)
    return etcd
  }

  func boot(_ folder: String, checkpointLogSize: Int) throws -> EtcdNode {
    let configuration = NodeConfiguration(.folder(folder))
    let (storage, recovered) = try FolderStorage.open(
      folder, identity: configuration.identity, checkpointLogSize: checkpointLogSize, segmentSize: 256 << 10)
    return try EtcdNode.boot(configuration, on: storage, recovered: recovered)
  }

  func put(_ count: Int, _ prefix: String, on node: EtcdNode, valueSize: Int = 1000) async throws {
    for index in 0..<count {
      var request = PutRequest()
      request.key = Data("\(prefix)\(index)".utf8)
      request.value = Data(repeating: UInt8(ascii: "v"), count: valueSize)
      _ = try await node.put(request)
    }
  }

  func count(_ prefix: String, on node: EtcdNode) async throws -> Int64 {
    var request = RangeRequest()
    request.key = Data(prefix.utf8)
    request.rangeEnd = Data(prefix.utf8.dropLast()) + [prefix.utf8.last! + 1]
    request.countOnly = true
    return try await node.range(request).count
  }

  func count(_ prefix: String, on etcd: RealEtcd) async throws -> Int64? {
    let output = try await etcd.etcdctl("get", "--prefix", "--count-only", "--write-out=fields", prefix)
    let line = output.text.split(separator: "\n").first { $0.hasPrefix("\"Count\"") }
    return line.flatMap { Int64($0.split(separator: " ").last!) }
  }

  func hash(on etcd: RealEtcd) async throws -> UInt32 {
    struct Reply: Decodable {
      struct Hash: Decodable { var hash: UInt32 }
      var hashKV: Hash
      enum CodingKeys: String, CodingKey { case hashKV = "HashKV" }
    }
    let output = try await etcd.etcdctl("endpoint", "hashkv", "-w", "json")
    return try JSONDecoder().decode([Reply].self, from: Data(output.stdout))[0].hashKV.hash
  }

  @Test(
    "etcd 3.5 serves a folder that the node wrote, with and without a checkpoint, and the node serves it again",
    .needsEtcd35, arguments: [Int.max, 100_000])
  func etcdTakesOver(checkpointLogSize: Int) async throws {
    let etcd = try await emptyFolder()
    var node = try boot(etcd.dataFolder, checkpointLogSize: checkpointLogSize)
    try await put(600, "a", on: node)
    var lease = LeaseGrantRequest()
    lease.ttl = 5000
    let leaseID = try await node.leaseGrant(lease).id
    var compaction = CompactionRequest()
    compaction.revision = 100
    _ = try await node.compact(compaction)
    var ours = try await node.hashKV(HashKVRequest(), at: EtcdNode.endpoint).hash
    await node.close()
    let files = try PosixDisk().list(etcd.dataFolder + "/member/wal")
    if checkpointLogSize < .max {
      #expect(files.first != "0000000000000000-0000000000000000.wal", "the first segments are gone: \(files)")
    }

    try await etcd.restart()
    #expect(try await count("a", on: etcd) == 600)
    #expect(try await hash(on: etcd) == ours)
    let leases = try await etcd.etcdctl("lease", "list").text
    #expect(leases.contains(String(leaseID, radix: 16)))
    for index in 0..<50 { _ = try await etcd.etcdctl("put", "b\(index)", "from etcd") }
    let theirs = try await hash(on: etcd)
    etcd.stop()

    node = try boot(etcd.dataFolder, checkpointLogSize: checkpointLogSize)
    #expect(try await count("a", on: node) == 600)
    #expect(try await count("b", on: node) == 50)
    ours = try await node.hashKV(HashKVRequest(), at: EtcdNode.endpoint).hash
    #expect(ours == theirs)
    try await put(600, "c", on: node)
    await node.close()

    try await etcd.restart()
    #expect(try await count("c", on: etcd) == 600)
    #expect(try await count("b", on: etcd) == 50)
  }

  @Test(
    "The node serves a folder that etcd wrote, from its checkpoint or from the log alone",
    arguments: RealEtcd.installed,
    [true, false])
  func weTakeOver(_ release: RealEtcd.Release, hasCheckpoint: Bool) async throws {
    let etcd = try await RealEtcd.start(release, RealEtcd.Options(arguments: ["--snapshot-count", "20"]))
    for index in 0..<50 { _ = try await etcd.etcdctl("put", "a\(index)", "from etcd") }
    _ = try await etcd.etcdctl("del", "a7")
    let theirs = try await hash(on: etcd)
    // Killed, so that the backend lags behind the log.
    etcd.kill()
    if !hasCheckpoint { try PosixDisk().remove(etcd.dataFolder + "/member/snap/db") }
    let node = try boot(etcd.dataFolder, checkpointLogSize: .max)
    #expect(try await count("a", on: node) == 49)
    #expect(try await node.hashKV(HashKVRequest(), at: EtcdNode.endpoint).hash == theirs)
    await node.close()
  }

  @Test("A running etcd's folder is refused, and names its process", .needsEtcd35)
  func runningEtcd() async throws {
    let etcd = try await RealEtcd.start()
    let error = try #require(throws: EtcdError.self) { try boot(etcd.dataFolder, checkpointLogSize: .max) }
    #expect(error.code == .failedPrecondition)
    #expect(error.message == "cannot open the data folder \(etcd.dataFolder)")
    #expect(error.cause?.contains(".wal is in use by process ") == true)
  }

  @Test("etcd's tool takes the snapshot of a node in memory and of one in a folder", .needsEtcd35)
  func snapshots() async throws {
    let folder = TemporaryFolder()
    let tool = try #require(RealEtcd.program("etcdutl"))
    for node in [try EtcdNode.boot(), try boot(folder.file("data"), checkpointLogSize: .max)] {
      try await put(100, "a", on: node, valueSize: 20_000)
      var bytes = Data()
      var remaining: UInt64 = 0
      let stream = try await node.snapshot(SnapshotRequest(), at: EtcdNode.endpoint)
      while let response = try await stream.next() {
        #expect(response.blob.count <= 32 << 10)
        bytes += response.blob
        remaining = response.remainingBytes
      }
      #expect(remaining == 0)
      let path = folder.file("snapshot")
      try bytes.write(to: URL(fileURLWithPath: path))
      let status = try await Program.run(tool, ["snapshot", "status", path])
      #expect(status.status == 0, "\(status)")
      let restored = folder.file("restored-\(UUID())")
      let restore = try await Program.run(tool, ["snapshot", "restore", path, "--data-dir", restored])
      #expect(restore.status == 0, "\(restore)")
      let again = try boot(restored, checkpointLogSize: .max)
      #expect(try await count("a", on: again) == 100)
      await again.close()
      await node.close()
    }
    #expect(try PosixDisk().list(folder.file("data/member/snap")) == [])
  }
}
