import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `-w ndjson`: one JSON object on a line for each key, event, member, endpoint, lease or alarm, for `jq` and friends.
///
/// Unlike etcd's JSON it can be read as it is: keys and values are strings (`key_base64`, `value_base64` when they are
/// no UTF-8), and IDs are strings in hexadecimal, since many readers of JSON lose digits of a 64-bit number.
///
///     {"key":"/a","value":"1","create_revision":2,"mod_revision":7,"version":3}
///     {"type":"DELETE","key":"/a","mod_revision":8}
struct NDJSONForm {
  func write(_ reply: Reply, to out: inout ByteWriter) {
    switch reply {
    case .range(let response, _): for kv in response.kvs { line(to: &out) { $0.pair(kv) } }
    case .put(let response): line(to: &out) { $0.put(response) }
    case .deleteRange(let response): line(to: &out) { $0.deleteRange(response) }
    case .txn(let response): line(to: &out) { $0.txn(response) }
    case .watch(let response):
      for event in response.events {
        line(to: &out) { json in
          json.string("type", event.type.name)
          json.pair(event.kv)
          if event.hasPrevKv { json.object("prev") { $0.pair(event.prevKv) } }
        }
      }

    case .leaseGrant(let response): line(to: &out) { $0.lease(response.id, ttl: response.ttl) }
    case .leaseRevoke(let id, _): line(to: &out) { $0.lease(id) }
    case .leaseKeepAlive(let response): line(to: &out) { $0.lease(response.id, ttl: response.ttl) }
    case .leaseTimeToLive(let response, let keys):
      line(to: &out) { json in
        json.lease(response.id, ttl: response.ttl)
        json.number("granted_ttl", response.grantedTtl)
        if keys { json.array("keys", response.keys) { key, json in json.text("key", key) } }
      }
    case .leaseLeases(let response): for lease in response.leases { line(to: &out) { $0.lease(lease.id) } }

    case .memberList(let response, let leader):
      for member in response.members {
        line(to: &out) { json in
          json.member(member)
          if leader != 0 { json.bool("leader", member.id == leader) }
        }
      }
    case .memberAdd(let response): line(to: &out) { $0.member(response.member) }
    case .memberRemove(let id, _), .memberPromote(let id, _): line(to: &out) { $0.string("id", memberText(id)) }
    case .memberUpdate(let id, let response):
      for member in response.members where member.id == id { line(to: &out) { $0.member(member) } }

    case .endpointHealth(let endpoints):
      for health in endpoints {
        line(to: &out) { json in
          json.string("endpoint", health.endpoint)
          json.bool("healthy", health.isHealthy)
          json.string("took", durationText(health.took))
          if let error = health.error { json.string("error", error) }
        }
      }
    case .endpointStatus(let endpoints):
      for entry in endpoints {
        line(to: &out) { json in
          json.string("endpoint", entry.endpoint)
          json.status(entry.status)
        }
      }
    case .endpointHashKV(let endpoints):
      for entry in endpoints {
        line(to: &out) { json in
          json.string("endpoint", entry.endpoint)
          json.number("hash", Int64(entry.hash.hash))
          json.number("revision", entry.hash.header.revision)
          json.number("compact_revision", entry.hash.compactRevision)
        }
      }

    case .authStatus(let response):
      line(to: &out) { json in
        json.bool("enabled", response.enabled)
        json.literal("auth_revision", "\(response.authRevision)")
      }
    case .userGet(let name, let response):
      line(to: &out) { json in
        json.string("user", name)
        json.strings("roles", response.roles)
      }
    case .userList(let response): for user in response.users { line(to: &out) { $0.string("user", user) } }
    case .roleGet(let name, let response):
      for permission in response.perm {
        line(to: &out) { json in
          json.string("role", name)
          json.string("permission", permission.permType.name)
          json.text("key", permission.key)
          if !permission.rangeEnd.isEmpty { json.text("range_end", permission.rangeEnd) }
        }
      }
    case .roleList(let response): for role in response.roles { line(to: &out) { $0.string("role", role) } }
    case .accessChange(let sentence, _): line(to: &out) { $0.string("done", sentence) }

    case .alarm(let response):
      for alarm in response.alarms {
        line(to: &out) { json in
          json.string("member", memberText(alarm.memberID))
          json.string("alarm", alarm.alarm.name)
        }
      }
    case .moveLeader(let from, let to, _):
      line(to: &out) { json in
        json.string("from", memberText(from))
        json.string("to", memberText(to))
      }
    case .snapshotStatus: JSONForm().write(reply, to: &out)
    }
  }

  private func line(to out: inout ByteWriter, _ body: (inout JSONObject) -> Void) {
    out.json(body)
    out.newline()
  }
}

extension JSONObject {
  /// A string where the bytes are UTF-8, base64 under another name where they are not.
  fileprivate mutating func text(_ name: String, _ data: Data) {
    if let string = String(validating: data, as: UTF8.self) {
      self.string(name, string)
    } else {
      bytes("\(name)_base64", data)
    }
  }

  fileprivate mutating func pair(_ kv: KeyValue) {
    text("key", kv.key)
    // A deletion has neither value nor versions.
    if kv.version != 0 {
      text("value", kv.value)
      number("create_revision", kv.createRevision)
    }
    number("mod_revision", kv.modRevision)
    nonzero("version", kv.version)
    if kv.lease != 0 { string("lease", leaseText(kv.lease)) }
  }

  fileprivate mutating func put(_ response: PutResponse) {
    number("revision", response.header.revision)
    if response.hasPrevKv { object("prev") { $0.pair(response.prevKv) } }
  }

  fileprivate mutating func deleteRange(_ response: DeleteRangeResponse) {
    number("deleted", response.deleted)
    number("revision", response.header.revision)
    if !response.prevKvs.isEmpty { array("prev", response.prevKvs) { kv, json in json.pair(kv) } }
  }

  fileprivate mutating func txn(_ response: TxnResponse) {
    bool("succeeded", response.succeeded)
    number("revision", response.header.revision)
    array("responses", response.responses) { operation, json in
      switch operation.response {
      case .responseRange(let response):
        json.object("get") { json in
          json.number("count", response.count)
          json.array("kvs", response.kvs) { kv, json in json.pair(kv) }
        }
      case .responsePut(let response): json.object("put") { $0.put(response) }
      case .responseDeleteRange(let response): json.object("del") { $0.deleteRange(response) }
      case .responseTxn(let response): json.object("txn") { $0.txn(response) }
      case nil: break
      }
    }
  }

  fileprivate mutating func lease(_ id: Int64, ttl: Int64? = nil) {
    string("lease", leaseText(id))
    if let ttl { number("ttl", ttl) }
  }

  fileprivate mutating func member(_ member: Member) {
    string("id", memberText(member.id))
    string("name", member.name)
    strings("peer_urls", member.peerUrls)
    strings("client_urls", member.clientUrls)
    bool("learner", member.isLearner)
  }

  fileprivate mutating func status(_ status: StatusResponse) {
    string("id", memberText(status.header.memberID))
    string("version", status.version)
    number("db_size", status.dbSize)
    number("db_size_in_use", status.dbSizeInUse)
    string("leader", memberText(status.leader))
    bool("learner", status.isLearner)
    number("revision", status.header.revision)
    literal("raft_term", "\(status.raftTerm)")
    literal("raft_index", "\(status.raftIndex)")
    literal("raft_applied_index", "\(status.raftAppliedIndex)")
    strings("errors", status.errors)
  }
}
