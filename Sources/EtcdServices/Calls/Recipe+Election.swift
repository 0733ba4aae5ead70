import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Recipe {
  func campaign(_ request: CampaignRequest) async throws(EtcdError) -> CampaignResponse {
    let lease = try await lease(request.lease)
    let prefix = Self.prefix(request.name)
    let key = Self.key(prefix, lease: lease)
    let entered = try await txn(
      TxnRequest(
        ifCreated: key, at: 0, then: [RequestOp.put(key, request.value, lease: lease)], else: [RequestOp.get(key)]))
    var leader = LeaderKey()
    leader.name = request.name
    leader.key = key
    leader.rev = entered.header.revision
    leader.lease = lease
    do throws(EtcdError) {
      if !entered.succeeded {
        // The same lease campaigns again, perhaps with another value.
        let mine = entered.responses[0].responseRange.kvs[0]
        leader.rev = mine.createRevision
        if mine.value != request.value { _ = try await proclaim(request.value, as: leader) }
      }
      try await waitForDeletion(of: prefix, createdBy: leader.rev - 1)
    } catch {
      if error.code == .cancelled { node.txn(Self.resignation(of: leader), by: caller) { _ in } }
      throw error
    }
    var response = CampaignResponse()
    response.header = entered.header
    response.leader = leader
    return response
  }

  func proclaim(_ request: ProclaimRequest) async throws(EtcdError) -> ProclaimResponse {
    guard request.hasLeader else { throw .missingLeaderKey }
    var leader = request.leader
    leader.lease = try await lease(leader.lease)
    var response = ProclaimResponse()
    response.header = try await proclaim(request.value, as: leader)
    return response
  }

  func resign(_ request: ResignRequest) async throws(EtcdError) -> ResignResponse {
    guard request.hasLeader else { throw .missingLeaderKey }
    _ = try await lease(request.leader.lease)
    var response = ResignResponse()
    response.header = try await txn(Self.resignation(of: request.leader)).header
    return response
  }

  func leader(_ request: LeaderRequest) async throws(EtcdError) -> LeaderResponse {
    let found = try await range(first(of: Self.prefix(request.name)))
    guard let leader = found.kvs.first else { throw EtcdError(.unknown, "election: no leader") }
    var response = LeaderResponse()
    response.header = found.header
    response.kv = leader
    return response
  }

  /// Tells of every leader and of what each proclaims, from the present one on.
  func observe(_ request: LeaderRequest, _ replies: AsyncReplies<LeaderResponse>) async throws(EtcdError) {
    let prefix = Self.prefix(request.name)
    while true {
      let found = try await range(first(of: prefix))
      var response = LeaderResponse()
      response.header = found.header
      if let leader = found.kvs.first {
        response.kv = leader
      } else {
        var watch = WatchCreateRequest()
        watch.key = prefix
        watch.rangeEnd = RangeRequest(prefix: prefix).rangeEnd
        watch.startRevision = found.header.revision
        try await forEachEvent(watch) { event, header in
          if event.type == .delete { return true }
          response.header = header
          response.header.revision = event.kv.modRevision
          response.kv = event.kv
          return false
        }
      }
      await replies.send(response)

      var watch = WatchCreateRequest()
      watch.key = response.kv.key
      watch.startRevision = response.header.revision + 1
      try await forEachEvent(watch) { event, header in
        if event.type == .delete { return false }
        response.header = header
        response.kv = event.kv
        await replies.send(response)
        return true
      }
    }
  }

  // MARK: Parts

  /// Writes a leader's new value if it still leads.
  private func proclaim(_ value: Data, as leader: LeaderKey) async throws(EtcdError) -> ResponseHeader {
    let answer = try await txn(
      TxnRequest(
        ifCreated: leader.key, at: leader.rev, then: [RequestOp.put(leader.key, value, lease: leader.lease)]))
    guard answer.succeeded else { throw EtcdError(.unknown, "election: not leader") }
    return answer.header
  }

  private static func resignation(of leader: LeaderKey) -> TxnRequest {
    var delete = DeleteRangeRequest()
    delete.key = leader.key
    return TxnRequest(ifCreated: leader.key, at: leader.rev, then: [.requestDeleteRange(delete)])
  }
}

extension EtcdError {
  fileprivate static let missingLeaderKey = EtcdError(.unknown, "\"leader\" field must be provided")
}
