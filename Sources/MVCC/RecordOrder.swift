/// An order in which a ``RecordTree`` keeps its records, with the position one seeks by.
protocol RecordOrder {
  associatedtype Position
  /// Negative, zero or positive as the record is before, at or after the position.
  static func compare(_ record: Record, _ position: Position) -> Int
}

/// One record for each key: the key's newest.
enum ByKey: RecordOrder {
  @inline(__always)
  static func compare(_ record: Record, _ position: UnsafeRawBufferPointer) -> Int {
    record.withKey { compareBytes($0, position) }
  }
}

/// A key's revisions side by side, oldest first.
enum ByKeyThenRevision: RecordOrder {
  @inline(__always)
  static func compare(_ record: Record, _ position: (key: UnsafeRawBufferPointer, revision: Revision)) -> Int {
    let order = record.withKey { compareBytes($0, position.key) }
    return order != 0 ? order : ByRevision.compare(record, position.revision)
  }
}

/// History as it happened; also the order of the backend file.
enum ByRevision: RecordOrder {
  @inline(__always)
  static func compare(_ record: Record, _ position: Revision) -> Int {
    let revision = record.revision
    return revision < position ? -1 : revision == position ? 0 : 1
  }
}

/// The keys of one lease side by side, in the order in which revoking deletes them.
enum ByLeaseThenKey: RecordOrder {
  @inline(__always)
  static func compare(_ record: Record, _ position: (lease: Int64, key: UnsafeRawBufferPointer)) -> Int {
    let lease = record.lease
    if lease != position.lease { return lease < position.lease ? -1 : 1 }
    return record.withKey { compareBytes($0, position.key) }
  }
}
