import EtcdAPI

/// `-w fields`: a line for each field, `"Name" : value`, strings in Go's quotes.
struct FieldsForm {
  func write(_ reply: Reply, to out: inout ByteWriter) {
    switch reply {
    case .range(let response, _): range(response, to: &out)
    case .put(let response): put(response, to: &out)
    case .deleteRange(let response): deleteRange(response, to: &out)
    case .txn(let response): txn(response, to: &out)
    case .watch(let response):
      header(response.header, to: &out)
      for event in response.events {
        out.line("\"Type\" : \(event.type.name)")
        if event.hasPrevKv { pair("Prev", event.prevKv, to: &out) }
        pair("", event.kv, to: &out)
      }

    case .leaseGrant(let response):
      header(response.header, to: &out)
      out.line("\"ID\" : \(response.id)\n\"TTL\" : \(response.ttl)")
    case .leaseRevoke(_, let response): header(response.header, to: &out)
    case .leaseKeepAlive(let response):
      header(response.header, to: &out)
      out.line("\"ID\" : \(response.id)\n\"TTL\" : \(response.ttl)")
    case .leaseTimeToLive(let response, _):
      header(response.header, to: &out)
      out.line("\"ID\" : \(response.id)\n\"TTL\" : \(response.ttl)\n\"GrantedTTL\" : \(response.grantedTtl)")
      for key in response.keys { quoted("Key", key, to: &out) }
    case .leaseLeases(let response):
      header(response.header, to: &out)
      for lease in response.leases { out.line("\"ID\" : \(lease.id)") }

    case .memberList(let response, _):
      header(response.header, to: &out)
      for member in response.members {
        out.line("\"ID\" : \(member.id)")
        quoted("Name", member.name.utf8, to: &out)
        for url in member.peerUrls { quoted("PeerURL", url.utf8, to: &out) }
        for url in member.clientUrls { quoted("ClientURL", url.utf8, to: &out) }
        out.line("\"IsLearner\" : \(member.isLearner)\n")
      }
    case .endpointHealth(let endpoints):
      for health in endpoints {
        quoted("Endpoint", health.endpoint.utf8, to: &out)
        out.line("\"Health\" : \(health.isHealthy)\n\"Took\" : \(durationText(health.took))")
        out.line("\"Error\" : \(health.error ?? "")\n")
      }
    case .endpointStatus(let endpoints):
      for entry in endpoints {
        let status = entry.status
        header(status.header, to: &out)
        quoted("Version", status.version.utf8, to: &out)
        out.line("\"DBSize\" : \(status.dbSize)\n\"Leader\" : \(status.leader)\n\"IsLearner\" : \(status.isLearner)")
        out.line("\"RaftIndex\" : \(status.raftIndex)\n\"RaftTerm\" : \(status.raftTerm)")
        out.line("\"RaftAppliedIndex\" : \(status.raftAppliedIndex)")
        out.line("\"Errors\" : [\(status.errors.joined(separator: " "))]")
        quoted("Endpoint", entry.endpoint.utf8, to: &out)
        out.newline()
      }
    case .endpointHashKV(let endpoints):
      for entry in endpoints {
        header(entry.hash.header, to: &out)
        quoted("Endpoint", entry.endpoint.utf8, to: &out)
        out.line("\"Hash\" : \(entry.hash.hash)\n")
      }
    case .alarm(let response):
      header(response.header, to: &out)
      for alarm in response.alarms {
        out.line("\"MemberID\" : \(alarm.memberID)\n\"AlarmType\" : \(alarm.alarm.name)\n")
      }
    case .snapshotStatus(let status):
      out.line("\"Hash\" : \(status.hash)\n\"Revision\" : \(status.revision)\n\"Keys\" : \(status.totalKeys)")
      out.line("\"Size\" : \(status.totalSize)")

    case .roleGet(_, let response):
      header(response.header, to: &out)
      for permission in response.perm {
        // Two spaces, as etcdctl prints it.
        out.line("\"PermType\" :  \(permission.permType.name)")
        quoted("Key", permission.key, to: &out)
        quoted("RangeEnd", permission.rangeEnd, to: &out)
      }
    case .roleList(let response):
      header(response.header, to: &out)
      out.text("\"Roles\" :")
      for role in response.roles {
        out.text(" ")
        out.goQuoted(role.utf8)
      }
      out.newline()
    case .accessChange(_, let responseHeader): header(responseHeader, to: &out)

    case .memberAdd, .memberRemove, .memberUpdate, .memberPromote, .moveLeader, .authStatus, .userGet, .userList:
      preconditionFailure("refused by OutputFormat.check")
    }
  }

  private func header(_ header: ResponseHeader, to out: inout ByteWriter) {
    out.line("\"ClusterID\" : \(header.clusterID)\n\"MemberID\" : \(header.memberID)")
    out.line("\"Revision\" : \(header.revision)\n\"RaftTerm\" : \(header.raftTerm)")
  }

  private func quoted(_ name: String, _ value: some Sequence<UInt8>, to out: inout ByteWriter) {
    out.text("\"\(name)\" : ")
    out.goQuoted(value)
    out.newline()
  }

  private func pair(_ prefix: String, _ kv: KeyValue, to out: inout ByteWriter) {
    quoted("\(prefix)Key", kv.key, to: &out)
    out.line("\"\(prefix)CreateRevision\" : \(kv.createRevision)\n\"\(prefix)ModRevision\" : \(kv.modRevision)")
    out.line("\"\(prefix)Version\" : \(kv.version)")
    quoted("\(prefix)Value", kv.value, to: &out)
    out.line("\"\(prefix)Lease\" : \(kv.lease)")
  }

  private func range(_ response: RangeResponse, to out: inout ByteWriter) {
    header(response.header, to: &out)
    for kv in response.kvs { pair("", kv, to: &out) }
    out.line("\"More\" : \(response.more)\n\"Count\" : \(response.count)")
  }

  private func put(_ response: PutResponse, to out: inout ByteWriter) {
    header(response.header, to: &out)
    if response.hasPrevKv { pair("Prev", response.prevKv, to: &out) }
  }

  private func deleteRange(_ response: DeleteRangeResponse, to out: inout ByteWriter) {
    header(response.header, to: &out)
    out.line("\"Deleted\" : \(response.deleted)")
    for kv in response.prevKvs { pair("Prev", kv, to: &out) }
  }

  private func txn(_ response: TxnResponse, to out: inout ByteWriter) {
    header(response.header, to: &out)
    out.line("\"Succeeded\" : \(response.succeeded)")
    for operation in response.responses {
      switch operation.response {
      case .responseRange(let response): range(response, to: &out)
      case .responsePut(let response): put(response, to: &out)
      case .responseDeleteRange(let response): deleteRange(response, to: &out)
      case .responseTxn(let response): txn(response, to: &out)
      case nil: break
      }
    }
  }
}
