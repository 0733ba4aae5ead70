extension Store {
  /// Forgets what cannot be read at or after a revision: of each key, all records up to it but the newest, and that one
  /// too if it is a tombstone.
  ///
  ///     compact at 5      2 3 4† 5 6   where a is 2, 6 and b is 3, 4†, 5    ->    2 5 6
  ///
  /// - Throws: `compacted` if history up to the revision is gone already, `future` if the revision has not happened.
  public mutating func compact(at revision: Int64) throws(RevisionError) {
    if revision <= compactedRevision { throw .compacted(oldest: compactedRevision) }
    if revision > self.revision { throw .future(current: self.revision) }
    compactedRevision = revision

    let garbage = garbage(at: revision)
    for record in garbage { byteCount -= record.keyCount + record.valueCount }
    if garbage.count < log.count / 8 {
      for record in garbage {
        log.remove(record.revision)
        record.withKey { key in
          _ = history.remove((key, record.revision))
          if record.isTombstone, let head = heads.find(key), head === record { heads.remove(key) }
        }
      }
    } else {
      rebuild(without: garbage)
    }
  }

  /// The records up to a revision that no read at or after it can find: superseded ones, and tombstones. All of them are
  /// in `history`, and given in its order.
  func garbage(at revision: Int64) -> [Record] {
    var garbage: [Record] = []
    // The newest so far of the key being visited, among records up to the revision.
    var survivor: Record?
    func settle() {
      guard let record = survivor else { return }
      survivor = nil
      // What is in history and no tombstone has a newer record; at the current revision that one counts.
      if record.isTombstone || revision == self.revision
        || record.withKey({ heads.find($0) })!.modRevision <= revision
      {
        garbage.append(record)
      }
    }
    history.forEach { record in
      if let previous = survivor {
        if previous.withKey({ a in record.withKey { compareBytes(a, $0) } }) != 0 {
          settle()
        } else if record.modRevision <= revision {
          garbage.append(previous)
        }
      }
      if record.modRevision <= revision { survivor = record }
      return true
    }
    settle()
    return garbage
  }

  private mutating func rebuild(without garbage: [Record]) {
    history = history.without(garbage)
    log = log.without(garbage.map { ($0.revision, $0) }.sorted { $0.0 < $1.0 }.map(\.1))
    for record in garbage where record.isTombstone {
      record.withKey { key in
        if let head = heads.find(key), head === record { heads.remove(key) }
      }
    }
  }
}
