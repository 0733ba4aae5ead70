/// One write as a watch sees it.
public struct WatchEvent: Sendable {
  public let record: Record
  /// What the key was before the event's revision; nil if it did not exist, or if that was compacted away.
  public let previous: Record?
}

/// What a watch has to be told next.
public enum WatchDelivery: Sendable {
  /// Events in order, revisions whole. `revision` is how far the watch has seen once it has these.
  case events([WatchEvent], revision: Int64)
  /// Everything up to `revision` has been delivered.
  case progress(revision: Int64)
  /// What the watch had still to see is gone: it ends here.
  case compacted(revision: Int64)
}

/// Who watches what, and how far each has been told.
///
///     synced      follows the store: each revision's events are queued as they are committed
///     unsynced    is behind: reads its events from the store, in batches, when it asks for them
///
///     open(start in the past) -> unsynced --replay caught up--> synced
///                                    ^                              |
///                                    +------ queue is full ---------+
///
/// A watch that is asked for nothing costs a bounded queue and then nothing at all: its events are kept by the store.
/// Nothing here waits, wakes or sends; ``publish(_:at:)`` says who has become ready.
public struct WatchTable: Sendable {
  public typealias ID = Int

  /// What one watch asks for.
  public struct Interest: Sendable {
    public var range: KeyRange
    /// The first revision of interest; 0 means what comes next.
    public var startRevision: Int64
    public var wantsPuts: Bool
    public var wantsDeletes: Bool
    public var wantsPrevious: Bool

    public init(
      range: KeyRange, startRevision: Int64 = 0, wantsPuts: Bool = true, wantsDeletes: Bool = true,
      wantsPrevious: Bool = false
    ) {
      self.range = range
      self.startRevision = startRevision
      self.wantsPuts = wantsPuts
      self.wantsDeletes = wantsDeletes
      self.wantsPrevious = wantsPrevious
    }

    func matches(_ record: Record) -> Bool {
      (record.isTombstone ? wantsDeletes : wantsPuts) && record.withKey { range.contains($0) }
    }
  }

  private struct Watcher: Sendable {
    var interest: Interest
    /// The first revision it has not been told of.
    var nextRevision: Int64
    var isSynced: Bool
    /// Batches of a synced watcher, oldest first.
    var queue: [(events: [WatchEvent], revision: Int64)] = []
    var isProgressWanted = false
  }

  /// Batches a synced watch may leave unread before it is put behind. etcd's channel holds as many.
  static let queueLimit = 128
  /// Revisions with events that one replayed batch holds at most, as in etcd.
  static let replayLimit = 1000
  /// Bytes of keys and values after which a replayed batch ends with its revision, so that many watches that read large
  /// values from history do not fill the memory.
  static let replayByteLimit = 1 << 20

  private var watchers: [ID: Watcher] = [:]
  private var nextID: ID = 0
  /// Synced watchers of one key, and those of ranges.
  private var byKey: [[UInt8]: [ID]] = [:]
  private var ofRanges: [ID] = []

  public init() {}

  public var count: Int { watchers.count }
  /// Those that are behind, and the events that wait in the queues of the others. Both look at every watch.
  public var unsyncedCount: Int { watchers.values.count { !$0.isSynced } }
  public var queuedEventCount: Int {
    watchers.values.reduce(0) { total, watcher in watcher.queue.reduce(total) { $0 + $1.events.count } }
  }

  /// Opens a watch on a store that is at `revision`.
  public mutating func open(_ interest: Interest, at revision: Int64) -> ID {
    let id = nextID
    nextID += 1
    let next = interest.startRevision <= 0 ? revision + 1 : interest.startRevision
    watchers[id] = Watcher(interest: interest, nextRevision: next, isSynced: false)
    if next > revision { follow(id) }
    return id
  }

  public mutating func close(_ id: ID) {
    unfollow(id)
    watchers[id] = nil
  }

  /// Asks that the watch be told how far it is once it has had everything before.
  public mutating func requestProgress(_ id: ID) { watchers[id]?.isProgressWanted = true }

  /// Whether the watch may have something to be told, or is gone.
  public func isReady(_ id: ID) -> Bool {
    guard let watcher = watchers[id] else { return true }
    return !watcher.isSynced || !watcher.queue.isEmpty || watcher.isProgressWanted
  }

  /// Queues what a revision wrote for those who follow.
  ///
  /// - Returns: the watches that have something to be told now, ascending.
  public mutating func publish(_ changes: [Change], at revision: Int64) -> [ID] {
    if byKey.isEmpty && ofRanges.isEmpty { return [] }
    var batches: [ID: [WatchEvent]] = [:]
    for change in changes {
      for id in followers(of: change.record) {
        let watcher = watchers[id]!
        guard revision >= watcher.nextRevision, watcher.interest.matches(change.record) else { continue }
        // Within one revision a key may be written twice; the value before the revision is what counts.
        let previous = change.previous.flatMap { $0.modRevision < revision ? $0 : nil }
        batches[id, default: []].append(
          WatchEvent(record: change.record, previous: watcher.interest.wantsPrevious ? previous : nil))
      }
    }
    for (id, events) in batches {
      if watchers[id]!.queue.count < Self.queueLimit {
        watchers[id]!.queue.append((events, revision))
      } else {
        // Whatever is queued will be read from the store instead.
        watchers[id]!.nextRevision = watchers[id]!.queue[0].revision
        watchers[id]!.queue = []
        unfollow(id)
      }
    }
    return batches.keys.sorted()
  }

  /// What to tell the watch next; nil when there is nothing yet.
  ///
  /// An unsynced watch reads from the store here. To read a long history without holding others up, give a copy of the
  /// store: see ``replay(_:from:)``.
  public mutating func take(_ id: ID, from store: Store) -> WatchDelivery? {
    guard var watcher = watchers[id] else { return nil }
    if watcher.isSynced {
      if !watcher.queue.isEmpty {
        let batch = watchers[id]!.queue.removeFirst()
        watchers[id]!.nextRevision = batch.revision + 1
        return .events(batch.events, revision: batch.revision)
      }
    } else {
      let replay = Self.replay(watcher.interest, from: watcher.nextRevision, in: store)
      if let delivery = settle(id, replay, at: store.revision) { return delivery }
      watcher = watchers[id]!
    }
    guard watcher.isSynced, watcher.isProgressWanted else { return nil }
    watchers[id]!.isProgressWanted = false
    return .progress(revision: store.revision)
  }

  // MARK: Replay

  /// A batch read from the store's history.
  public struct Replay: Sendable {
    var events: [WatchEvent]
    /// The first revision that is not in the batch.
    var nextRevision: Int64
    /// The revision of the store it was read from.
    var revision: Int64
    /// Set when what was to be read is gone.
    var compactedRevision: Int64?
  }

  /// What the watch has to read from history: its interest and the first revision it has not been told of. Nil for a
  /// watch that follows.
  public func backlog(_ id: ID) -> (interest: Interest, from: Int64)? {
    guard let watcher = watchers[id], !watcher.isSynced else { return nil }
    return (watcher.interest, watcher.nextRevision)
  }

  /// Reads a batch of a watch's events from history: whole revisions, at most 1000 of them, and none after the batch has
  /// grown past a megabyte.
  public static func replay(_ interest: Interest, from start: Int64, in store: Store) -> Replay {
    if start < store.compactedRevision {
      return Replay(
        events: [], nextRevision: start, revision: store.revision, compactedRevision: store.compactedRevision)
    }
    var replay = Replay(events: [], nextRevision: store.revision + 1, revision: store.revision)
    var revisionCount = 0
    var byteCount = 0
    var last: Int64 = 0
    store.forEachRecord(since: start) { record in
      guard interest.matches(record) else { return true }
      if record.modRevision != last {
        if revisionCount == replayLimit || byteCount > replayByteLimit {
          replay.nextRevision = record.modRevision
          return false
        }
        revisionCount += 1
        last = record.modRevision
      }
      var previous: Record?
      if interest.wantsPrevious && !(record.version == 1) {
        previous = record.withKey { try? store.record(of: $0, at: record.modRevision - 1) }
      }
      byteCount += record.keyCount + record.valueCount + (previous?.valueCount ?? 0)
      replay.events.append(WatchEvent(record: record, previous: previous))
      return true
    }
    return replay
  }

  /// Notes what a watch has been told from history, by a store that is now at `revision`.
  ///
  /// - Returns: what to tell it; nil when the batch had nothing for it, or the watch has moved on or is gone.
  public mutating func settle(_ id: ID, _ replay: Replay, at revision: Int64) -> WatchDelivery? {
    guard let watcher = watchers[id], !watcher.isSynced, watcher.nextRevision <= replay.nextRevision else { return nil }
    if let compacted = replay.compactedRevision {
      close(id)
      return .compacted(revision: compacted)
    }
    watchers[id]!.nextRevision = replay.nextRevision
    if replay.nextRevision > revision { follow(id) }
    return replay.events.isEmpty ? nil : .events(replay.events, revision: replay.revision)
  }

  // MARK: Following

  private mutating func follow(_ id: ID) {
    watchers[id]!.isSynced = true
    let range = watchers[id]!.interest.range
    if range.end == .single { byKey[range.start, default: []].append(id) } else { ofRanges.append(id) }
  }

  private mutating func unfollow(_ id: ID) {
    guard let watcher = watchers[id], watcher.isSynced else { return }
    watchers[id]!.isSynced = false
    if watcher.interest.range.end == .single {
      byKey[watcher.interest.range.start]!.removeAll { $0 == id }
      if byKey[watcher.interest.range.start]!.isEmpty { byKey[watcher.interest.range.start] = nil }
    } else {
      ofRanges.removeAll { $0 == id }
    }
  }

  private func followers(of record: Record) -> [ID] {
    byKey.isEmpty ? ofRanges : ofRanges + (byKey[record.withKey { Array($0) }] ?? [])
  }
}
