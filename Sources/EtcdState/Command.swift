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

  case authEnable
  case authDisable
  /// A login whose password has been found right.
  case authenticate(InternalAuthenticateRequest)
  /// The password is a hash already; see ``hashingPassword(_:)``.
  case userAdd(AuthUserAddRequest)
  case userDelete(AuthUserDeleteRequest)
  /// The password is a hash already.
  case userChangePassword(AuthUserChangePasswordRequest)
  case userGrantRole(AuthUserGrantRoleRequest)
  case userRevokeRole(AuthUserRevokeRoleRequest)
  case roleAdd(AuthRoleAddRequest)
  case roleDelete(AuthRoleDeleteRequest)
  case roleGrantPermission(AuthRoleGrantPermissionRequest)
  case roleRevokePermission(AuthRoleRevokePermissionRequest)

  /// What a log entry's request asks; nil when that changes nothing, such as a read.
  ///
  /// - Throws: when it begins a downgrade, which this state cannot follow.
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
    if let command = accessCommand(request) { return command }
    if request.hasDowngradeInfoSet && request.downgradeInfoSet.enabled {
      throw EtcdError(
        .unimplemented, "the log begins a downgrade of the cluster, which this node cannot follow",
        remedy: "finish or cancel the downgrade with etcd")
    }
    return nil
  }

  private static func accessCommand(_ request: InternalRaftRequest) -> Command? {
    if request.hasAuthenticate { return .authenticate(request.authenticate) }
    if request.hasAuthEnable { return .authEnable }
    if request.hasAuthDisable { return .authDisable }
    if request.hasAuthUserAdd { return .userAdd(request.authUserAdd) }
    if request.hasAuthUserDelete { return .userDelete(request.authUserDelete) }
    if request.hasAuthUserChangePassword { return .userChangePassword(request.authUserChangePassword) }
    if request.hasAuthUserGrantRole { return .userGrantRole(request.authUserGrantRole) }
    if request.hasAuthUserRevokeRole { return .userRevokeRole(request.authUserRevokeRole) }
    if request.hasAuthRoleAdd { return .roleAdd(request.authRoleAdd) }
    if request.hasAuthRoleDelete { return .roleDelete(request.authRoleDelete) }
    if request.hasAuthRoleGrantPermission { return .roleGrantPermission(request.authRoleGrantPermission) }
    if request.hasAuthRoleRevokePermission { return .roleRevokePermission(request.authRoleRevokePermission) }
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
    case .authEnable: request.authEnable = AuthEnableRequest()
    case .authDisable: request.authDisable = AuthDisableRequest()
    case .authenticate(let login): request.authenticate = login
    case .userAdd(let user): request.authUserAdd = user
    case .userDelete(let user): request.authUserDelete = user
    case .userChangePassword(let change): request.authUserChangePassword = change
    case .userGrantRole(let grant): request.authUserGrantRole = grant
    case .userRevokeRole(let revocation): request.authUserRevokeRole = revocation
    case .roleAdd(let role): request.authRoleAdd = role
    case .roleDelete(let role): request.authRoleDelete = role
    case .roleGrantPermission(let grant): request.authRoleGrantPermission = grant
    case .roleRevokePermission(let revocation): request.authRoleRevokePermission = revocation
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
  /// The token is as the request has it; whoever keeps tokens completes it.
  case authenticate(AuthenticateResponse)
  /// Changes of users and roles answer nothing but a header.
  case acknowledged
  /// Lease checkpoints and what the log says about members answer nobody.
  case none
}
