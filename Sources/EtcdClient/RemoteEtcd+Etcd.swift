import EtcdAPI

extension RemoteEtcd {
  // MARK: KV
  public func range(_ request: RangeRequest) async throws(EtcdError) -> RangeResponse {
    try await call(EtcdMethod.range, request)
  }

  public func put(_ request: PutRequest) async throws(EtcdError) -> PutResponse {
    try await call(EtcdMethod.put, request)
  }

  public func deleteRange(_ request: DeleteRangeRequest) async throws(EtcdError) -> DeleteRangeResponse {
    try await call(EtcdMethod.deleteRange, request)
  }

  public func txn(_ request: TxnRequest) async throws(EtcdError) -> TxnResponse {
    try await call(EtcdMethod.txn, request)
  }

  public func compact(_ request: CompactionRequest) async throws(EtcdError) -> CompactionResponse {
    try await call(EtcdMethod.compact, request)
  }

  // MARK: Lease
  public func leaseGrant(_ request: LeaseGrantRequest) async throws(EtcdError) -> LeaseGrantResponse {
    try await call(EtcdMethod.leaseGrant, request)
  }

  public func leaseRevoke(_ request: LeaseRevokeRequest) async throws(EtcdError) -> LeaseRevokeResponse {
    try await call(EtcdMethod.leaseRevoke, request)
  }

  public func leaseTimeToLive(_ request: LeaseTimeToLiveRequest) async throws(EtcdError) -> LeaseTimeToLiveResponse {
    try await call(EtcdMethod.leaseTimeToLive, request)
  }

  public func leaseLeases(_ request: LeaseLeasesRequest) async throws(EtcdError) -> LeaseLeasesResponse {
    try await call(EtcdMethod.leaseLeases, request)
  }

  // MARK: Cluster
  public func memberList(_ request: MemberListRequest) async throws(EtcdError) -> MemberListResponse {
    try await call(EtcdMethod.memberList, request)
  }

  public func memberAdd(_ request: MemberAddRequest) async throws(EtcdError) -> MemberAddResponse {
    try await call(EtcdMethod.memberAdd, request)
  }

  public func memberRemove(_ request: MemberRemoveRequest) async throws(EtcdError) -> MemberRemoveResponse {
    try await call(EtcdMethod.memberRemove, request)
  }

  public func memberUpdate(_ request: MemberUpdateRequest) async throws(EtcdError) -> MemberUpdateResponse {
    try await call(EtcdMethod.memberUpdate, request)
  }

  public func memberPromote(_ request: MemberPromoteRequest) async throws(EtcdError) -> MemberPromoteResponse {
    try await call(EtcdMethod.memberPromote, request)
  }

  // MARK: Maintenance
  public func alarm(_ request: AlarmRequest) async throws(EtcdError) -> AlarmResponse {
    try await call(EtcdMethod.alarm, request)
  }

  public func status(_ request: StatusRequest, at endpoint: String) async throws(EtcdError) -> StatusResponse {
    try await call(EtcdMethod.status, request, at: connector(at: endpoint))
  }

  public func defragment(
    _ request: DefragmentRequest, at endpoint: String
  ) async throws(EtcdError) -> DefragmentResponse {
    try await call(EtcdMethod.defragment, request, at: connector(at: endpoint))
  }

  public func hashKV(_ request: HashKVRequest, at endpoint: String) async throws(EtcdError) -> HashKVResponse {
    try await call(EtcdMethod.hashKV, request, at: connector(at: endpoint))
  }

  public func range(_ request: RangeRequest, at endpoint: String) async throws(EtcdError) -> RangeResponse {
    try await call(EtcdMethod.range, request, at: connector(at: endpoint))
  }

  /// Asks the leader, which alone can hand over: etcd's other members refuse.
  public func moveLeader(_ request: MoveLeaderRequest) async throws(EtcdError) -> MoveLeaderResponse {
    do throws(EtcdError) {
      return try await call(EtcdMethod.moveLeader, request)
    } catch {
      guard error.message == EtcdError.notLeader.message, let leader = await leaderEndpoint() else { throw error }
      return try await call(EtcdMethod.moveLeader, request, at: connector(at: leader))
    }
  }

  /// The first endpoint, of those given and those the members advertise, whose member is the leader.
  private func leaderEndpoint() async -> String? {
    let members = (try? await memberList(MemberListRequest()).members) ?? []
    for endpoint in endpoints + members.flatMap(\.clientUrls) {
      guard let status = try? await status(StatusRequest(), at: endpoint) else { continue }
      if status.leader == status.header.memberID { return endpoint }
    }
    return nil
  }
}
