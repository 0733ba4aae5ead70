import DiskIO
import TestSupport
import Testing

@testable import WAL

@Suite struct LogWriterTests {
  let disk = SimulatedDisk()
  static let segmentSize = 16 << 10

  func create() throws -> LogWriter {
    try disk.createDirectory("/d")
    return try LogWriter.create(
      "/d/wal", on: disk, [LogRecord(.metadata, Array("me".utf8)), LogRecord(.snapshot, [0])],
      segmentSize: Self.segmentSize)
  }

  /// Opens the log and gives the entries' payloads with it.
  func open(from index: UInt64 = 0) throws -> (log: LogWriter, entries: [[UInt8]]) {
    var entries: [[UInt8]] = []
    let log = try LogWriter.open("/d/wal", on: disk, from: index, segmentSize: Self.segmentSize) { record in
      if record.kind == .entry { entries.append(Array(record.payload)) }
    }
    return (log, entries)
  }

  /// The payload of entry `index`: its number, then noise without a sector of zeros.
  func entry(_ index: UInt64, size: Int = 100) -> LogRecord {
    LogRecord(.entry, (0..<size).map { UInt8(truncatingIfNeeded: $0 == 0 ? Int(index) : $0 * 7 + 1) })
  }

  @Test("What was appended is handed out again, in order, across segments, and appending goes on")
  func roundTrip() throws {
    var log = try create()
    var expected: [[UInt8]] = []
    var next: UInt64 = 1
    for _ in 0..<4 {
      for batch in 1...30 {
        let records = (0..<UInt64(batch % 4 + 1)).map { entry(next + $0, size: 200) }
        try log.append(records + [LogRecord(.state, [UInt8(batch)])], nextIndex: next)
        next += UInt64(records.count)
        expected += records.map { Array($0.payload) }
      }
      log.close()
      let (reopened, entries) = try open()
      #expect(entries == expected)
      log = reopened
    }
    #expect(disk.paths.count > 3)
    #expect(disk.paths.allSatisfy { $0.hasSuffix(".wal") })
  }

  @Test("A batch costs one sync, also the one that fills a segment")
  func syncs() throws {
    let log = try create()
    let before = disk.syncCount
    try log.append([entry(1), entry(2), LogRecord(.state, [1])], nextIndex: 1)
    try log.append([entry(3, size: 20_000)], nextIndex: 3)
    #expect(disk.syncCount - before == 2)
  }

  @Test("A new segment begins with the chain, the metadata and the last state, and can be read alone")
  func segmentHeads() throws {
    let log = try create()
    try log.append([entry(1, size: 20_000), LogRecord(.state, [7])], nextIndex: 1)
    try log.append([entry(2)], nextIndex: 2)
    log.close()
    var records: [LogRecord] = []
    let reopened = try LogWriter.open("/d/wal", on: disk, from: 5, segmentSize: Self.segmentSize) { records.append($0) }
    reopened.close()
    #expect(records == [LogRecord(.metadata, Array("me".utf8)), LogRecord(.state, [7]), entry(2)])
    #expect(disk.paths.last == "/d/wal/0000000000000001-0000000000000002.wal")
  }

  @Test("Released segments are gone, the one that holds the entry stays, and reading from before is refused")
  func release() throws {
    let log = try create()
    for index in 1...5 { try log.append([entry(UInt64(index), size: 20_000)], nextIndex: UInt64(index)) }
    try log.release(upTo: 3)
    log.close()
    #expect(disk.paths.first == "/d/wal/0000000000000002-0000000000000003.wal")
    #expect(try open(from: 3).entries == (3...5).map { Array(entry($0, size: 20_000).payload) })
    disk.killProcess()
    #expect(
      throws: LogError.missingSegment(
        folder: "/d/wal",
        what: "its oldest segment is 0000000000000002-0000000000000003.wal, which begins after entry 2")
    ) {
      try open(from: 2)
    }
  }

  @Test("A gap between segments is refused")
  func gap() throws {
    let log = try create()
    for index in 1...4 { try log.append([entry(UInt64(index), size: 20_000)], nextIndex: UInt64(index)) }
    log.close()
    try disk.remove("/d/wal/0000000000000001-0000000000000002.wal")
    let error = try #require(throws: LogError.self) { try open() }
    #expect("\(error)".contains("no segment lies between 0000000000000000-0000000000000000.wal and"))
  }

  @Test(
    "After a failed append the log takes no more, and opening it again recovers",
    arguments: [
      DiskError.Operation.write, .sync,
    ])
  func failedAppend(_ operation: DiskError.Operation) throws {
    let log = try create()
    try log.append([entry(1)], nextIndex: 1)
    disk.fail(operation, .full, systemText: "No space left on device")
    let error = try #require(throws: LogError.self) { try log.append([entry(2)], nextIndex: 2) }
    #expect("\(error)".hasSuffix("0000000000000000-0000000000000000.wal: No space left on device"))
    #expect(throws: error) { try log.append([entry(2)], nextIndex: 2) }
    disk.killProcess()
    let (reopened, entries) = try open()
    #expect(entries.first == Array(entry(1).payload))
    try reopened.append([entry(3)], nextIndex: 2)
  }

  @Test("A full disk at a segment's end fails the append, and loses nothing")
  func fullAtSegmentEnd() throws {
    let log = try create()
    try log.append([entry(1, size: 20_000)], nextIndex: 1)
    disk.capacity = 30_000
    let error = try #require(throws: LogError.self) { try log.append([entry(2)], nextIndex: 2) }
    #expect("\(error)" == "cannot reserve room in /d/wal/1.tmp: No space left on device")
    disk.killProcess()
    disk.capacity = .max
    let (reopened, entries) = try open()
    #expect(entries == [Array(entry(1, size: 20_000).payload)])
    try reopened.append([entry(2)], nextIndex: 2)
    reopened.close()
    #expect(try open().entries.count == 2)
  }

  @Test("A second process is refused while the log is open")
  func locks() throws {
    let log = try create()
    let error = try withExtendedLifetime(log) { try #require(throws: LogError.self) { try open() } }
    #expect("\(error)" == "/d/wal/0000000000000000-0000000000000000.wal is in use by process 4711")
  }
}
