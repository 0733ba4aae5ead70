/// What a range read found.
public struct RangeResult: Sendable {
  /// Ascending by key, at most `limit` of them.
  public var records: [Record]
  /// How many keys the range has in all, whatever the limit.
  public var count: Int
  /// The store's revision at the time of the read.
  public var revision: Int64
}

extension Store {
  /// The keys of a range as they were at a revision.
  ///
  /// - Parameters:
  ///   - revision: 0 or less means the current one.
  ///   - limit: 0 or less means no limit. Does not bound `count`.
  ///   - countOnly: finds no records. At the current revision counting costs two descents however long the range.
  public func range(
    _ range: KeyRange, at revision: Int64 = 0, limit: Int = 0, countOnly: Bool = false
  ) throws(RevisionError) -> RangeResult {
    let revision = try resolve(revision)
    if range.end == .single {
      let record = range.start.withUnsafeBytes { current(of: $0, at: revision) }
      return RangeResult(
        records: record.map { countOnly ? [] : [$0] } ?? [], count: record == nil ? 0 : 1, revision: readRevision)
    }
    if revision == readRevision { return currentRange(range, limit: limit, countOnly: countOnly) }

    var records: [Record] = []
    var count = 0
    visit(range, onlyLive: false) { head in
      let record: Record? = head.modRevision <= revision ? head : head.withKey { old(of: $0, at: revision) }
      guard let record, !record.isTombstone else { return true }
      if !countOnly, limit <= 0 || records.count < limit { records.append(record) }
      count += 1
      return true
    }
    return RangeResult(records: records, count: count, revision: readRevision)
  }

  private func currentRange(_ range: KeyRange, limit: Int, countOnly: Bool) -> RangeResult {
    var records: [Record] = []
    if !countOnly {
      visit(range, onlyLive: true) { record in
        records.append(record)
        return limit <= 0 || records.count < limit
      }
    }
    let isComplete = !countOnly && (limit <= 0 || records.count < limit)
    return RangeResult(
      records: records, count: isComplete ? records.count : currentCount(range), revision: readRevision)
  }

  /// The record of one key as it was at a revision, nil if the key did not exist then.
  public func record(of key: UnsafeRawBufferPointer, at revision: Int64 = 0) throws(RevisionError) -> Record? {
    current(of: key, at: try resolve(revision))
  }

  /// The record of one key as it is now, nil if the key does not exist.
  public func current(_ key: UnsafeRawBufferPointer) -> Record? { current(of: key, at: readRevision) }

  /// The keys that hang on a lease, ascending.
  public func keys(of lease: Int64) -> [[UInt8]] {
    var keys: [[UInt8]] = []
    leased.forEach(from: (lease, UnsafeRawBufferPointer(start: nil, count: 0))) { record in
      guard record.lease == lease else { return false }
      keys.append(record.withKey { Array($0) })
      return true
    }
    return keys
  }

  /// Visits the records at and after a main revision, ascending by revision, until the body returns false.
  ///
  /// Revision 0 visits all that is kept: the order and contents of the backend file's key bucket.
  public func forEachRecord<E: Error>(since revision: Int64 = 0, _ body: (Record) throws(E) -> Bool) throws(E) {
    try log.forEach(from: Revision(main: revision, sub: 0), body)
  }

  // MARK: Parts

  /// The revision that a request's revision means.
  private func resolve(_ revision: Int64) throws(RevisionError) -> Int64 {
    if revision > readRevision { throw .future(current: readRevision) }
    let resolved = revision <= 0 ? readRevision : revision
    if resolved < compactedRevision { throw .compacted(oldest: compactedRevision) }
    return resolved
  }

  func current(of key: UnsafeRawBufferPointer, at revision: Int64) -> Record? {
    guard let head = heads.find(key) else { return nil }
    let record = head.modRevision <= revision ? head : old(of: key, at: revision)
    return record.flatMap { $0.isTombstone ? nil : $0 }
  }

  /// The last of a key's older records that is not after the revision.
  private func old(of key: UnsafeRawBufferPointer, at revision: Int64) -> Record? {
    guard let record = history.last(notAfter: (key, Revision(main: revision, sub: .max))) else { return nil }
    return record.withKey { compareBytes($0, key) } == 0 ? record : nil
  }

  private func currentCount(_ range: KeyRange) -> Int {
    let start = range.start.withUnsafeBytes { heads.liveCount(before: $0) }
    let end =
      switch range.end {
      case .single: start
      case .unbounded: heads.liveCount
      case .below(let end): end.withUnsafeBytes { heads.liveCount(before: $0) }
      }
    return max(end - start, 0)
  }

  /// Visits the newest records of a range's keys. The range is no single key.
  func visit(_ range: KeyRange, onlyLive: Bool, _ body: (Record) -> Bool) {
    range.start.withUnsafeBytes { start in
      guard case .below(let end) = range.end else { return heads.forEach(from: start, onlyLive: onlyLive, body) }
      end.withUnsafeBytes { end in
        heads.forEach(from: start, onlyLive: onlyLive) { record in
          record.withKey { compareBytes($0, end) } < 0 && body(record)
        }
      }
    }
  }
}
