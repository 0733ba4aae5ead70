import EtcdAPI
import MVCC

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension KeyValue {
  /// The message for a put's record. A tombstone's has the key and, as in a watch event, its revision.
  public init(_ record: Record, withValue: Bool = true) {
    self.init()
    key = record.withKey { Data($0) }
    createRevision = record.createRevision
    modRevision = record.modRevision
    version = record.version
    lease = record.lease
    if withValue && record.valueCount > 0 { value = record.withValue { Data($0) } }
  }
}

extension EtcdError {
  /// etcd's error for a revision that cannot be read, with what is known about it.
  init(_ error: RevisionError, wanted revision: Int64) {
    switch error {
    case .compacted(let oldest):
      self = .compacted.explained(
        cause: "history up to revision \(oldest) was compacted, and revision \(revision) is needed",
        remedy: "use a revision after \(oldest)")
    case .future(let current):
      self = .futureRevision.explained(
        cause: "the store is at revision \(current), and revision \(revision) has not happened yet",
        remedy: "use a revision up to \(current)")
    }
  }
}
