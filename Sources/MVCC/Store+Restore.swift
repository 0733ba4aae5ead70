extension Store {
  /// A store rebuilt from a checkpoint: records in ascending order of revision, as ``forEachRecord(since:_:)`` gave them.
  ///
  /// - Parameters:
  ///   - compactedRevision: as it was, -1 for none.
  ///   - sweptRevision: as it was; nil: the compacted one.
  ///   - revision: the revision the store was at, where that is known; a store whose newest records were compacted away
  ///     cannot tell from its records.
  public init(compactedRevision: Int64, sweptRevision: Int64? = nil, revision: Int64? = nil) {
    self.compactedRevision = compactedRevision
    self.sweptRevision = min(sweptRevision ?? compactedRevision, compactedRevision)
    self.revision = max(1, compactedRevision, revision ?? 1)
  }

  /// Takes the next record of a checkpoint.
  public mutating func restore(_ record: Record) {
    precondition(log.last.map { $0.revision < record.revision } ?? true, "records must ascend by revision")
    log.append(record)
    byteCount += record.fileByteCount
    revision = max(revision, record.modRevision)
    record.withKey { key in
      let replaced = heads.update(key) { _ in record }
      if record.isTombstone { history.update((key, record.revision)) { _ in record } }
      if let replaced, !replaced.isTombstone {
        history.update((key, replaced.revision)) { _ in replaced }
        if replaced.lease != 0 { leased.remove((replaced.lease, key)) }
      }
      if record.lease != 0 { leased.update((record.lease, key)) { _ in record } }
    }
  }
}
