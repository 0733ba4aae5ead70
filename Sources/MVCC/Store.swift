/// Every revision of every key since the last compaction: a persistent value.
///
///     key \ revision   1     2     3     4     5     6
///     a                      put                     put      created 2, versions 1 and 2
///     b                            put   del   put            two lives: created 3, and created 5
///
///     heads       a@6  b@5                     the newest record of each key: reads at the current revision
///     history     a@2  b@3  b@4†               older records, and all tombstones: reads of the past, and exactly
///                                              what compaction has to look at
///     log         2 3 4† 5 6                   by revision: watches, hashes, checkpoints
///     leased      (lease, key)                 heads that hang on a lease
///
/// All four hold references to the same records. A copy of the store is O(1) and never changes; a write afterwards
/// copies a path of nodes. There is no clock, disk or network here.
///
/// Writes gather in a transaction that ``commit()`` ends: until then they are visible to reads of this value, as one
/// main revision whose number is the next.
public struct Store: Sendable {
  var heads = RecordTree<ByKey>()
  var history = RecordTree<ByKeyThenRevision>()
  var log = RecordTree<ByRevision>()
  var leased = RecordTree<ByLeaseThenKey>()

  /// The revision of the last committed transaction. An empty store is at 1, as etcd's is.
  public internal(set) var revision: Int64 = 1
  /// History up to here was compacted; -1 before the first compaction, as in etcd.
  public internal(set) var compactedRevision: Int64 = -1
  /// The compaction of which nothing is held any more; ``compactedRevision`` unless a sweep is under way.
  public internal(set) var sweptRevision: Int64 = -1
  var sweepPosition = SweepPosition()
  /// Writes of the open transaction.
  public internal(set) var changes: [Change] = []
  /// Bytes that all records held take in a backend file; see ``Record/fileByteCount``.
  public internal(set) var byteCount = 0

  public init() {}

  /// The revision that reads see: the open transaction's if it has written, else the last committed one.
  public var readRevision: Int64 { changes.isEmpty ? revision : revision + 1 }
  /// Keys that exist now.
  public var keyCount: Int { heads.liveCount }
  /// Records held, tombstones included.
  public var recordCount: Int { log.count }
}

/// One write: what it made, and the value it replaced or deleted.
public struct Change: Sendable {
  public let record: Record
  /// The record that was current before this write; nil if the key did not exist.
  public let previous: Record?
}

/// Why a revision cannot be read.
public enum RevisionError: Error, Equatable, Sendable {
  /// History at the revision is gone; `oldest` is the oldest that can be read.
  case compacted(oldest: Int64)
  /// The revision has not happened yet; `current` is the newest.
  case future(current: Int64)
}
