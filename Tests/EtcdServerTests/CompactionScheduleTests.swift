import EtcdAPI
import Testing

@testable import EtcdServer

/// Time is told to the schedule here; a revision is written every minute.
@Suite struct CompactionScheduleTests {
  /// - Returns: `minute: revision` of each compaction.
  private func compactions(_ mode: AutoCompaction, minutes: Int, failingAt failures: Set<Int> = []) throws -> [String] {
    var schedule = try #require(CompactionSchedule(mode, at: .zero, revision: 1))
    var now = Duration.zero
    var found: [String] = []
    while now + schedule.interval <= .seconds(60 * minutes) {
      now += schedule.interval
      let minute = Int(now / .seconds(60))
      if let revision = schedule.due(at: now, revision: Int64(1 + minute)) {
        found.append("\(minute): \(revision)")
        if !failures.contains(minute) { schedule.completed(revision, at: now) }
      }
    }
    return found
  }

  // What is cut at is a revision of eleven tenths ago, as in etcd: it was noted before the last wait.

  @Test("An hour's history is kept, and cut once an hour")
  func hour() throws {
    #expect(try compactions(.periodic(.seconds(3600)), minutes: 200) == ["60: 1", "120: 55", "180: 115"])
  }

  @Test("A longer history is cut once an hour, too, when it has become as long")
  func day() throws {
    let found = try compactions(.periodic(.seconds(4 * 3600)), minutes: 400)
    #expect(found == ["240: 1", "300: 55", "360: 115"])
  }

  @Test("A shorter one is cut as often as it is long")
  func short() throws {
    let found = try compactions(.periodic(.seconds(600)), minutes: 45)
    #expect(found == ["10: 1", "20: 10", "30: 20", "40: 30"])
  }

  @Test("What failed is tried again after a tenth")
  func failure() throws {
    let found = try compactions(.periodic(.seconds(3600)), minutes: 140, failingAt: [60, 66])
    #expect(found == ["60: 1", "66: 1", "72: 7", "132: 67"])
  }

  @Test("Of revisions the last few are kept, looked at every five minutes")
  func revisions() throws {
    #expect(try compactions(.revision(10), minutes: 22) == ["10: 1", "15: 6", "20: 11"])
  }

  @Test("Without writes nothing is compacted twice")
  func idle() throws {
    for mode in [AutoCompaction.periodic(.seconds(600)), .revision(3)] {
      var schedule = try #require(CompactionSchedule(mode, at: .zero, revision: 9))
      var found: [Int64] = []
      for step in 1...50 {
        let now = schedule.interval * step
        guard let revision = schedule.due(at: now, revision: 9) else { continue }
        found.append(revision)
        schedule.completed(revision, at: now)
      }
      #expect(found == [mode == .revision(3) ? 6 : 9])
    }
  }

  @Test("No retention means no compaction", arguments: [AutoCompaction.off, .periodic(.zero), .revision(0)])
  func off(mode: AutoCompaction) {
    #expect(CompactionSchedule(mode, at: .zero, revision: 1) == nil)
  }

  @Test("A node compacts by itself when told to")
  func node() async throws {
    var configuration = NodeConfiguration.inMemory
    configuration.autoCompaction = .periodic(.milliseconds(200))
    let node = try EtcdNode.boot(configuration)
    _ = try await node.put(.with(key: "a", value: "1"))
    _ = try await node.put(.with(key: "a", value: "2"))
    while true {
      let hash = try await node.hashKV(HashKVRequest(), at: EtcdNode.endpoint)
      if hash.compactRevision == 3 { break }
      await Task.yield()
    }
    await node.close()
  }
}
