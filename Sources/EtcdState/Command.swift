import EtcdAPI

/// One request as every replica applies it: what a log entry carries.
public enum Command: Sendable {
  case put(PutRequest)
  case deleteRange(DeleteRangeRequest)
  case txn(TxnRequest)
  case compaction(CompactionRequest)
  case leaseGrant(LeaseGrantRequest)
  case leaseRevoke(LeaseRevokeRequest)
  case leaseCheckpoint(LeaseCheckpointRequest)
  case alarm(AlarmRequest)
  case clusterVersion(MembershipClusterVersionSetRequest)
  case memberAttributes(MembershipClusterMemberAttrSetRequest)

  /// What a log entry's request asks; nil when that changes nothing, such as a read.
  ///
  /// - Throws: when it changes what this state does not keep: users, roles and downgrades.
  public static func of(_ request: InternalRaftRequest) throws(EtcdError) -> Command? {
    if request.hasPut { return .put(request.put) }
    if request.hasTxn { return .txn(request.txn) }
    if request.hasDeleteRange { return .deleteRange(request.deleteRange) }
    if request.hasCompaction { return .compaction(request.compaction) }
    if request.hasLeaseGrant { return .leaseGrant(request.leaseGrant) }
    if request.hasLeaseRevoke { return .leaseRevoke(request.leaseRevoke) }
    if request.hasLeaseCheckpoint { return .leaseCheckpoint(request.leaseCheckpoint) }
    if request.hasAlarm { return .alarm(request.alarm) }
    if request.hasClusterVersionSet { return .clusterVersion(request.clusterVersionSet) }
    if request.hasClusterMemberAttrSet { return .memberAttributes(request.clusterMemberAttrSet) }
    if request.changesUsers {
      throw EtcdError(
        .unimplemented, "the log changes users or roles, which this node does not keep",
        remedy: "serve the folder with etcd, or restore a snapshot of its keys into a new folder")
    }
    if request.hasDowngradeInfoSet && request.downgradeInfoSet.enabled {
      throw EtcdError(
        .unimplemented, "the log begins a downgrade of the cluster, which this node cannot follow",
        remedy: "finish or cancel the downgrade with etcd")
    }
    return nil
  }

  /// The request as a log entry carries it.
  /// - Parameter id: tells the request from every other; the header has it, as in etcd.
  public func request(id: UInt64, by caller: Caller) -> InternalRaftRequest {
    var request = InternalRaftRequest()
    request.header.id = id
    caller.fill(&request.header)
    switch self {
    case .put(let put): request.put = put
    case .deleteRange(let deleteRange): request.deleteRange = deleteRange
    case .txn(let txn): request.txn = txn
    case .compaction(let compaction): request.compaction = compaction
    case .leaseGrant(let grant): request.leaseGrant = grant
    case .leaseRevoke(let revoke): request.leaseRevoke = revoke
    case .leaseCheckpoint(let checkpoint): request.leaseCheckpoint = checkpoint
    case .alarm(let alarm): request.alarm = alarm
    case .clusterVersion(let version): request.clusterVersionSet = version
    case .memberAttributes(let attributes): request.clusterMemberAttrSet = attributes
    }
    return request
  }
}

/// What applying a command answers. Headers carry the revision only; who answers adds the rest.
public enum Reply: Sendable {
  case put(PutResponse)
  case deleteRange(DeleteRangeResponse)
  case txn(TxnResponse)
  case compaction(CompactionResponse)
  case leaseGrant(LeaseGrantResponse)
  case leaseRevoke(LeaseRevokeResponse)
  case alarm(AlarmResponse)
  /// Lease checkpoints and what the log says about members answer nobody.
  case none
}

extension InternalRaftRequest {
  fileprivate var changesUsers: Bool {
    hasAuthEnable || hasAuthDisable || hasAuthUserAdd || hasAuthUserDelete || hasAuthUserChangePassword
      || hasAuthUserGrantRole || hasAuthUserRevokeRole || hasAuthRoleAdd || hasAuthRoleDelete
      || hasAuthRoleGrantPermission || hasAuthRoleRevokePermission
  }
}
