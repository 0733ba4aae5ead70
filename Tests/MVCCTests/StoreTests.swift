import MVCC
import Testing

@Suite struct StoreTests {
  /// key \ revision   2     3     4     5     6
  ///     a            put                     put
  ///     b                  put   del   put
  private func drawn() -> Store {
    var store = Store()
    store.put("a", "1")
    _ = store.commit()
    store.put("b", "1")
    _ = store.commit()
    store.delete("b")
    _ = store.commit()
    store.put("b", "2")
    _ = store.commit()
    store.put("a", "2")
    _ = store.commit()
    return store
  }

  @Test("Each revision shows the keys as they were")
  func history() throws {
    let store = drawn()
    #expect(store.revision == 6)
    #expect(try store.texts(at: 1) == [])
    #expect(try store.texts(at: 2) == ["a=1"])
    #expect(try store.texts(at: 3) == ["a=1", "b=1"])
    #expect(try store.texts(at: 4) == ["a=1"])
    #expect(try store.texts(at: 5) == ["a=1", "b=2"])
    #expect(try store.texts() == ["a=2", "b=2"])
    #expect(throws: RevisionError.future(current: 6)) { try store.texts(at: 7) }
  }

  @Test("A key that comes back begins a new life")
  func lives() throws {
    let records = try drawn().range(.all).records
    #expect(records.map(\.createRevision) == [2, 5])
    #expect(records.map(\.modRevision) == [6, 5])
    #expect(records.map(\.version) == [2, 1])
  }

  @Test("History is replayed in whole revisions, and no more of them once a batch is large")
  func replayedBatches() {
    var store = Store()
    let large = String(repeating: "x", count: 600_000)
    for _ in 0..<3 {
      store.put("a", large)
      store.put("b", large)
      _ = store.commit()
    }
    let interest = WatchTable.Interest(
      range: .all, startRevision: 2, wantsPuts: true, wantsDeletes: true, wantsPrevious: false)
    var table = WatchTable()
    let id = table.open(interest, at: store.revision)
    for revision in store.revision - 2...store.revision {
      guard case .events(let events, _)? = table.take(id, from: store) else {
        Issue.record("revision \(revision) was not told")
        return
      }
      #expect(events.map(\.record.modRevision) == [revision, revision])
    }
  }

  @Test(
    "Compaction keeps each key's newest record up to it, unless that is a tombstone",
    arguments: [
      (2, ["2.0 a", "3.0 b", "4.0 b†", "5.0 b", "6.0 a"]),
      (3, ["2.0 a", "3.0 b", "4.0 b†", "5.0 b", "6.0 a"]),
      (4, ["2.0 a", "5.0 b", "6.0 a"]),
      (5, ["2.0 a", "5.0 b", "6.0 a"]),
      (6, ["5.0 b", "6.0 a"]),
    ] as [(Int64, [String])])
  func compaction(revision: Int64, log: [String]) throws {
    var store = drawn()
    try store.compact(at: revision)
    #expect(store.needsSweep)
    let removed = store.sweep()
    #expect(store.logTexts == log)
    #expect(removed.count == 5 - log.count)
    #expect(!store.needsSweep)
    #expect(store.sweptRevision == revision)
    #expect(store.compactedRevision == revision)
    #expect(try store.texts() == ["a=2", "b=2"])
    #expect(throws: RevisionError.compacted(oldest: revision)) { try store.texts(at: revision - 1) }
    #expect(throws: RevisionError.compacted(oldest: revision)) { try store.compact(at: revision) }
    #expect(throws: RevisionError.future(current: 6)) { try store.compact(at: 7) }
  }

  @Test("A deleted key is gone altogether once its deletion is compacted")
  func compactedDeletion() throws {
    var store = Store()
    store.put("a", "1")
    _ = store.commit()
    store.delete("a")
    _ = store.commit()
    try store.compact(at: 3)
    store.put("b", "1")
    _ = store.commit()
    _ = store.sweep()
    #expect(store.logTexts == ["4.0 b"])
    store.delete("b")
    _ = store.commit()
    try store.compact(at: 5)
    _ = store.sweep()
    #expect(store.recordCount == 0)
    #expect(store.revision == 5)
    store.put("a", "2")
    #expect(store.commit()[0].record.version == 1)
  }

  @Test("A transaction is one revision, and reads within it see its writes")
  func transaction() throws {
    var store = Store()
    store.put("a", "1")
    #expect(store.readRevision == 2)
    #expect(try store.texts() == ["a=1"])
    store.put("b", "1")
    store.delete("a")
    #expect(try store.texts() == ["b=1"])
    #expect(store.revision == 1)
    #expect(store.commit().map(\.record.revision.sub) == [0, 1, 2])
    #expect(store.revision == 2)
    #expect(store.commit().isEmpty)
    #expect(store.revision == 2)
  }

  @Test("A range counts all its keys, and returns as many as the limit allows")
  func limits() throws {
    var store = Store()
    for number in 100..<400 { store.put("k\(number)", "v") }
    store.delete("k150")
    _ = store.commit()
    let found = try store.range(KeyRange(start: Array("k149".utf8), end: .below(Array("k250".utf8))), limit: 2)
    #expect(found.records.map(\.keyText) == ["k149", "k151"])
    #expect(found.count == 100)
    #expect(try store.range(.prefix("k2"), countOnly: true).count == 100)
    #expect(try store.range(KeyRange(start: Array("k399".utf8), end: .below(Array("k1".utf8)))).count == 0)
  }

  @Test("Keys hang on the lease of their newest put")
  func leases() {
    var store = Store()
    store.put("b", "1", lease: 7)
    store.put("a", "1", lease: 7)
    store.put("c", "1", lease: 8)
    #expect(store.keys(of: 7) == [Array("a".utf8), Array("b".utf8)])
    store.put("a", "2", lease: 8)
    store.delete("b")
    #expect(store.keys(of: 7) == [])
    #expect(store.keys(of: 8) == [Array("a".utf8), Array("c".utf8)])
    store.put("c", "2")
    #expect(store.keys(of: 8) == [Array("a".utf8)])
  }

  @Test("The hash of an empty store is the one etcd 3.5 has")
  func emptyHash() throws {
    #expect(try Store().hash() == 1_084_519_789)
  }
}
