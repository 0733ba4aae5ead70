import EtcdAPI

/// `-w json`: what Go's encoding/json makes of etcd's structs: one line, base64 for bytes, plain numbers for IDs,
/// zero fields left out where the struct's tag says so.
struct JSONForm {
  /// Only `member list` heeds it (IDs and the term in hexadecimal), as in etcdctl 3.5.
  var hex = false

  func write(_ reply: Reply, to out: inout ByteWriter) {
    switch reply {
    case .memberList(let response, _) where hex: hexMembers(response, to: &out)
    case .endpointHealth(let endpoints):
      out.json(endpoints) { health, json in
        json.string("endpoint", health.endpoint)
        json.bool("health", health.isHealthy)
        json.string("took", durationText(health.took))
        if let error = health.error { json.string("error", error) }
      }
    case .endpointStatus(let endpoints):
      out.json(endpoints) { entry, json in
        json.string("Endpoint", entry.endpoint)
        json.object("Status") { $0.status(entry.status) }
      }
    case .endpointHashKV(let endpoints):
      out.json(endpoints) { entry, json in
        json.string("Endpoint", entry.endpoint)
        json.object("HashKV") {
          $0.header(entry.hash.hasHeader, entry.hash.header)
          $0.nonzero("hash", Int64(entry.hash.hash))
          $0.nonzero("compact_revision", entry.hash.compactRevision)
        }
      }
    default: out.json { fields(of: reply, to: &$0) }
    }
    out.newline()
  }

  private func fields(of reply: Reply, to json: inout JSONObject) {
    switch reply {
    case .range(let response, _): json.range(response)
    case .put(let response): json.put(response)
    case .deleteRange(let response): json.deleteRange(response)
    case .txn(let response): json.txn(response)
    case .watch(let response):
      json.object("Header") { $0.headerFields(response.header) }
      json.array("Events", response.events) { event, json in json.event(event) }
      json.number("CompactRevision", response.compactRevision)
      json.bool("Canceled", response.canceled)
      json.bool("Created", response.created)

    case .leaseGrant(let response):
      json.headerFields(response.header)
      json.number("ID", response.id)
      json.number("TTL", response.ttl)
      json.string("Error", response.error)
    case .leaseRevoke(_, let response): json.header(response.hasHeader, response.header)
    case .leaseKeepAlive(let response):
      json.headerFields(response.header)
      json.number("ID", response.id)
      json.number("TTL", response.ttl)
    case .leaseTimeToLive(let response, _):
      json.headerFields(response.header)
      json.number("id", response.id)
      json.number("ttl", response.ttl)
      json.number("granted-ttl", response.grantedTtl)
      if response.keys.isEmpty { json.null("keys") } else { json.bytes("keys", response.keys) }
    case .leaseLeases(let response):
      json.headerFields(response.header)
      json.array("leases", response.leases) { lease, json in json.number("id", lease.id) }

    case .memberList(let response, _):
      json.header(response.hasHeader, response.header)
      json.members(response.members)
    case .memberAdd(let response):
      json.header(response.hasHeader, response.header)
      if response.hasMember { json.object("member") { $0.member(response.member) } }
      json.members(response.members)
    case .memberRemove(_, let response):
      json.header(response.hasHeader, response.header)
      json.members(response.members)
    case .memberUpdate(_, let response):
      json.header(response.hasHeader, response.header)
      json.members(response.members)
    case .memberPromote(_, let response):
      json.header(response.hasHeader, response.header)
      json.members(response.members)

    case .authStatus(let response):
      json.header(response.hasHeader, response.header)
      if response.enabled { json.bool("enabled", true) }
      json.nonzero("authRevision", response.authRevision)
    case .userGet(_, let response):
      json.header(response.hasHeader, response.header)
      if !response.roles.isEmpty { json.strings("roles", response.roles) }
    case .userList(let response):
      json.header(response.hasHeader, response.header)
      if !response.users.isEmpty { json.strings("users", response.users) }
    case .roleGet(_, let response):
      json.header(response.hasHeader, response.header)
      if !response.perm.isEmpty {
        json.array("perm", response.perm) { permission, json in json.permission(permission) }
      }
    case .roleList(let response):
      json.header(response.hasHeader, response.header)
      if !response.roles.isEmpty { json.strings("roles", response.roles) }
    case .accessChange(_, let header): json.header(true, header)

    case .alarm(let response):
      json.header(response.hasHeader, response.header)
      if !response.alarms.isEmpty {
        json.array("alarms", response.alarms) { alarm, json in
          json.nonzero("memberID", alarm.memberID)
          json.nonzero("alarm", Int64(alarm.alarm.rawValue))
        }
      }
    case .moveLeader(_, _, let response): json.header(response.hasHeader, response.header)
    case .snapshotStatus(let status):
      json.number("hash", Int64(status.hash))
      json.number("revision", status.revision)
      json.number("totalKey", Int64(status.totalKeys))
      json.number("totalSize", status.totalSize)
    case .endpointHealth, .endpointStatus, .endpointHashKV: preconditionFailure("lists are no objects")
    }
  }

  /// etcdctl 3.5 writes this one by hand, with its own spelling (`clientURLS`) and the term in hexadecimal too.
  private func hexMembers(_ response: MemberListResponse, to out: inout ByteWriter) {
    out.json { json in
      json.object("header") {
        $0.string("cluster_id", memberText(response.header.clusterID))
        $0.string("member_id", memberText(response.header.memberID))
        $0.literal("raft_term", memberText(response.header.raftTerm))
      }
      guard !response.members.isEmpty else { return }
      json.array("members", response.members) { member, json in
        json.string("ID", memberText(member.id))
        json.string("name", member.name)
        if member.peerUrls.isEmpty { json.null("peerURLs") } else { json.strings("peerURLs", member.peerUrls) }
        if member.clientUrls.isEmpty { json.null("clientURLS") } else { json.strings("clientURLS", member.clientUrls) }
      }
    }
  }
}

// MARK: etcd's messages, field by field

extension JSONObject {
  fileprivate mutating func header(_ isPresent: Bool, _ header: ResponseHeader) {
    if isPresent { object("header") { $0.headerFields(header) } }
  }

  fileprivate mutating func headerFields(_ header: ResponseHeader) {
    nonzero("cluster_id", header.clusterID)
    nonzero("member_id", header.memberID)
    nonzero("revision", header.revision)
    nonzero("raft_term", header.raftTerm)
  }

  fileprivate mutating func pair(_ kv: KeyValue) {
    if !kv.key.isEmpty { bytes("key", kv.key) }
    nonzero("create_revision", kv.createRevision)
    nonzero("mod_revision", kv.modRevision)
    nonzero("version", kv.version)
    if !kv.value.isEmpty { bytes("value", kv.value) }
    nonzero("lease", kv.lease)
  }

  fileprivate mutating func range(_ response: RangeResponse) {
    header(response.hasHeader, response.header)
    if !response.kvs.isEmpty { array("kvs", response.kvs) { kv, json in json.pair(kv) } }
    if response.more { bool("more", true) }
    nonzero("count", response.count)
  }

  fileprivate mutating func put(_ response: PutResponse) {
    header(response.hasHeader, response.header)
    if response.hasPrevKv { object("prev_kv") { $0.pair(response.prevKv) } }
  }

  fileprivate mutating func deleteRange(_ response: DeleteRangeResponse) {
    header(response.hasHeader, response.header)
    nonzero("deleted", response.deleted)
    if !response.prevKvs.isEmpty { array("prev_kvs", response.prevKvs) { kv, json in json.pair(kv) } }
  }

  fileprivate mutating func txn(_ response: TxnResponse) {
    header(response.hasHeader, response.header)
    if response.succeeded { bool("succeeded", true) }
    guard !response.responses.isEmpty else { return }
    array("responses", response.responses) { operation, json in
      guard let answer = operation.response else { return json.null("Response") }
      json.object("Response") { json in
        switch answer {
        case .responseRange(let response): json.object("response_range") { $0.range(response) }
        case .responsePut(let response): json.object("response_put") { $0.put(response) }
        case .responseDeleteRange(let response): json.object("response_delete_range") { $0.deleteRange(response) }
        case .responseTxn(let response): json.object("response_txn") { $0.txn(response) }
        }
      }
    }
  }

  fileprivate mutating func event(_ event: Event) {
    nonzero("type", Int64(event.type.rawValue))
    if event.hasKv { object("kv") { $0.pair(event.kv) } }
    if event.hasPrevKv { object("prev_kv") { $0.pair(event.prevKv) } }
  }

  fileprivate mutating func permission(_ permission: AuthPermission) {
    nonzero("permType", Int64(permission.permType.rawValue))
    if !permission.key.isEmpty { bytes("key", permission.key) }
    if !permission.rangeEnd.isEmpty { bytes("range_end", permission.rangeEnd) }
  }

  fileprivate mutating func members(_ members: [Member]) {
    if !members.isEmpty { array("members", members) { member, json in json.member(member) } }
  }

  fileprivate mutating func member(_ member: Member) {
    nonzero("ID", member.id)
    if !member.name.isEmpty { string("name", member.name) }
    if !member.peerUrls.isEmpty { strings("peerURLs", member.peerUrls) }
    if !member.clientUrls.isEmpty { strings("clientURLs", member.clientUrls) }
    if member.isLearner { bool("isLearner", true) }
  }

  fileprivate mutating func status(_ status: StatusResponse) {
    header(status.hasHeader, status.header)
    if !status.version.isEmpty { string("version", status.version) }
    nonzero("dbSize", status.dbSize)
    nonzero("leader", status.leader)
    nonzero("raftIndex", status.raftIndex)
    nonzero("raftTerm", status.raftTerm)
    nonzero("raftAppliedIndex", status.raftAppliedIndex)
    if !status.errors.isEmpty { strings("errors", status.errors) }
    nonzero("dbSizeInUse", status.dbSizeInUse)
    if status.isLearner { bool("isLearner", true) }
  }
}
