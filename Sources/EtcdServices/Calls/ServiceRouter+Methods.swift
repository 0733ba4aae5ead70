import EtcdAPI
import EtcdServer

// The table of methods. What the node's functions check, they check in etcd's order; a call whose token is not valid is
// told so only if the request itself is right, as etcd does: `check` is what comes before.
extension ServiceRouter {
  static let keyMethods: [String: Method] = [
    EtcdMethod.range: unary(EtcdNode.range(_:by:then:)) { _, request throws(EtcdError) in try request.validate() },
    EtcdMethod.rangeStream: { RangeStreamCall($0, $1) },
    EtcdMethod.put: unary(EtcdNode.put(_:by:then:)) { _, request throws(EtcdError) in try request.validate() },
    EtcdMethod.deleteRange: unary(EtcdNode.deleteRange(_:by:then:)) { _, request throws(EtcdError) in
      try request.validate()
    },
    EtcdMethod.txn: unary(EtcdNode.txn(_:by:then:)) { node, request throws(EtcdError) in
      try request.validate(maxOperations: node.maxTxnOps)
    },
    EtcdMethod.compact: unary(EtcdNode.compact(_:by:then:)),
    EtcdMethod.watch: { WatchCall($0, $1) },
  ]

  static let leaseMethods: [String: Method] = [
    EtcdMethod.leaseGrant: unary(EtcdNode.leaseGrant(_:by:then:)),
    EtcdMethod.leaseRevoke: unary(EtcdNode.leaseRevoke(_:by:then:)),
    EtcdMethod.leaseKeepAlive: { KeepAliveCall($0, $1) },
    EtcdMethod.leaseTimeToLive: unary(EtcdNode.leaseTimeToLive(_:by:then:)),
    EtcdMethod.leaseLeases: unary(EtcdNode.leaseLeases(_:by:then:)),
  ]

  static let clusterMethods: [String: Method] = [
    EtcdMethod.memberAdd: unary(EtcdNode.memberAdd(_:by:then:)),
    EtcdMethod.memberRemove: unary(EtcdNode.memberRemove(_:by:then:)),
    EtcdMethod.memberUpdate: unary(EtcdNode.memberUpdate(_:by:then:)),
    EtcdMethod.memberList: unary(EtcdNode.memberList(_:by:then:)),
    EtcdMethod.memberPromote: unary(EtcdNode.memberPromote(_:by:then:)),
  ]

  static let maintenanceMethods: [String: Method] = [
    EtcdMethod.alarm: unary(EtcdNode.alarm(_:by:then:)),
    EtcdMethod.status: unary(EtcdNode.status(_:by:then:)),
    EtcdMethod.defragment: unary(EtcdNode.defragment(_:by:then:)),
    EtcdMethod.hash: unary(EtcdNode.hash(_:by:then:)),
    EtcdMethod.hashKV: unary(EtcdNode.hashKV(_:by:then:)),
    EtcdMethod.snapshot: { SnapshotCall($0, $1) },
    EtcdMethod.moveLeader: unary(EtcdNode.moveLeader(_:by:then:)),
    EtcdMethod.downgrade: unary(EtcdNode.downgrade(_:by:then:)),
  ]

  static let authMethods: [String: Method] = [
    // Whoever logs in need not be known, nor is a token that is no longer good any hindrance.
    EtcdMethod.authenticate: unary(EtcdNode.authenticate(_:by:then:), isForEveryone: true),
    EtcdMethod.authEnable: unary(EtcdNode.authEnable(_:by:then:)),
    EtcdMethod.authDisable: unary(EtcdNode.authDisable(_:by:then:)),
    EtcdMethod.authStatus: unary(EtcdNode.authStatus(_:by:then:)),
    EtcdMethod.userAdd: unary(EtcdNode.userAdd(_:by:then:)),
    EtcdMethod.userGet: unary(EtcdNode.userGet(_:by:then:)),
    EtcdMethod.userList: unary(EtcdNode.userList(_:by:then:)),
    EtcdMethod.userDelete: unary(EtcdNode.userDelete(_:by:then:)),
    EtcdMethod.userChangePassword: unary(EtcdNode.userChangePassword(_:by:then:)),
    EtcdMethod.userGrantRole: unary(EtcdNode.userGrantRole(_:by:then:)),
    EtcdMethod.userRevokeRole: unary(EtcdNode.userRevokeRole(_:by:then:)),
    EtcdMethod.roleAdd: unary(EtcdNode.roleAdd(_:by:then:)),
    EtcdMethod.roleGet: unary(EtcdNode.roleGet(_:by:then:)),
    EtcdMethod.roleList: unary(EtcdNode.roleList(_:by:then:)),
    EtcdMethod.roleDelete: unary(EtcdNode.roleDelete(_:by:then:)),
    EtcdMethod.roleGrantPermission: unary(EtcdNode.roleGrantPermission(_:by:then:)),
    EtcdMethod.roleRevokePermission: unary(EtcdNode.roleRevokePermission(_:by:then:)),
  ]

  static let otherMethods: [String: Method] = [
    HealthCall.checkPath: { HealthCall($1, isWatch: false) },
    HealthCall.watchPath: { HealthCall($1, isWatch: true) },
  ]
}
