import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `-w simple`: etcdctl's plain lines, a key on one and its value on the next.
struct SimpleForm {
  var hex = false

  func write(_ reply: Reply, to out: inout ByteWriter) {
    switch reply {
    case .range(let response, let valueOnly):
      for kv in response.kvs { pair(kv, valueOnly: valueOnly, to: &out) }
    case .put(let response): put(response, to: &out)
    case .deleteRange(let response): deleteRange(response, to: &out)
    case .txn(let response): txn(response, to: &out)
    case .watch(let response):
      for event in response.events {
        out.line(event.type.name)
        if event.hasPrevKv { pair(event.prevKv, to: &out) }
        pair(event.kv, to: &out)
      }

    case .leaseGrant(let response):
      out.line("lease \(leaseText(response.id)) granted with TTL(\(response.ttl)s)")
    case .leaseRevoke(let id, _): out.line("lease \(leaseText(id)) revoked")
    case .leaseKeepAlive(let response):
      out.line("lease \(leaseText(response.id)) keepalived with TTL(\(response.ttl))")
    case .leaseTimeToLive(let response, let keys): timeToLive(response, keys: keys, to: &out)
    case .leaseLeases(let response):
      out.line("found \(response.leases.count) leases")
      for lease in response.leases { out.line(leaseText(lease.id)) }

    case .memberAdd(let response):
      let cluster = paddedMemberText(response.header.clusterID)
      out.line("Member \(paddedMemberText(response.member.id)) added to cluster \(cluster)")
    case .memberRemove(let id, let response):
      out.line("Member \(paddedMemberText(id)) removed from cluster \(paddedMemberText(response.header.clusterID))")
    case .memberUpdate(let id, let response):
      out.line("Member \(paddedMemberText(id)) updated in cluster \(paddedMemberText(response.header.clusterID))")
    case .memberPromote(let id, let response):
      out.line("Member \(paddedMemberText(id)) promoted in cluster \(paddedMemberText(response.header.clusterID))")

    case .endpointHealth(let endpoints):
      // Those that are not healthy are told on standard error, by the command.
      for health in endpoints where health.isHealthy {
        let took = durationText(health.took)
        out.line("\(health.endpoint) is healthy: successfully committed proposal: took = \(took)")
      }
    case .memberList, .endpointStatus, .endpointHashKV:
      for row in ReplyTable(reply)?.rows ?? [] { out.line(row.joined(separator: ", ")) }

    case .authStatus(let response):
      out.line("Authentication Status: \(response.enabled)\nAuthRevision: \(response.authRevision)")
    case .userGet(let name, let response):
      out.line("User: \(name)\nRoles:" + response.roles.map { " " + $0 }.joined())
    case .userList(let response): for user in response.users { out.line(user) }
    case .roleGet(let name, let response): RolePage(name: name, permissions: response.perm).write(to: &out)
    case .roleList(let response): for role in response.roles { out.line(role) }
    case .accessChange(let sentence, _): out.line(sentence)

    case .alarm(let response):
      for alarm in response.alarms { out.line("memberID:\(alarm.memberID) alarm:\(alarm.alarm.name) ") }
    case .moveLeader(let from, let to, _):
      out.line("Leadership transferred from \(memberText(from)) to \(memberText(to))")
    case .snapshotStatus:
      for row in ReplyTable(reply)?.rows ?? [] { out.line(row.joined(separator: ", ")) }
    }
  }

  private func pair(_ kv: KeyValue, valueOnly: Bool = false, to out: inout ByteWriter) {
    for part in valueOnly ? [kv.value] : [kv.key, kv.value] {
      if hex {
        out.hexEscaped(part)
        out.newline()
      } else {
        out.line(part)
      }
    }
  }

  private func put(_ response: PutResponse, to out: inout ByteWriter) {
    out.line("OK")
    if response.hasPrevKv { pair(response.prevKv, to: &out) }
  }

  private func deleteRange(_ response: DeleteRangeResponse, to out: inout ByteWriter) {
    out.line("\(response.deleted)")
    for kv in response.prevKvs { pair(kv, to: &out) }
  }

  private func txn(_ response: TxnResponse, to out: inout ByteWriter) {
    out.line(response.succeeded ? "SUCCESS" : "FAILURE")
    for operation in response.responses {
      out.newline()
      switch operation.response {
      case .responseRange(let range): for kv in range.kvs { pair(kv, to: &out) }
      case .responsePut(let response): put(response, to: &out)
      case .responseDeleteRange(let response): deleteRange(response, to: &out)
      case .responseTxn(let response): txn(response, to: &out)
      case nil: break
      }
    }
  }

  private func timeToLive(_ response: LeaseTimeToLiveResponse, keys: Bool, to out: inout ByteWriter) {
    let lease = leaseText(response.id)
    if response.grantedTtl == 0, response.ttl == -1 { return out.line("lease \(lease) already expired") }
    out.text("lease \(lease) granted with TTL(\(response.grantedTtl)s), remaining(\(response.ttl)s)")
    if keys {
      out.text(", attached keys([")
      for (index, key) in response.keys.enumerated() {
        if index > 0 { out.text(" ") }
        out.raw(key)
      }
      out.text("])")
    }
    out.newline()
  }
}

extension Event.EventType {
  /// etcd's name of it.
  var name: String {
    switch self {
    case .put: "PUT"
    case .delete: "DELETE"
    case .UNRECOGNIZED(let number): "\(number)"
    }
  }
}

extension AuthPermission.TypeEnum {
  /// etcd's name of it.
  var name: String {
    switch self {
    case .read: "READ"
    case .write: "WRITE"
    case .readwrite: "READWRITE"
    case .UNRECOGNIZED(let number): "\(number)"
    }
  }
}

extension AlarmType {
  /// etcd's name of it.
  var name: String {
    switch self {
    case .none: "NONE"
    case .nospace: "NOSPACE"
    case .corrupt: "CORRUPT"
    case .UNRECOGNIZED(let number): "\(number)"
    }
  }
}
