import DiskIO
import TestSupport
import Testing

@testable import WAL

/// Crashes, torn tails and flipped bits.
@Suite struct DamageTests {
  static let segmentSize = 16 << 10

  /// Opens the log and gives the payloads of its entries.
  ///
  /// A record's kind is outside its checksum in etcd's format, so a bit flipped there makes another kind of it; whoever
  /// knows what records mean has to notice. Here every record counts that could have been an entry.
  func payloads(_ disk: SimulatedDisk) throws -> (LogWriter, [[UInt8]]) {
    var entries: [[UInt8]] = []
    let log = try LogWriter.open("/d/wal", on: disk, from: 0, segmentSize: Self.segmentSize) { record in
      if record.payload.first != Self.metadata[0] { entries.append(Array(record.payload)) }
    }
    return (log, entries)
  }

  static let metadata: [UInt8] = [77]

  func random(_ generator: inout SeededGenerator, _ size: Int) -> [UInt8] {
    // Runs of zeros, such as values may have, make torn and damaged hard to tell apart.
    let isSparse = Int.random(in: 0..<4, using: &generator) == 0
    return [1] + (1..<size).map { _ in isSparse ? 0 : UInt8.random(in: 1...255, using: &generator) }
  }

  @Test("Whatever a crash leaves, acknowledged batches are all there and the unfinished one is a prefix of itself")
  func crashes() throws {
    var generator = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<30 {
      let disk = SimulatedDisk(seed: generator.next())
      try disk.createDirectory("/d")
      var log = try LogWriter.create(
        "/d/wal", on: disk, [LogRecord(.metadata, Self.metadata)], segmentSize: Self.segmentSize)
      var acknowledged: [[UInt8]] = []
      for _ in 0..<4 {
        for _ in 0..<Int.random(in: 0..<20, using: &generator) {
          let batch = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
            random(&generator, Int.random(in: 1..<2000, using: &generator))
          }
          try log.append(batch.map { LogRecord(.entry, $0) }, nextIndex: UInt64(acknowledged.count + 1))
          acknowledged += batch
        }
        let unfinished = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
          random(&generator, Int.random(in: 1..<2000, using: &generator))
        }
        disk.fail(.sync)
        #expect(throws: LogError.self) {
          try log.append(unfinished.map { LogRecord(.entry, $0) }, nextIndex: UInt64(acknowledged.count + 1))
        }
        disk.crash()
        let (reopened, entries) = try payloads(disk)
        #expect(entries.starts(with: acknowledged))
        #expect((acknowledged + unfinished).starts(with: entries))
        acknowledged = entries
        log = reopened
      }
    }
  }

  @Test("A crash while the log is made leaves none, or a whole one")
  func crashAtCreation() throws {
    for seed in 0..<30 {
      for failure in [DiskError.Operation.write, .sync, .rename] {
        let disk = SimulatedDisk(seed: UInt64(seed))
        try disk.createDirectory("/d")
        disk.fail(failure)
        _ = try? LogWriter.create(
          "/d/wal", on: disk, [LogRecord(.metadata, Self.metadata)], segmentSize: Self.segmentSize)
        disk.crash()
        if try LogWriter.exists("/d/wal", on: disk) {
          #expect(try payloads(disk).1.isEmpty)
        } else {
          _ = try LogWriter.create(
            "/d/wal", on: disk, [LogRecord(.metadata, Self.metadata)], segmentSize: Self.segmentSize)
        }
      }
    }
  }

  @Test("A bit flipped in anything but the last batch is refused, with its file and offset, and changes nothing")
  func flippedBits() throws {
    var generator = SeededGenerator(seed: TestSeed.make())
    let disk = SimulatedDisk()
    try disk.createDirectory("/d")
    let log = try LogWriter.create(
      "/d/wal", on: disk, [LogRecord(.metadata, Self.metadata)], segmentSize: Self.segmentSize)
    var index: UInt64 = 1
    while disk.paths.count < 3 {
      let size = Int.random(in: 1..<3000, using: &generator)
      try log.append([LogRecord(.entry, random(&generator, size))], nextIndex: index)
      index += 1
    }
    for _ in 0..<3 {
      try log.append([LogRecord(.entry, [9, 9])], nextIndex: index)
      index += 1
    }
    log.close()
    let paths = disk.paths
    let last = try disk.read(paths[2])
    let end = last.lastIndex { $0 != 0 }! - 100
    for _ in 0..<150 {
      let path = paths.randomElement(using: &generator)!
      let offset = Int.random(in: 0..<(path == paths[2] ? end : try disk.read(path).count), using: &generator)
      let bit = Int.random(in: 0..<8, using: &generator)
      let before = try disk.read(path)
      disk.flipBit(of: path, at: offset, bit: bit)
      let damaged = try disk.read(path)
      do {
        let (reopened, entries) = try payloads(disk)
        reopened.close()
        // Only padding is outside every checksum.
        #expect(entries.count == Int(index) - 1, "\(path) \(offset) bit \(bit)")
        #expect(before[offset] == 0)
      } catch let error as LogError {
        guard case .damaged(let where_, let at, _) = error else { throw error }
        #expect(paths.contains(where_))
        #expect(where_ != path || at <= offset)
      }
      disk.killProcess()
      #expect(try disk.read(path) == damaged)
      disk.flipBit(of: path, at: offset, bit: bit)
    }
  }

  @Test("A bit flipped in the last batch is refused unless a sector is missing there")
  func flippedBitInLastBatch() throws {
    let disk = SimulatedDisk()
    try disk.createDirectory("/d")
    let log = try LogWriter.create(
      "/d/wal", on: disk, [LogRecord(.metadata, Self.metadata)], segmentSize: Self.segmentSize)
    let before = try disk.read(disk.paths[0]).lastIndex { $0 != 0 }!
    try log.append([LogRecord(.entry, [UInt8](repeating: 5, count: 1000))], nextIndex: 1)
    log.close()
    let path = disk.paths[0]
    let bytes = try disk.read(path)
    for offset in before + 8...bytes.lastIndex(where: { $0 != 0 })! {
      let bit = offset % 8
      disk.flipBit(of: path, at: offset, bit: bit)
      let outcome = Result { try payloads(disk) }
      disk.killProcess()
      if case .success((_, let entries)) = outcome {
        #expect(entries.count == 1, "offset \(offset) bit \(bit)")
      }
      disk.flipBit(of: path, at: offset, bit: bit)
    }
  }
}
