extension EtcdMethod {
  public enum Streaming: String, Sendable {
    case unary
    case server = "server_stream"
    case both = "bidi_stream"
  }

  /// What there is to know of a method besides what it does.
  public struct Description: Sendable {
    /// "/etcdserverpb.KV/Range"
    public var path: String
    public var streaming: Streaming
    /// Full names of the messages, for `MessageSchema`.
    public var request: String
    public var response: String
    /// Where the JSON gateway offers it, below `/v3`.
    public var gatewayPaths: [String]

    /// "etcdserverpb.KV"
    public var service: String { String(path.dropFirst().prefix { $0 != "/" }) }
    /// "Range"
    public var name: String { String(path[path.index(after: path.lastIndex(of: "/")!)...]) }
  }

  /// Every method; the gateway's paths are those of etcd's rpc.proto, v3lock.proto and v3election.proto.
  public static let table: [Description] = [
    method(range, "Range", at: "/kv/range"),
    Description(
      path: rangeStream, streaming: .server, request: "etcdserverpb.RangeRequest",
      response: "etcdserverpb.RangeStreamResponse", gatewayPaths: []),
    method(put, "Put", at: "/kv/put"),
    method(deleteRange, "DeleteRange", at: "/kv/deleterange"),
    method(txn, "Txn", at: "/kv/txn"),
    method(compact, "Compaction", at: "/kv/compaction"),
    method(watch, "Watch", .both, at: "/watch"),
    method(leaseGrant, "LeaseGrant", at: "/lease/grant"),
    method(leaseRevoke, "LeaseRevoke", at: "/lease/revoke", "/kv/lease/revoke"),
    method(leaseKeepAlive, "LeaseKeepAlive", .both, at: "/lease/keepalive"),
    method(leaseTimeToLive, "LeaseTimeToLive", at: "/lease/timetolive", "/kv/lease/timetolive"),
    method(leaseLeases, "LeaseLeases", at: "/lease/leases", "/kv/lease/leases"),
    method(memberAdd, "MemberAdd", at: "/cluster/member/add"),
    method(memberRemove, "MemberRemove", at: "/cluster/member/remove"),
    method(memberUpdate, "MemberUpdate", at: "/cluster/member/update"),
    method(memberList, "MemberList", at: "/cluster/member/list"),
    method(memberPromote, "MemberPromote", at: "/cluster/member/promote"),
    method(alarm, "Alarm", at: "/maintenance/alarm"),
    method(status, "Status", at: "/maintenance/status"),
    method(defragment, "Defragment", at: "/maintenance/defragment"),
    method(hash, "Hash", at: "/maintenance/hash"),
    // Since 3.6; before that its path was Hash's, which hid it.
    method(hashKV, "HashKV", at: "/maintenance/hashkv"),
    method(snapshot, "Snapshot", .server, at: "/maintenance/snapshot"),
    method(moveLeader, "MoveLeader", at: "/maintenance/transfer-leadership"),
    method(downgrade, "Downgrade", at: "/maintenance/downgrade"),
    method(authEnable, "AuthEnable", at: "/auth/enable"),
    method(authDisable, "AuthDisable", at: "/auth/disable"),
    method(authStatus, "AuthStatus", at: "/auth/status"),
    method(authenticate, "Authenticate", at: "/auth/authenticate"),
    method(userAdd, "AuthUserAdd", at: "/auth/user/add"),
    method(userGet, "AuthUserGet", at: "/auth/user/get"),
    method(userList, "AuthUserList", at: "/auth/user/list"),
    method(userDelete, "AuthUserDelete", at: "/auth/user/delete"),
    method(userChangePassword, "AuthUserChangePassword", at: "/auth/user/changepw"),
    method(userGrantRole, "AuthUserGrantRole", at: "/auth/user/grant"),
    method(userRevokeRole, "AuthUserRevokeRole", at: "/auth/user/revoke"),
    method(roleAdd, "AuthRoleAdd", at: "/auth/role/add"),
    method(roleGet, "AuthRoleGet", at: "/auth/role/get"),
    method(roleList, "AuthRoleList", at: "/auth/role/list"),
    method(roleDelete, "AuthRoleDelete", at: "/auth/role/delete"),
    method(roleGrantPermission, "AuthRoleGrantPermission", at: "/auth/role/grant"),
    method(roleRevokePermission, "AuthRoleRevokePermission", at: "/auth/role/revoke"),
    method(lock, "v3lockpb.Lock", at: "/lock/lock"),
    method(unlock, "v3lockpb.Unlock", at: "/lock/unlock"),
    method(campaign, "v3electionpb.Campaign", at: "/election/campaign"),
    method(proclaim, "v3electionpb.Proclaim", at: "/election/proclaim"),
    method(leader, "v3electionpb.Leader", at: "/election/leader"),
    method(observe, "v3electionpb.Leader", .server, at: "/election/observe"),
    method(resign, "v3electionpb.Resign", at: "/election/resign"),
  ]

  private static func method(
    _ path: String, _ messages: String, _ streaming: Streaming = .unary, at gatewayPaths: String...
  ) -> Description {
    let messages = messages.contains(".") ? messages : "etcdserverpb." + messages
    return Description(
      path: path, streaming: streaming, request: messages + "Request", response: messages + "Response",
      gatewayPaths: gatewayPaths)
  }
}
