import DiskIO
import Foundation
import TestSupport
import Testing

@testable import BoltFile

/// etcd's own files are read, and etcd's own tool reads ours.
@Suite(.timeLimit(.minutes(5))) struct EtcdInteropTests {
  let folder = TemporaryFolder()
  let disk = PosixDisk()

  @Test("The tree that etcd's tool walks through is sound, with 100,000 keys and values of 1 MiB", .needsEtcd35)
  func etcdReadsOurs() async throws {
    let path = folder.file("db")
    let file = try disk.open(path, .create)
    var writer = BoltWriter(file)
    for name in ["alarm", "auth", "authRoles", "authUsers", "cluster"] { try writer.beginBucket(name) }
    try writer.beginBucket("key")
    let large = [UInt8](repeating: 7, count: 1 << 20)
    for revision in UInt64(2)..<100_002 {
      var key: [UInt8] = []
      for shift in stride(from: 56, through: 0, by: -8) { key.append(UInt8(truncatingIfNeeded: revision >> shift)) }
      key += [UInt8(ascii: "_"), 0, 0, 0, 0, 0, 0, 0, 0]
      // key = field 1, create and mod revision 2 and 3, version 4, value 5
      let name = Array("k\(revision)".utf8)
      let value = revision % 20_000 == 0 ? large : Array("value".utf8)
      var pair: [UInt8] = [0x0a, UInt8(name.count)] + name
      for field: UInt8 in [0x10, 0x18] { pair += [field] + varint(revision) }
      pair += [0x20, 1, 0x2a] + varint(UInt64(value.count)) + value
      try writer.add(key, pair)
    }
    for name in ["lease", "members", "members_removed", "meta"] { try writer.beginBucket(name) }
    let size = try writer.finish()
    let tool = try #require(RealEtcd.program("etcdutl"))
    let status = try await Program.run(tool, ["snapshot", "status", path, "-w", "json"])
    #expect(status.status == 0, "\(status)")
    struct Status: Decodable {
      var revision: Int
      var totalKey: Int
      var totalSize: Int
    }
    let found = try JSONDecoder().decode(Status.self, from: Data(status.stdout))
    #expect(found.revision == 100_001)
    #expect(found.totalKey == 100_000)
    #expect(found.totalSize == size)

    var count = 0
    try BoltReader(try disk.open(path, .read)).forEach(in: "key") { _, _ in count += 1 }
    #expect(count == 100_000)
  }

  @Test("A data folder and a snapshot of etcd's are read", arguments: RealEtcd.installed)
  func weReadEtcds(_ release: RealEtcd.Release) async throws {
    let etcd = try await RealEtcd.start(release)
    for index in 0..<300 {
      _ = try await etcd.etcdctl("put", "key\(index % 50)", String(repeating: "v", count: index * 10))
    }
    let snapshot = folder.file("snapshot")
    let saved = try await etcd.etcdctl("snapshot", "save", snapshot)
    #expect(saved.status == 0, "\(saved)")
    etcd.stop()
    for path in [snapshot, etcd.dataFolder + "/member/snap/db"] {
      let reader = try BoltReader(try disk.open(path, .read))
      #expect(Set(reader.buckets).isSuperset(of: ["key", "meta", "lease", "alarm", "auth", "cluster", "members"]))
      var count = 0
      var last: [UInt8] = []
      try reader.forEach(in: "key") { key, value in
        count += 1
        last = Array(value)
      }
      #expect(count == 300)
      #expect(last.suffix(2990) == [UInt8](repeating: UInt8(ascii: "v"), count: 2990)[...])
    }
  }

  private func varint(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
