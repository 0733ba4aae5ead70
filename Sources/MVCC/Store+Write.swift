extension Store {
  /// Puts a value in the open transaction. Create revision and version follow from what is there.
  @discardableResult
  public mutating func put(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, lease: Int64 = 0) -> Change {
    let revision = nextRevision
    var record: Record!
    let replaced = heads.update(key) { head in
      let live = head.flatMap { $0.isTombstone ? nil : $0 }
      record = Record(
        revision: revision, key: key, value: value, createRevision: live?.createRevision ?? revision.main,
        version: (live?.version ?? 0) + 1, lease: lease)
      return record
    }
    if lease != 0 { leased.update((lease, key)) { _ in record } }
    return append(record, replacing: replaced)
  }

  /// Deletes the keys of a range that exist, ascending, in the open transaction.
  @discardableResult
  public mutating func delete(_ range: KeyRange) -> [Change] {
    var victims: [Record] = []
    if range.end == .single {
      if let record = range.start.withUnsafeBytes({ current(of: $0, at: readRevision) }) { victims = [record] }
    } else {
      visit(range, onlyLive: true) { record in
        victims.append(record)
        return true
      }
    }
    return victims.map { victim in
      victim.withKey { key in
        let tombstone = Record.tombstone(of: key, at: nextRevision)
        let replaced = heads.update(key) { _ in tombstone }
        history.update((key, tombstone.revision)) { _ in tombstone }
        return append(tombstone, replacing: replaced)
      }
    }
  }

  /// Ends the open transaction: what it wrote becomes one revision. Without writes nothing changes.
  ///
  /// - Returns: the writes in order.
  public mutating func commit() -> [Change] {
    guard !changes.isEmpty else { return [] }
    revision += 1
    let committed = changes
    changes = []
    return committed
  }

  private var nextRevision: Revision { Revision(main: revision + 1, sub: Int64(changes.count)) }

  private mutating func append(_ record: Record, replacing replaced: Record?) -> Change {
    log.append(record)
    byteCount += record.fileByteCount
    var change = Change(record: record, previous: nil)
    if let replaced, !replaced.isTombstone {
      replaced.withKey { key in
        _ = history.update((key, replaced.revision)) { _ in replaced }
        if replaced.lease != 0, replaced.lease != record.lease { leased.remove((replaced.lease, key)) }
      }
      change = Change(record: record, previous: replaced)
    }
    changes.append(change)
    return change
  }
}
