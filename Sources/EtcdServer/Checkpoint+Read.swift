import AccessControl
import BoltFile
import DiskIO
import EtcdAPI
import EtcdState
import Leases
import MVCC

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Checkpoint {
  /// Reads a backend file: one of ours, or etcd's.
  init(_ file: any DiskFile) throws(EtcdError) {
    let message = "cannot read the checkpoint \(file.path)"
    let reader: BoltReader
    do throws(BoltError) { reader = try BoltReader(file) } catch { throw EtcdError(message, error) }
    do {
      try self.init(reader)
    } catch let error as EtcdError {
      throw error
    } catch let error as BoltError {
      throw EtcdError(message, error)
    } catch let error as Malformed {
      throw EtcdError(
        .dataLoss, message, cause: error.what, remedy: "restore it from a snapshot or a backup; nothing was changed")
    } catch {
      preconditionFailure("reading a checkpoint fails in one of three ways, not by \(error)")
    }
  }

  /// A pair that cannot be what etcd or we would have written.
  private struct Malformed: Error {
    var what: String

    init(_ bucket: Bucket, _ key: UnsafeRawBufferPointer) {
      let hexadecimal = key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      what = "in bucket \(bucket.rawValue) the pair with key \(hexadecimal) (hexadecimal) is not one of etcd's"
    }
  }

  private init(_ reader: BoltReader) throws {
    var position = LogPosition()
    var compacted: Int64 = -1
    var swept: Int64 = -1
    try reader.forEach(in: Bucket.meta.rawValue) { key, value in
      switch String(decoding: key, as: UTF8.self) {
      case MetaKey.consistentIndex: position.index = try Self.number(value, .meta, key)
      case MetaKey.term: position.term = try Self.number(value, .meta, key)
      case MetaKey.scheduledCompaction, MetaKey.finishedCompaction:
        guard value.count == 17 else { throw Malformed(.meta, key) }
        let revision = Int64(bitPattern: try Self.number(UnsafeRawBufferPointer(rebasing: value[..<8]), .meta, key))
        compacted = max(compacted, revision)
        if key.elementsEqual(MetaKey.finishedCompaction.utf8) { swept = revision }
      default: break
      }
    }
    var store = Store(compactedRevision: compacted, sweptRevision: swept)
    var last = Revision(main: 0, sub: 0)
    try reader.forEach(in: Bucket.key.rawValue) { key, value in
      guard let record = Record(encodedRevision: key, keyValue: value), record.revision > last else {
        throw Malformed(.key, key)
      }
      last = record.revision
      store.restore(record)
    }
    var leases = LeaseBook()
    try reader.forEach(in: Bucket.lease.rawValue) { key, value in
      guard let lease = try? StoredLease(serializedBytes: Array(value)), lease.id != 0 else {
        throw Malformed(.lease, key)
      }
      leases.restore(lease.id, terms: LeaseBook.Terms(timeToLive: lease.ttl, remaining: lease.remainingTtl))
    }
    var alarms = AlarmSet()
    try reader.forEach(in: Bucket.alarm.rawValue) { key, _ in
      guard let alarm = try? AlarmMember(serializedBytes: Array(key)) else { throw Malformed(.alarm, key) }
      alarms.raise(alarm)
    }
    self.init(
      state: ClusterState(
        store: store, leases: leases, alarms: alarms, membership: try Self.membership(reader),
        access: try Self.access(reader)),
      position: position)
  }

  private static func membership(_ reader: BoltReader) throws -> Membership {
    var members: [Member] = []
    try reader.forEach(in: Bucket.members.rawValue) { key, value in
      guard let member = try? StoredMember(json: Data(value)) else {
        throw Malformed(.members, key)
      }
      members.append(member.member)
    }
    var removed: [UInt64] = []
    try reader.forEach(in: Bucket.removedMembers.rawValue) { key, _ in
      guard let id = UInt64(String(decoding: key, as: UTF8.self), radix: 16) else {
        throw Malformed(.removedMembers, key)
      }
      removed.append(id)
    }
    var version = ""
    try reader.forEach(in: Bucket.cluster.rawValue) { key, value in
      if key.elementsEqual(clusterVersionKey.utf8) { version = String(decoding: value, as: UTF8.self) }
    }
    return Membership(members: members, removed: removed, clusterVersion: version)
  }

  private static func access(_ reader: BoltReader) throws -> AccessRules {
    var isEnabled = false
    var revision: UInt64 = 0
    try reader.forEach(in: Bucket.auth.rawValue) { key, value in
      switch String(decoding: key, as: UTF8.self) {
      case AuthKey.enabled: isEnabled = value.elementsEqual([1])
      case AuthKey.revision: revision = try Self.number(value, .auth, key)
      default: break
      }
    }
    var users: [AuthUser] = []
    try reader.forEach(in: Bucket.authUsers.rawValue) { key, value in
      guard let user = try? AuthUser(serializedBytes: Array(value)), user.name.elementsEqual(key) else {
        throw Malformed(.authUsers, key)
      }
      users.append(user)
    }
    var roles: [AuthRole] = []
    try reader.forEach(in: Bucket.authRoles.rawValue) { key, value in
      guard let role = try? AuthRole(serializedBytes: Array(value)), role.name.elementsEqual(key) else {
        throw Malformed(.authRoles, key)
      }
      roles.append(role)
    }
    return AccessRules(isEnabled: isEnabled, revision: revision, users: users, roles: roles)
  }

  private static func number(
    _ bytes: UnsafeRawBufferPointer, _ bucket: Bucket, _ key: UnsafeRawBufferPointer
  ) throws -> UInt64 {
    guard bytes.count == 8 else { throw Malformed(bucket, key) }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
