import DiskIO
import TestSupport
import Testing

@testable import BoltFile

@Suite struct BoltFileTests {
  let disk = SimulatedDisk()

  func write(_ buckets: [(String, [([UInt8], [UInt8])])], to path: String = "/db") throws -> Int {
    let file = try disk.open(path, .create)
    var writer = BoltWriter(file)
    for (name, pairs) in buckets {
      try writer.beginBucket(name)
      for (key, value) in pairs { try writer.add(key, value) }
    }
    return try writer.finish()
  }

  func pairs(in bucket: String, _ path: String = "/db") throws -> [([UInt8], [UInt8])] {
    var pairs: [([UInt8], [UInt8])] = []
    try BoltReader(try disk.open(path, .read)).forEach(in: bucket) { pairs.append((Array($0), Array($1))) }
    return pairs
  }

  func expectEqual(_ found: [([UInt8], [UInt8])], _ expected: [([UInt8], [UInt8])]) {
    #expect(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 })
  }

  @Test("Buckets come back as written: empty, small, with long keys, with values over many pages")
  func roundTrip() throws {
    let long: [([UInt8], [UInt8])] = (0..<40).map { ([UInt8](repeating: UInt8($0), count: 1500), [UInt8]()) }
    let large: [([UInt8], [UInt8])] = [
      ([1], [UInt8](repeating: 3, count: 1 << 20)), ([2], [9]), ([3], [UInt8](repeating: 4, count: 5000)),
    ]
    let size = try write([("z", [([7], [8])]), ("empty", []), ("long", long), ("large", large)])
    #expect(size % BoltWriter.pageSize == 0)
    #expect(try disk.read("/db").count == size)
    #expect(try BoltReader(try disk.open("/db", .read)).buckets == ["empty", "large", "long", "z"])
    expectEqual(try pairs(in: "empty"), [])
    expectEqual(try pairs(in: "z"), [([7] as [UInt8], [8] as [UInt8])])
    expectEqual(try pairs(in: "long"), long)
    expectEqual(try pairs(in: "large"), large)
    expectEqual(try pairs(in: "none"), [])
  }

  @Test("A file of no bucket at all can be read")
  func nothing() throws {
    _ = try write([])
    #expect(try BoltReader(try disk.open("/db", .read)).buckets == [])
  }

  @Test("Random pairs of random sizes come back in order")
  func random() throws {
    var generator = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<10 {
      let count = Int.random(in: 0..<2000, using: &generator)
      let keys = Set((0..<count).map { _ in UInt32.random(in: 0..<5000, using: &generator) }).sorted()
      let expected = keys.map { key in
        let bytes = [UInt8(key >> 8), UInt8(truncatingIfNeeded: key)]
        let size = Int.random(in: 0..<20, using: &generator)
        return (bytes, [UInt8](repeating: UInt8(truncatingIfNeeded: key), count: size == 0 ? 9000 : size * 10))
      }
      _ = try write([("key", expected)])
      expectEqual(try pairs(in: "key"), expected)
    }
  }

  @Test("A flipped bit anywhere in the tree is refused with its page, and in a meta page the other one serves")
  func flippedBits() throws {
    var generator = SeededGenerator(seed: TestSeed.make())
    let expected = (0..<2000).map { ([UInt8($0 >> 8), UInt8($0 & 0xff)], [UInt8](repeating: 1, count: 30)) }
    _ = try write([("key", expected)])
    let bytes = try disk.read("/db")
    let metaPages = 2
    for round in 0..<200 {
      let offset = Int.random(in: 0..<bytes.count, using: &generator)
      let bit = round % 8
      let page = offset / BoltWriter.pageSize
      disk.flipBit(of: "/db", at: offset, bit: bit)
      do {
        expectEqual(try pairs(in: "key"), expected)
      } catch let error as BoltError {
        guard case .damaged("/db", let at, _) = error else { throw error }
        #expect(at == UInt64(page))
        #expect(page >= metaPages)
      }
      disk.flipBit(of: "/db", at: offset, bit: bit)
    }
    disk.flipBit(of: "/db", at: BoltWriter.pageSize * 2 + 100)
    #expect(throws: BoltError.damaged(path: "/db", page: 2, what: "its checksum is wrong")) { try pairs(in: "key") }
  }

  @Test("Damage that no checksum covers never stops the program")
  func damageWithoutChecksums() throws {
    var generator = SeededGenerator(seed: TestSeed.make())
    let expected = (0..<2000).map { ([UInt8($0 >> 8), UInt8($0 & 0xff)], [UInt8](repeating: 1, count: 30)) }
    _ = try write([("key", expected)])
    let bytes = try disk.read("/db")
    let table = try #require(
      stride(from: 0, to: bytes.count, by: BoltWriter.pageSize).first {
        bytes[$0...].starts(with: PageChecksums.magic)
      })
    disk.flipBit(of: "/db", at: table)
    for _ in 0..<500 {
      let page = Int.random(in: 2..<table / BoltWriter.pageSize, using: &generator)
      let offset = page * BoltWriter.pageSize + Int.random(in: 0..<200, using: &generator)
      let bit = Int.random(in: 0..<8, using: &generator)
      disk.flipBit(of: "/db", at: offset, bit: bit)
      do { _ = try pairs(in: "key") } catch { #expect(error is BoltError) }
      disk.flipBit(of: "/db", at: offset, bit: bit)
    }
  }

  @Test("A file that is cut short, empty or something else is refused")
  func refusals() throws {
    _ = try write([("key", [([1], [2])])])
    let size = try disk.read("/db").count
    try disk.open("/db", .update).truncate(to: size - 1)
    let cut = try #require(throws: BoltError.self) { try pairs(in: "key") }
    #expect("\(cut)" == "the backend file /db is damaged at page 5: the file ends before its 6 pages")
    for content in [[], Array("no backend file".utf8), [UInt8](repeating: 0, count: 10_000)] {
      try disk.replace("/other", with: content)
      let error = try #require(throws: BoltError.self) { try pairs(in: "key", "/other") }
      #expect(error == .notBackendFile(path: "/other"))
    }
  }

  @Test("A full disk is named")
  func fullDisk() throws {
    disk.capacity = 10_000
    let error = try #require(throws: BoltError.self) {
      try write([("key", [([1], [UInt8](repeating: 1, count: 100_000))])])
    }
    #expect("\(error)" == "cannot write /db: No space left on device")
  }
}
