import AccessControl
import EtcdAPI
import Leases
import MVCC

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What every replica of a cluster computes from the same log: keys, leases, alarms, members, users.
///
///     command --apply--> reply (or etcd's error), and the changes that watches see
///
/// A persistent value without clock, chance or I/O: a copy is a snapshot, and equal logs make equal states.
public struct ClusterState: Sendable {
  public internal(set) var store = Store()
  public internal(set) var leases: LeaseBook
  public internal(set) var alarms = AlarmSet()
  public internal(set) var membership = Membership()
  public internal(set) var access = AccessRules()

  /// - Parameter minimumLeaseTimeToLive: seconds; etcd's default timing makes it 2.
  public init(minimumLeaseTimeToLive: Int64 = 2) {
    leases = LeaseBook(minimumTimeToLive: minimumLeaseTimeToLive)
  }

  /// A state rebuilt from a checkpoint.
  public init(store: Store, leases: LeaseBook, alarms: AlarmSet, membership: Membership, access: AccessRules) {
    self.store = store
    self.leases = leases
    self.alarms = alarms
    self.membership = membership
    self.access = access
  }

  /// Seconds; shorter grants are lengthened.
  public var minimumLeaseTimeToLive: Int64 {
    get { leases.minimumTimeToLive }
    set { leases.minimumTimeToLive = newValue }
  }

  /// Whether keys are still held that were compacted away.
  public var needsSweep: Bool { store.needsSweep }

  /// Removes some of what was compacted away, which changes no answer; see ``Store/sweep(visiting:)``.
  public mutating func sweep(visiting limit: Int) -> [Record] { store.sweep(visiting: limit) }

  /// The keys that hang on a lease, ascending.
  public func keys(of lease: Int64) -> [Data] { store.keys(of: lease).map { Data($0) } }

  /// The outcome of one command.
  public struct Outcome: Sendable {
    public var reply: Result<Reply, EtcdError>
    /// The key writes of the revision that the command made; empty if it made none.
    public var changes: [Change]
  }

  /// Applies one command on behalf of a caller. A command that fails changes nothing.
  public mutating func apply(_ command: Command, by caller: Caller) -> Outcome {
    let reply: Result<Reply, EtcdError>
    do throws(EtcdError) {
      reply = .success(try perform(command, by: caller))
    } catch {
      reply = .failure(error)
    }
    return Outcome(reply: reply, changes: store.commit())
  }

  private mutating func perform(_ command: Command, by caller: Caller) throws(EtcdError) -> Reply {
    try checkAlarms(against: command)
    try checkPermission(for: command, of: caller)
    switch command {
    case .put(let request): return .put(try put(request, checkingLease: true))
    case .deleteRange(let request): return .deleteRange(deleteRange(request))
    case .txn(let request): return .txn(try txn(request))
    case .compaction(let request): return .compaction(try compact(request))
    case .leaseGrant(let request): return .leaseGrant(try grant(request))
    case .leaseRevoke(let request): return .leaseRevoke(try revoke(request))
    case .leaseCheckpoint(let request):
      for checkpoint in request.checkpoints { leases.checkpoint(checkpoint.id, remaining: checkpoint.remainingTtl) }
      return .none
    case .alarm(let request): return .alarm(alarm(request))
    case .clusterVersion(let request):
      membership.clusterVersion = request.ver
      return .none
    case .memberAttributes(let request):
      membership.setAttributes(
        of: request.memberID, name: request.memberAttributes.name, clientURLs: request.memberAttributes.clientUrls)
      return .none
    case .authenticate(let request): return .authenticate(try authenticate(request))
    case .authEnable, .authDisable, .userAdd, .userDelete, .userChangePassword, .userGrantRole,
      .userRevokeRole, .roleAdd, .roleDelete, .roleGrantPermission, .roleRevokePermission:
      try changeAccess(command)
      return .acknowledged
    }
  }
}
