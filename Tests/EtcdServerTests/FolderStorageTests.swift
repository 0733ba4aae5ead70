import DiskIO
import EtcdAPI
import Foundation
import TestSupport
import Testing

@testable import EtcdServer

/// A node on a disk that fails in every way a disk can.
@Suite(.timeLimit(.minutes(5))) struct FolderStorageTests {
  static let folder = "/data"

  /// Small limits, so that a few hundred puts fill segments and make checkpoints due.
  static func boot(
    on disk: any Disk, _ folder: String = folder, checkpointLogSize: Int = 8000, segmentSize: Int = 16 << 10
  ) throws -> EtcdNode {
    let configuration = NodeConfiguration(.folder(folder))
    let (storage, recovered) = try FolderStorage.open(
      folder, on: disk, identity: configuration.identity, checkpointLogSize: checkpointLogSize,
      segmentSize: segmentSize)
    return try EtcdNode.boot(configuration, on: storage, recovered: recovered)
  }

  static func put(_ key: String, _ value: String, on node: EtcdNode) async throws(EtcdError) {
    var request = PutRequest()
    request.key = Data(key.utf8)
    request.value = Data(value.utf8)
    _ = try await node.put(request)
  }

  static func all(on node: EtcdNode) async throws -> [String: String] {
    var request = RangeRequest()
    request.key = Data([0])
    request.rangeEnd = Data([0])
    let pairs = try await node.range(request).kvs
    return Dictionary(
      uniqueKeysWithValues: pairs.map {
        (String(decoding: $0.key, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
      })
  }

  @Test("Whatever fails and wherever the power goes, every acknowledged put is there afterwards")
  func crashes() async throws {
    var generator = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<15 {
      let disk = SimulatedDisk(seed: generator.next())
      /// What each key may hold: the last acknowledged value, and those tried after it.
      var allowed: [String: Set<String>] = [:]
      var number = 0
      for _ in 0..<4 {
        disk.heal()
        let node = try Self.boot(on: disk)
        let found = try await Self.all(on: node)
        for (key, values) in allowed {
          #expect(found[key].map { values.contains($0) } ?? values.contains("absent"), "\(key)")
        }
        allowed = found.mapValues { [$0] }
        let failing: DiskError.Operation? = [nil, .write, .sync, .rename, .create, .remove, .reserve].randomElement(
          using: &generator)!
        if let failing { disk.fail(failing, after: Int.random(in: 0..<60, using: &generator)) }
        for _ in 0..<Int.random(in: 0..<120, using: &generator) {
          let key = "k\(Int.random(in: 0..<20, using: &generator))"
          number += 1
          let value = "\(number)-" + String(repeating: "x", count: Int.random(in: 0..<600, using: &generator))
          do {
            try await Self.put(key, value, on: node)
            allowed[key] = [value]
          } catch {
            allowed[key, default: ["absent"]].insert(value)
          }
        }
        disk.crash()
        await node.close()
      }
    }
  }

  @Test("A crash at any point of a start leaves a folder that the next start is at home in")
  func crashesAtStart() async throws {
    for operation: DiskError.Operation in [.create, .write, .sync, .rename, .reserve, .createDirectory] {
      for (count, seed) in (0..<8).flatMap({ count in (0..<4).map { (count, $0) } }) {
        let disk = SimulatedDisk(seed: UInt64(seed))
        for _ in 0..<2 {
          disk.fail(operation, after: count)
          let node = try? Self.boot(on: disk)
          disk.crash()
          await node?.close()
        }
        disk.heal()
        let node = try Self.boot(on: disk)
        try await Self.put("a", "1", on: node)
        let members = try await node.memberList(MemberListRequest()).members
        #expect(members.map(\.name) == ["default"], "\(operation) \(count) \(seed)")
        #expect(members.first?.clientUrls.isEmpty == false)
        disk.crash()
        await node.close()
        #expect(try await Self.all(on: Self.boot(on: disk)) == ["a": "1"])
      }
    }
  }

  @Test("Puts that come together survive together")
  func groups() async throws {
    let disk = SimulatedDisk()
    let node = try Self.boot(on: disk, checkpointLogSize: .max)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<200 { group.addTask { try await Self.put("k\(index)", "v", on: node) } }
      try await group.waitForAll()
    }
    disk.crash()
    await node.close()
    #expect(try await Self.all(on: Self.boot(on: disk)).count == 200)
  }

  @Test("A checkpoint takes the place of the log: old segments go, and the state is the same")
  func checkpoints() async throws {
    let disk = SimulatedDisk()
    var node = try Self.boot(on: disk)
    let filler = String(repeating: "x", count: 500)
    for index in 0..<300 { try await Self.put("k\(index % 30)", "\(index)\(filler)", on: node) }
    let before = try await Self.all(on: node)
    let hash = try await node.hashKV(HashKVRequest(), at: EtcdNode.endpoint)
    await node.close()
    let paths = disk.paths
    #expect(paths.contains("/data/member/snap/db"))
    #expect(!paths.contains("/data/member/wal/0000000000000000-0000000000000000.wal"))
    #expect(paths.filter { $0.hasSuffix(".snap") }.count == 1)
    #expect(paths.filter { $0.hasSuffix(".tmp") }.isEmpty)
    node = try Self.boot(on: disk)
    #expect(try await Self.all(on: node) == before)
    #expect(try await node.hashKV(HashKVRequest(), at: EtcdNode.endpoint).hash == hash.hash)
    await node.close()
  }

  @Test("A bit flipped anywhere is refused by name, or does no harm")
  func flippedBits() async throws {
    var generator = SeededGenerator(seed: TestSeed.make())
    let disk = SimulatedDisk()
    var node = try Self.boot(on: disk)
    for index in 0..<150 { try await Self.put("k\(index)", String(repeating: "x", count: 300), on: node) }
    await node.close()
    // Nothing is to be checkpointed from here on, so that opening does not change the folder's files.
    let expected = 150
    var refused = 0
    for round in 0..<80 {
      let copy = SimulatedDisk()
      try copy.copyFiles(of: disk)
      let path = copy.paths.filter { !$0.hasSuffix("lock") }.randomElement(using: &generator)!
      let written = try copy.read(path).lastIndex { $0 != 0 }!
      let offset = Int.random(in: 0...written, using: &generator)
      copy.flipBit(of: path, at: offset, bit: round % 8)
      do {
        node = try Self.boot(on: copy, checkpointLogSize: .max)
        #expect(try await Self.all(on: node).count == expected, "\(path) byte \(offset) bit \(round % 8)")
        await node.close()
      } catch let error as EtcdError {
        refused += 1
        #expect(error.code == .dataLoss || error.code == .failedPrecondition, "\(error)")
        #expect(error.description.contains("/data/member/"), "\(error)")
        #expect(error.remedy != nil)
      }
    }
    #expect(refused > 20)
  }

  @Test("A full disk fails the put with its cause; reads go on, later puts fail alike, a restart takes writes again")
  func fullDisk() async throws {
    let disk = SimulatedDisk()
    var node = try Self.boot(on: disk)
    try await Self.put("a", "1", on: node)
    disk.capacity = 17_000
    var failure: EtcdError?
    for _ in 0..<300 where failure == nil {
      do { try await Self.put("b", String(repeating: "x", count: 400), on: node) } catch { failure = error }
    }
    let error = try #require(failure)
    #expect(error.code == .resourceExhausted)
    #expect(error.cause?.hasSuffix(": No space left on device") == true)
    #expect(error.remedy?.contains("free some space") == true)
    #expect(try await Self.all(on: node)["a"] == "1")
    await #expect(throws: error) { try await Self.put("c", "1", on: node) }
    await node.close()
    disk.capacity = .max
    node = try Self.boot(on: disk)
    try await Self.put("c", "1", on: node)
    #expect(try await Self.all(on: node)["a"] == "1")
    await node.close()
  }

  @Test("A folder that may not be written, that another process has, or whose log is gone is refused by name")
  func refusals() async throws {
    let disk = SimulatedDisk()
    disk.isReadOnly = true
    var error = try #require(throws: EtcdError.self) { try Self.boot(on: disk) }
    #expect(error.code == .permissionDenied)
    #expect(
      error.description == """
        cannot open the data folder /data
          cause:  cannot create the folder /data/member/snap: Permission denied
          remedy: choose a folder that this user may write to, or change its owner or permissions
        """)
    disk.isReadOnly = false
    let node = try Self.boot(on: disk)
    error = try #require(throws: EtcdError.self) { try Self.boot(on: disk) }
    #expect(error.code == .failedPrecondition)
    #expect(error.cause == "/data/member/lock is in use by process 4711")
    #expect(error.remedy == "end process 4711, or choose another folder")
    for index in 0..<200 { try await Self.put("k\(index)", String(repeating: "x", count: 300), on: node) }
    await node.close()
    for path in disk.paths where path.hasSuffix(".wal") { try disk.remove(path) }
    error = try #require(throws: EtcdError.self) { try Self.boot(on: disk) }
    #expect(error.cause == "/data/member/snap/db is there, but no log in /data/member/wal")
  }

  @Test("A checkpoint that cannot be written stands among the status's errors until one can")
  func failedCheckpoint() async throws {
    let disk = SimulatedDisk()
    // One segment holds it all: the only rename is the checkpoint's.
    let node = try Self.boot(on: disk, segmentSize: 64 << 20)
    func errors() async throws -> [String] { try await node.status(StatusRequest(), at: EtcdNode.endpoint).errors }
    let filler = String(repeating: "x", count: 500)
    disk.fail(.rename, .full, systemText: "No space left on device")
    var puts = 0
    while try await errors().isEmpty, puts < 10_000 {
      try await Self.put("k", "\(puts)\(filler)", on: node)
      puts += 1
    }
    let told = try await errors()
    #expect(told.count == 1)
    #expect(told.first?.hasPrefix("cannot write the checkpoint /data/member/snap/db: ") == true, "\(told)")
    while try await !errors().isEmpty, puts < 20_000 {
      try await Self.put("k", "\(puts)\(filler)", on: node)
      puts += 1
    }
    #expect(try await errors().isEmpty)
    await node.close()
  }

  @Test("A log and a checkpoint of different members are refused")
  func mixedUp() async throws {
    let disk = SimulatedDisk()
    for (folder, port) in [("/a", 2380), ("/b", 3380)] {
      var configuration = NodeConfiguration(.folder(folder))
      configuration.peerURLs = ["http://localhost:\(port)"]
      let (storage, recovered) = try FolderStorage.open(
        folder, on: disk, identity: configuration.identity, checkpointLogSize: 8000, segmentSize: 16 << 10)
      let node = try EtcdNode.boot(configuration, on: storage, recovered: recovered)
      for index in 0..<200 { try await Self.put("k\(index)", String(repeating: "x", count: 300), on: node) }
      await node.close()
    }
    try disk.rename("/b/member/snap/db", to: "/a/member/snap/db")
    let error = try #require(throws: EtcdError.self) { try Self.boot(on: disk, "/a") }
    #expect(error.code == .failedPrecondition)
    #expect(
      error.cause?.hasPrefix(
        "its log is that of member 8e9e05c52164694d, but its checkpoint is of a cluster with members ") == true)
  }
}

extension SimulatedDisk {
  /// Takes over another disk's files, all of them durable.
  fileprivate func copyFiles(of other: SimulatedDisk) throws {
    for path in other.paths {
      try createDirectory(Self.folder(of: path))
      try replace(path, with: try other.read(path))
    }
  }
}
