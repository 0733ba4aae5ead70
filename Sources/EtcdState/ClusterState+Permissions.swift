import AccessControl
import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

// Who may do what, in etcd's order (server/etcdserver/apply_auth.go and v3_server.go of its 3.5 series):
//
//     before the log    who must be known or an administrator, ``admit(_:by:)``
//     while applying    keys, and changes of users and roles: every replica decides alike
//     while reading     keys

extension ClusterState {
  // MARK: Before the log

  /// Refuses what is refused before it is proposed. etcd applies it whoever asked, so a log must not hold it.
  public func admit(_ command: Command, by caller: Caller) throws(EtcdError) {
    switch command {
    case .leaseGrant, .leaseRevoke: try checkIdentified(caller)
    case .alarm(let request):
      if request.action == .get { try checkIdentified(caller) } else { try checkAdministrator(caller) }
    default: break
    }
  }

  /// Whoever calls must say who they are: for lists of members, alarms and leases, and the node's status.
  public func checkIdentified(_ caller: Caller) throws(EtcdError) {
    if access.isEnabled && caller == .anonymous { throw .userEmpty }
  }

  /// For what concerns the cluster, users or roles.
  public func checkAdministrator(_ caller: Caller) throws(EtcdError) {
    switch caller {
    case .root: break
    case .anonymous, .user: try access.checkAdministrator(caller.name)
    }
  }

  /// For defragmentation, hashes and snapshots. etcd forgets to translate these refusals.
  public func checkMaintenance(_ caller: Caller) throws(EtcdError) {
    do throws(EtcdError) {
      try checkAdministrator(caller)
    } catch {
      switch error {
      case .userEmpty: throw EtcdError(.unknown, "auth: user name is empty")
      case .userNotFound: throw EtcdError(.unknown, "auth: user not found")
      default: throw EtcdError(.unknown, "auth: permission denied")
      }
    }
  }

  // MARK: Reading

  /// A range read by a caller who may read it.
  public func range(_ request: RangeRequest, by caller: Caller) throws(EtcdError) -> RangeResponse {
    try check(.read, request.key, request.rangeEnd, of: caller)
    try checkRevision(of: caller)
    return try range(request)
  }

  /// Answers a transaction that only reads, without touching the state.
  public func readOnlyTxn(_ request: TxnRequest, by caller: Caller) throws(EtcdError) -> TxnResponse {
    try check(request, of: caller)
    try checkRevision(of: caller)
    return try readOnlyTxn(request)
  }

  /// Whether a caller may watch a range: they must be able to read it. What is permitted later is not asked again.
  public func checkRead(_ request: WatchCreateRequest, by caller: Caller) throws(EtcdError) {
    // etcd reads an absent key as the smallest there is.
    try check(.read, request.key.isEmpty ? Data([0]) : request.key, request.rangeEnd, of: caller)
  }

  /// Renewing a lease keeps its keys, so they must be writable.
  public func checkLeaseRenewal(_ id: Int64, by caller: Caller) throws(EtcdError) {
    try checkIdentified(caller)
    try checkKeys(ofLease: id, .write, by: caller)
  }

  public func checkTimeToLive(_ request: LeaseTimeToLiveRequest, by caller: Caller) throws(EtcdError) {
    try checkIdentified(caller)
    if request.keys { try checkKeys(ofLease: request.id, .read, by: caller) }
  }

  /// The list of leases is for those who may read all that hangs on them.
  public func checkLeaseList(by caller: Caller) throws(EtcdError) {
    try checkIdentified(caller)
    for id in leases.ids { try checkKeys(ofLease: id, .read, by: caller) }
  }

  // MARK: Applying

  func checkPermission(for command: Command, of caller: Caller) throws(EtcdError) {
    if !access.isEnabled || caller == .root { return }
    switch command {
    case .put(let request): try check(request, of: caller)
    case .deleteRange(let request):
      try check(.write, request.key, request.rangeEnd, of: caller)
      if request.prevKv { try check(.read, request.key, request.rangeEnd, of: caller) }
    case .txn(let request): try check(request, of: caller)
    case .leaseRevoke(let request): try checkKeys(ofLease: request.id, .write, by: caller)
    case .authEnable, .authDisable, .userAdd, .userDelete, .userChangePassword, .userGrantRole, .userRevokeRole,
      .roleAdd, .roleDelete, .roleGrantPermission, .roleRevokePermission:
      try checkAdministrator(caller)
    case .compaction, .leaseGrant, .leaseCheckpoint, .alarm, .clusterVersion, .memberAttributes, .authenticate: break
    }
  }

  private func check(_ request: PutRequest, of caller: Caller) throws(EtcdError) {
    try check(.write, request.key, of: caller)
    // Who cannot write all keys of a lease cannot revoke it, and so may not tie a key to it either.
    try checkKeys(ofLease: request.lease, .write, by: caller)
    if request.prevKv { try check(.read, request.key, of: caller) }
  }

  /// A transaction may do what all its operations may, in whichever branch.
  private func check(_ request: TxnRequest, of caller: Caller) throws(EtcdError) {
    if !access.isEnabled { return }
    for compare in request.compare { try check(.read, compare.key, compare.rangeEnd, of: caller) }
    for operation in request.success + request.failure {
      switch operation.request {
      case .requestRange(let range): try check(.read, range.key, range.rangeEnd, of: caller)
      case .requestPut(let put): try check(put, of: caller)
      case .requestDeleteRange(let delete):
        if delete.prevKv { try check(.read, delete.key, delete.rangeEnd, of: caller) }
        try check(.write, delete.key, delete.rangeEnd, of: caller)
      case .requestTxn(let nested): try check(nested, of: caller)
      case nil: break
      }
    }
  }

  // MARK: Parts

  private func check(
    _ right: AccessRules.Right, _ key: Data, _ rangeEnd: Data = Data(), of caller: Caller
  ) throws(EtcdError) {
    if !access.isEnabled { return }
    switch caller {
    case .root: break
    case .anonymous: throw .userEmpty
    case .user(let name, let revision):
      try access.check(right, key: key, rangeEnd: rangeEnd, of: name, authRevision: revision)
    }
  }

  private func checkKeys(ofLease id: Int64, _ right: AccessRules.Right, by caller: Caller) throws(EtcdError) {
    if !access.isEnabled || id == 0 { return }
    // An administrator may, also with a token of an old revision.
    if (try? checkAdministrator(caller)) != nil { return }
    for key in store.keys(of: id) { try check(right, Data(key), of: caller) }
  }

  /// A token of a revision that has not been reached here must not read either.
  private func checkRevision(of caller: Caller) throws(EtcdError) {
    if case .user(_, let revision) = caller, access.isEnabled, revision != access.revision { throw .authOldRevision }
  }
}
