import MVCC
import TestSupport
import Testing

@Suite struct StoreModelTests {
  @Test("A store answers as the plain list of its writes does, before and after compactions", arguments: 0..<8)
  func matchesModel(round: UInt64) throws {
    var chance = SeededGenerator(seed: TestSeed.make() &+ round)
    var run = ModelRun(keyCount: [3, 20, 400][Int(round % 3)])
    for _ in 0..<1500 { try run.step(&chance) }
    try run.drainWatches()
    try run.checkAll()
  }

  @Test("A copy of a store never changes")
  func snapshots() throws {
    var chance = SeededGenerator(seed: TestSeed.make())
    var run = ModelRun(keyCount: 200)
    var copies: [(Store, StoreModel)] = []
    for step in 0..<2000 {
      try run.step(&chance)
      if step.isMultiple(of: 97) { copies.append((run.store, run.model)) }
    }
    for (store, model) in copies { try ModelRun(keyCount: 200, store: store, model: model).checkAll() }
  }
}

/// A store and its model, driven by the same steps.
private struct ModelRun {
  let keyCount: Int
  var store = Store()
  var model = StoreModel()
  var table = WatchTable()
  var watches: [WatchTable.ID: Watched] = [:]
  var ended: [Watched] = []

  struct Watched {
    var interest: WatchTable.Interest
    var start: Int64
    var told: [StoreModel.Write] = []
    var previous: [String?] = []
    var revision: Int64 = 0
  }

  var compactions: Set<Int64> = []

  init(keyCount: Int, store: Store = Store(), model: StoreModel = StoreModel()) {
    self.keyCount = keyCount
    self.store = store
    self.model = model
  }

  mutating func step(_ chance: inout SeededGenerator) throws {
    switch Int.random(in: 0..<100, using: &chance) {
    case 0..<60: writeTransaction(&chance)
    case 60..<62: try compact(&chance)
    case 62..<66: sweep(&chance)
    case 66..<80: try checkRange(&chance)
    case 80..<84: openWatch(&chance)
    case 84: closeWatch(&chance)
    case 85..<95:
      if let id = watches.keys.sorted().randomElement(using: &chance) {
        try poll(id, viaSnapshot: .random(using: &chance))
      }
    default: try checkKey(&chance)
    }
  }

  private func key(_ chance: inout SeededGenerator) -> String { "k\(Int.random(in: 0..<keyCount, using: &chance))" }

  private func range(_ chance: inout SeededGenerator) -> KeyRange {
    switch Int.random(in: 0..<4, using: &chance) {
    case 0: KeyRange(key: Array(key(&chance).utf8))
    case 1: KeyRange(start: Array(key(&chance).utf8), end: .unbounded)
    case 2: .prefix(String(key(&chance).prefix(2)))
    default: KeyRange(start: Array(key(&chance).utf8), end: .below(Array(key(&chance).utf8)))
    }
  }

  private mutating func writeTransaction(_ chance: inout SeededGenerator) {
    let main = model.revision + 1
    var sub: Int64 = 0
    for _ in 0..<[1, 1, 1, 4].randomElement(using: &chance)! {
      if Int.random(in: 0..<4, using: &chance) == 0 {
        let range =
          Int.random(in: 0..<10, using: &chance) == 0 ? range(&chance) : KeyRange(key: Array(key(&chance).utf8))
        for current in model.keys(at: main, in: range.containsText) {
          model.writes.append(.init(main: main, sub: sub, key: current.key, value: nil, lease: 0))
          sub += 1
        }
        store.delete(range)
      } else {
        let (key, value) = (key(&chance), "v\(main).\(sub)")
        let lease = Int64.random(in: 0..<3, using: &chance)
        model.writes.append(.init(main: main, sub: sub, key: key, value: value, lease: lease))
        sub += 1
        store.put(key, value, lease: lease)
      }
    }
    if sub > 0 { model.revision = main }
    let changes = store.commit()
    #expect(changes.map { .init($0.record) } == model.writes.suffix(Int(sub)))
    _ = table.publish(changes, at: store.revision)
  }

  private mutating func compact(_ chance: inout SeededGenerator) throws {
    let revision = max(1, model.revision - Int64.random(in: -1..<60, using: &chance))
    if revision > model.revision {
      #expect(throws: RevisionError.future(current: model.revision)) { try store.compact(at: revision) }
    } else if revision <= model.compacted {
      #expect(throws: RevisionError.compacted(oldest: model.compacted)) { try store.compact(at: revision) }
    } else {
      try store.compact(at: revision)
      model.compacted = revision
      compactions.insert(revision)
      checkLog()
    }
  }

  /// Takes a few steps of a sweep, or all that are left.
  private mutating func sweep(_ chance: inout SeededGenerator) {
    let limit = Bool.random(using: &chance) ? Int.max : Int.random(in: 2..<6, using: &chance)
    let before = store.recordCount
    let removed = store.sweep(visiting: limit)
    #expect(store.recordCount == before - removed.count)
    if limit == .max { #expect(!store.needsSweep) }
    checkLog()
  }

  private func checkLog() {
    var kept: [StoreModel.Write] = []
    store.forEachRecord { record in
      kept.append(.init(record))
      return true
    }
    #expect(store.recordCount == kept.count)
    #expect(store.byteCount == kept.reduce(0) { $0 + 52 + $1.key.utf8.count + ($1.value?.utf8.count ?? 0) })
    if store.needsSweep {
      // What a sweep has still to remove is not wanted by anyone.
      let wanted = Set(model.kept.map(\.place))
      kept.removeAll { !wanted.contains($0.place) && $0.main <= model.compacted }
    }
    #expect(kept == model.kept)
  }

  private func checkRange(_ chance: inout SeededGenerator) throws {
    let range = range(&chance)
    let back = Bool.random(using: &chance) ? 0 : Int64.random(in: 1..<80, using: &chance)
    let revision = back == 0 ? 0 : model.revision - back
    let limit = Int.random(in: 0..<6, using: &chance)
    let countOnly = Int.random(in: 0..<5, using: &chance) == 0
    if revision > 0 && revision < model.compacted {
      #expect(throws: RevisionError.compacted(oldest: model.compacted)) { try store.range(range, at: revision) }
      return
    }
    let found = try store.range(range, at: revision, limit: limit, countOnly: countOnly)
    let wanted = model.keys(at: revision <= 0 ? model.revision : revision, in: range.containsText)
    #expect(found.count == wanted.count)
    #expect(found.revision == model.revision)
    let cut = countOnly ? [] : limit == 0 ? wanted[...] : wanted.prefix(limit)
    #expect(found.records.map { .init($0) } == Array(cut))
  }

  private func checkKey(_ chance: inout SeededGenerator) throws {
    let key = key(&chance)
    let wanted = model.keys(at: model.revision) { $0 == key }.first
    let found = try Array(key.utf8).withUnsafeBytes { try store.record(of: $0) }
    #expect(found.map { .init($0) } == wanted)
  }

  func checkAll() throws {
    checkLog()
    #expect(store.keyCount == model.keys(at: model.revision) { _ in true }.count)
    for revision in max(model.compacted, 1)...model.revision where revision % 7 == 0 || revision == model.revision {
      let wanted = model.keys(at: revision) { _ in true }
      #expect(try store.range(.all, at: revision).records.map { .init($0) } == wanted)
    }
    for lease in Int64(1)...2 {
      let wanted = model.keys(at: model.revision) { _ in true }.filter { $0.lease == lease }.map { Array($0.key.utf8) }
      #expect(store.keys(of: lease) == wanted)
    }
    // A store rebuilt from its own log is the same store.
    var restored = Store(
      compactedRevision: store.compactedRevision, sweptRevision: store.sweptRevision, revision: store.revision)
    store.forEachRecord { record in
      restored.restore(record)
      return true
    }
    #expect(restored.revision == store.revision)
    #expect(try restored.texts() == store.texts())
    #expect(try restored.hash() == store.hash())
    #expect(restored.keys(of: 1) == store.keys(of: 1))
    // Sweeping shows in nothing but the memory it frees.
    var swept = store
    while swept.needsSweep { _ = swept.sweep(visiting: 10) }
    #expect(swept.logTexts == model.kept.map(\.text))
    #expect(try swept.hash() == store.hash())
    #expect(try swept.texts() == store.texts())
  }

  // MARK: Watches

  private mutating func openWatch(_ chance: inout SeededGenerator) {
    let start = Bool.random(using: &chance) ? 0 : max(1, model.revision + Int64.random(in: -100..<5, using: &chance))
    let interest = WatchTable.Interest(
      range: range(&chance), startRevision: start, wantsPuts: Int.random(in: 0..<5, using: &chance) > 0,
      wantsDeletes: Int.random(in: 0..<5, using: &chance) > 0, wantsPrevious: true)
    let id = table.open(interest, at: store.revision)
    watches[id] = Watched(interest: interest, start: start == 0 ? store.revision + 1 : start)
  }

  private mutating func closeWatch(_ chance: inout SeededGenerator) {
    guard let id = watches.keys.sorted().randomElement(using: &chance) else { return }
    table.close(id)
    watches[id] = nil
  }

  @discardableResult
  private mutating func poll(_ id: WatchTable.ID, viaSnapshot: Bool) throws -> Bool {
    let delivery: WatchDelivery?
    if viaSnapshot, let backlog = table.backlog(id) {
      delivery = table.settle(
        id, WatchTable.replay(backlog.interest, from: backlog.from, in: store), at: store.revision)
    } else {
      delivery = table.take(id, from: store)
    }
    switch delivery {
    case nil: return false
    case .progress: Issue.record("nobody asked for progress")
    case .events(let events, let revision):
      #expect(!events.isEmpty)
      #expect(events.last!.record.modRevision <= revision)
      let last = watches[id]!.told.last?.main ?? 0
      #expect(events[0].record.modRevision > last, "a revision's events come in one batch")
      for event in events {
        watches[id]!.told.append(.init(event.record))
        watches[id]!.previous.append(event.previous?.valueText)
        if let previous = event.previous { #expect(previous.modRevision < event.record.modRevision) }
      }
      watches[id]!.revision = revision
    case .compacted(let revision):
      #expect(revision == model.compacted)
      let watched = watches.removeValue(forKey: id)!
      check(watched, through: watched.told.last?.main ?? 0)
    }
    return true
  }

  mutating func drainWatches() throws {
    for id in watches.keys.sorted() {
      while watches[id] != nil, try poll(id, viaSnapshot: false) {}
      guard let watched = watches[id] else { continue }
      #expect(table.backlog(id) == nil, "a drained watch follows")
      check(watched, through: model.revision)
    }
  }

  /// What a watch was told is what was written, but for one thing: what a compaction at the very revision removes (a
  /// deletion, or a write undone in the same revision) is gone for a watch that starts there, as in etcd.
  private func check(_ watched: Watched, through revision: Int64) {
    let wanted = model.writes.filter {
      $0.main >= watched.start && $0.main <= revision && watched.interest.range.containsText($0.key)
        && ($0.value == nil ? watched.interest.wantsDeletes : watched.interest.wantsPuts)
    }
    var told = Array(zip(watched.told, watched.previous))[...]
    for write in wanted {
      if let (next, previous) = told.first, next == write {
        told.removeFirst()
        let before = model.keys(at: write.main - 1) { $0 == write.key }.first?.value
        if let previous { #expect(previous == before) }
      } else if !compactions.contains(write.main) {
        Issue.record("\(write) was not told; next was \(String(describing: told.first))")
        return
      }
    }
    #expect(told.isEmpty, "told more than was written")
  }
}

extension KeyRange {
  fileprivate func containsText(_ key: String) -> Bool { Array(key.utf8).withUnsafeBytes { contains($0) } }
}
