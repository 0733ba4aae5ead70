extension Store {
  /// Forgets what cannot be read at or after a revision: of each key, all records up to it but the newest, and that one
  /// too if it is a tombstone.
  ///
  ///     compact at 5      2 3 4† 5 6   where a is 2, 6 and b is 3, 4†, 5    ->    2 5 6
  ///
  /// From here on no read finds them, and this takes no time however many they are. What they hold is let go of by
  /// ``sweep(visiting:)``.
  ///
  /// - Throws: `compacted` if history up to the revision is gone already, `future` if the revision has not happened.
  public mutating func compact(at revision: Int64) throws(RevisionError) {
    if revision <= compactedRevision { throw .compacted(oldest: compactedRevision) }
    if revision > self.revision { throw .future(current: self.revision) }
    compactedRevision = revision
    sweepPosition = SweepPosition()
  }

  /// Whether records are still held that were compacted away.
  public var needsSweep: Bool { sweptRevision < compactedRevision }

  /// Removes some of the records that were compacted away: a step that is short enough to be taken between writes.
  ///
  ///     history    a@2  a@4  a@7  b@3  b@4†  c@1 …        compacted at 5
  ///                ....  ^ position                       a@2 is gone; a@4 is what a read at 5 finds
  ///
  /// Writes between two steps leave nothing behind the position to be removed: what they supersede is either newer than
  /// the compaction, or what a read at it finds.
  ///
  /// - Parameter limit: how many records of history are looked at, at least 2.
  /// - Returns: what was removed. To drop it may take as long as to remove it, and needs no lock.
  public mutating func sweep(visiting limit: Int = .max) -> [Record] {
    precondition(limit >= 2, "a step that looks at one record would look at it again in the next")
    guard needsSweep else { return [] }
    var scan = GarbageScan(revision: compactedRevision)
    var visited = 0
    var next: SweepPosition?
    sweepPosition.withKey { key, revision in
      history.forEach(from: (key, revision)) { record in
        if visited == limit {
          next = SweepPosition(of: scan.survivor ?? record)
          return false
        }
        visited += 1
        scan.visit(record, in: self)
        return true
      }
    }
    if let next {
      sweepPosition = next
    } else {
      scan.settle(in: self)
      sweptRevision = compactedRevision
      sweepPosition = SweepPosition()
    }
    for record in scan.garbage { remove(record) }
    return scan.garbage
  }

  private mutating func remove(_ record: Record) {
    byteCount -= record.fileByteCount
    log.remove(record.revision)
    record.withKey { key in
      _ = history.remove((key, record.revision))
      if record.isTombstone, let head = heads.find(key), head === record { heads.remove(key) }
    }
  }

  /// The records up to a revision that no read at or after it can find: superseded ones, and tombstones. All of them are
  /// in `history`, and given in its order.
  func garbage(at revision: Int64) -> [Record] {
    var scan = GarbageScan(revision: revision)
    history.forEach { record in
      scan.visit(record, in: self)
      return true
    }
    scan.settle(in: self)
    return scan.garbage
  }
}

/// Finds garbage among the records of `history`, which are visited in its order.
private struct GarbageScan {
  let revision: Int64
  var garbage: [Record] = []
  /// The newest so far of the key being visited, among records up to the revision.
  var survivor: Record?

  init(revision: Int64) { self.revision = revision }

  mutating func visit(_ record: Record, in store: Store) {
    if let previous = survivor {
      if previous.withKey({ a in record.withKey { compareBytes(a, $0) } }) != 0 {
        settle(in: store)
      } else if record.modRevision <= revision {
        garbage.append(previous)
      } else {
        // What follows in the key is newer than the revision, so this is what a read at the revision finds.
        if previous.isTombstone { garbage.append(previous) }
        survivor = nil
      }
    }
    if record.modRevision <= revision { survivor = record }
  }

  /// Decides on the last of a key's records in history. One that is no tombstone has a newer one: the key's head.
  mutating func settle(in store: Store) {
    guard let record = survivor else { return }
    survivor = nil
    if record.isTombstone || revision == store.revision
      || record.withKey({ store.heads.find($0) })!.modRevision <= revision
    {
      garbage.append(record)
    }
  }
}

/// Where in `history` a sweep goes on.
struct SweepPosition: Sendable {
  private var key: [UInt8] = []
  private var revision = Revision(main: 0, sub: 0)

  /// Before everything.
  init() {}

  init(of record: Record) {
    key = record.withKey { Array($0) }
    revision = record.revision
  }

  func withKey(_ body: (UnsafeRawBufferPointer, Revision) -> Void) { key.withUnsafeBytes { body($0, revision) } }
}
