import BoltFile
import DiskIO
import EtcdAPI
import EtcdState
import Leases
import MVCC
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The state after some entry, as the backend file keeps it: etcd's buckets (server/mvcc, server/lease,
/// server/etcdserver, api/membership).
///
///     key              main _ sub [t]      -> mvccpb.KeyValue          ascending by revision
///     lease            ID, big-endian      -> leasepb.Lease
///     alarm            AlarmMember         -> nothing
///     members          ID in hexadecimal   -> JSON
///     members_removed  ID in hexadecimal   -> "removed"
///     cluster          clusterVersion      -> "3.5.0"
///     meta             consistent_index, term, confState, scheduledCompactRev, finishedCompactRev
///     auth             authEnabled         -> 1; not there when users are not asked who they are
///                      authRevision        -> big-endian
///     authUsers        name                -> authpb.User
///     authRoles        name                -> authpb.Role
public struct Checkpoint: Sendable {
  public var state: ClusterState
  /// The last entry that the state has applied.
  public var position: LogPosition

  public init(state: ClusterState, position: LogPosition) {
    self.state = state
    self.position = position
  }

  /// Bytes of the file while it has no keys: a page for each bucket and a few for the file itself.
  static let emptySize = 4096 * 16

  enum Bucket: String, CaseIterable {
    case alarm, auth, authRoles, authUsers, cluster, key, lease, members
    case removedMembers = "members_removed"
    case meta
  }

  /// Keys of the `meta` bucket.
  enum MetaKey {
    static let consistentIndex = "consistent_index"
    static let term = "term"
    static let confState = "confState"
    static let scheduledCompaction = "scheduledCompactRev"
    static let finishedCompaction = "finishedCompactRev"
  }

  /// Keys of the `auth` bucket.
  enum AuthKey {
    static let enabled = "authEnabled"
    static let revision = "authRevision"
  }

  static let clusterVersionKey = "clusterVersion"

  /// Writes the backend file, and syncs it.
  /// - Parameter file: empty.
  /// - Returns: the file's size.
  func write(to file: any DiskFile) throws(BoltError) -> Int {
    var writer = BoltWriter(file)
    for bucket in Bucket.allCases {
      try writer.beginBucket(bucket.rawValue)
      switch bucket {
      case .auth:
        if state.access.isEnabled { try writer.add(Array(AuthKey.enabled.utf8), [1]) }
        try writer.add(Array(AuthKey.revision.utf8), bigEndian(state.access.revision))
      case .authRoles: for role in state.access.roles { try writer.add(Array(role.name), serialized(role)) }
      case .authUsers: for user in state.access.users { try writer.add(Array(user.name), serialized(user)) }
      case .alarm:
        for alarm in alarmKeys { try writer.add(alarm, []) }
      case .cluster:
        let version = state.membership.clusterVersion
        if !version.isEmpty { try writer.add(Array(Self.clusterVersionKey.utf8), Array(version.utf8)) }
      case .key: try writeRecords(to: &writer)
      case .lease: try writeLeases(to: &writer)
      case .members:
        for (key, member) in sortedByKey(state.membership.members, { StoredMember.key(of: $0.id) }) {
          try writer.add(Array(key.utf8), Array(StoredMember(member).json))
        }
      case .removedMembers:
        for (key, _) in sortedByKey(state.membership.removed, { StoredMember.key(of: $0) }) {
          try writer.add(Array(key.utf8), Array("removed".utf8))
        }
      case .meta:
        for (key, value) in sortedByKey(meta, { $0.key }) { try writer.add(Array(key.utf8), value.value) }
      }
    }
    return try writer.finish()
  }

  private func writeRecords(to writer: inout BoltWriter) throws(BoltError) {
    var key: [UInt8] = []
    var value: [UInt8] = []
    var failure: BoltError?
    state.store.forEachRecord { record in
      key.removeAll(keepingCapacity: true)
      value.removeAll(keepingCapacity: true)
      record.encodeRevision(into: &key)
      record.encodeKeyValue(into: &value)
      do throws(BoltError) { try writer.add(key, value) } catch { failure = error }
      return failure == nil
    }
    if let failure { throw failure }
  }

  private func writeLeases(to writer: inout BoltWriter) throws(BoltError) {
    for id in state.leases.ids.sorted(by: { UInt64(bitPattern: $0) < UInt64(bitPattern: $1) }) {
      guard let terms = state.leases[id] else { continue }
      var lease = StoredLease()
      lease.id = id
      lease.ttl = terms.timeToLive
      lease.remainingTtl = terms.remaining
      try writer.add(bigEndian(UInt64(bitPattern: id)), serialized(lease))
    }
  }

  private var alarmKeys: [[UInt8]] {
    state.alarms.alarms.map { serialized($0) }.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private var meta: [(key: String, value: [UInt8])] {
    var meta = [
      (MetaKey.consistentIndex, bigEndian(position.index)),
      (MetaKey.term, bigEndian(position.term)),
      (MetaKey.confState, json(BackendConfState(state.membership.confState))),
    ]
    // When they differ, whoever reads the file has to finish the compaction.
    for (key, compaction) in [
      (MetaKey.scheduledCompaction, state.store.compactedRevision),
      (MetaKey.finishedCompaction, state.store.sweptRevision),
    ] where compaction > 0 {
      meta.append((key, bigEndian(UInt64(compaction)) + [UInt8(ascii: "_")] + bigEndian(0)))
    }
    return meta
  }

  private func sortedByKey<Value>(_ values: [Value], _ key: (Value) -> String) -> [(String, Value)] {
    values.map { (key($0), $0) }.sorted { $0.0 < $1.0 }
  }
}

/// A message's bytes. Messages built here always have them.
func serialized(_ message: some Message) -> [UInt8] {
  guard let bytes: [UInt8] = try? message.serializedBytes() else { preconditionFailure("\(message) has no bytes") }
  return bytes
}

func bigEndian(_ number: UInt64) -> [UInt8] {
  withUnsafeBytes(of: number.bigEndian) { Array($0) }
}
