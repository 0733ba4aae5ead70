import EtcdAPI
import EtcdState
import Synchronization

/// The node as the shell in its process calls it: as root, waiting for each answer.
extension EtcdNode: Etcd {
  /// The one endpoint's name.
  public static let endpoint = "embedded"
  public var endpoints: [String] { [EtcdNode.endpoint] }

  public var commandTimeout: Duration {
    get { timeout.withLock { $0 } }
    set { timeout.withLock { $0 = newValue } }
  }

  /// Waits for what a request's completion receives.
  public func answer<Response: Sendable>(
    _ begin: (@escaping Completion<Response>) -> Void
  ) async throws(EtcdError) -> Response {
    if Task.isCancelled { throw .cancelledByCaller }
    return try await withCheckedContinuation { continuation in
      begin { continuation.resume(returning: $0) }
    }.get()
  }

  // MARK: KV

  public func range(_ request: RangeRequest) async throws(EtcdError) -> RangeResponse {
    try await answer { range(request, by: .root, then: $0) }
  }

  public func range(_ request: RangeRequest, at endpoint: String) async throws(EtcdError) -> RangeResponse {
    try await range(request)
  }

  public func put(_ request: PutRequest) async throws(EtcdError) -> PutResponse {
    try await answer { put(request, by: .root, then: $0) }
  }

  public func deleteRange(_ request: DeleteRangeRequest) async throws(EtcdError) -> DeleteRangeResponse {
    try await answer { deleteRange(request, by: .root, then: $0) }
  }

  public func txn(_ request: TxnRequest) async throws(EtcdError) -> TxnResponse {
    try await answer { txn(request, by: .root, then: $0) }
  }

  public func compact(_ request: CompactionRequest) async throws(EtcdError) -> CompactionResponse {
    try await answer { compact(request, by: .root, then: $0) }
  }

  // MARK: Lease

  public func leaseGrant(_ request: LeaseGrantRequest) async throws(EtcdError) -> LeaseGrantResponse {
    try await answer { leaseGrant(request, by: .root, then: $0) }
  }

  public func leaseRevoke(_ request: LeaseRevokeRequest) async throws(EtcdError) -> LeaseRevokeResponse {
    try await answer { leaseRevoke(request, by: .root, then: $0) }
  }

  public func leaseKeepAlive(_ request: LeaseKeepAliveRequest) async throws(EtcdError) -> LeaseKeepAliveResponse {
    try await answer { leaseKeepAlive(request, by: .root, then: $0) }
  }

  public func leaseTimeToLive(_ request: LeaseTimeToLiveRequest) async throws(EtcdError) -> LeaseTimeToLiveResponse {
    try await answer { leaseTimeToLive(request, by: .root, then: $0) }
  }

  public func leaseLeases(_ request: LeaseLeasesRequest) async throws(EtcdError) -> LeaseLeasesResponse {
    try await answer { leaseLeases(request, by: .root, then: $0) }
  }

  // MARK: Cluster

  public func memberList(_ request: MemberListRequest) async throws(EtcdError) -> MemberListResponse {
    try await answer { memberList(request, by: .root, then: $0) }
  }

  public func memberAdd(_ request: MemberAddRequest) async throws(EtcdError) -> MemberAddResponse {
    try await answer { memberAdd(request, by: .root, then: $0) }
  }

  public func memberRemove(_ request: MemberRemoveRequest) async throws(EtcdError) -> MemberRemoveResponse {
    try await answer { memberRemove(request, by: .root, then: $0) }
  }

  public func memberUpdate(_ request: MemberUpdateRequest) async throws(EtcdError) -> MemberUpdateResponse {
    try await answer { memberUpdate(request, by: .root, then: $0) }
  }

  public func memberPromote(_ request: MemberPromoteRequest) async throws(EtcdError) -> MemberPromoteResponse {
    try await answer { memberPromote(request, by: .root, then: $0) }
  }

  // MARK: Maintenance

  public func alarm(_ request: AlarmRequest) async throws(EtcdError) -> AlarmResponse {
    try await answer { alarm(request, by: .root, then: $0) }
  }

  public func status(_ request: StatusRequest, at endpoint: String) async throws(EtcdError) -> StatusResponse {
    try await answer { status(request, by: .root, then: $0) }
  }

  public func defragment(
    _ request: DefragmentRequest, at endpoint: String
  ) async throws(EtcdError) -> DefragmentResponse {
    try await answer { defragment(request, by: .root, then: $0) }
  }

  public func hashKV(_ request: HashKVRequest, at endpoint: String) async throws(EtcdError) -> HashKVResponse {
    try await answer { hashKV(request, by: .root, then: $0) }
  }

  public func snapshot(
    _ request: SnapshotRequest, at endpoint: String
  ) async throws(EtcdError) -> ResponseStream<SnapshotResponse> {
    let sender = try await answer { openSnapshot(by: .root, then: $0) }
    return ResponseStream(next: { () throws(EtcdError) in try sender.next() }, cancel: { sender.cancel() })
  }

  public func moveLeader(_ request: MoveLeaderRequest) async throws(EtcdError) -> MoveLeaderResponse {
    try await answer { moveLeader(request, by: .root, then: $0) }
  }

  // MARK: Auth

  public func authEnable(_ request: AuthEnableRequest) async throws(EtcdError) -> AuthEnableResponse {
    try await answer { authEnable(request, by: .root, then: $0) }
  }

  public func authDisable(_ request: AuthDisableRequest) async throws(EtcdError) -> AuthDisableResponse {
    try await answer { authDisable(request, by: .root, then: $0) }
  }

  public func authStatus(_ request: AuthStatusRequest) async throws(EtcdError) -> AuthStatusResponse {
    try await answer { authStatus(request, by: .root, then: $0) }
  }

  public func userAdd(_ request: AuthUserAddRequest) async throws(EtcdError) -> AuthUserAddResponse {
    try await answer { userAdd(request, by: .root, then: $0) }
  }

  public func userGet(_ request: AuthUserGetRequest) async throws(EtcdError) -> AuthUserGetResponse {
    try await answer { userGet(request, by: .root, then: $0) }
  }

  public func userList(_ request: AuthUserListRequest) async throws(EtcdError) -> AuthUserListResponse {
    try await answer { userList(request, by: .root, then: $0) }
  }

  public func userDelete(_ request: AuthUserDeleteRequest) async throws(EtcdError) -> AuthUserDeleteResponse {
    try await answer { userDelete(request, by: .root, then: $0) }
  }

  public func userChangePassword(_ request: AuthUserChangePasswordRequest) async throws(EtcdError)
    -> AuthUserChangePasswordResponse
  {
    try await answer { userChangePassword(request, by: .root, then: $0) }
  }

  public func userGrantRole(_ request: AuthUserGrantRoleRequest) async throws(EtcdError) -> AuthUserGrantRoleResponse {
    try await answer { userGrantRole(request, by: .root, then: $0) }
  }

  public func userRevokeRole(_ request: AuthUserRevokeRoleRequest) async throws(EtcdError) -> AuthUserRevokeRoleResponse
  {
    try await answer { userRevokeRole(request, by: .root, then: $0) }
  }

  public func roleAdd(_ request: AuthRoleAddRequest) async throws(EtcdError) -> AuthRoleAddResponse {
    try await answer { roleAdd(request, by: .root, then: $0) }
  }

  public func roleGet(_ request: AuthRoleGetRequest) async throws(EtcdError) -> AuthRoleGetResponse {
    try await answer { roleGet(request, by: .root, then: $0) }
  }

  public func roleList(_ request: AuthRoleListRequest) async throws(EtcdError) -> AuthRoleListResponse {
    try await answer { roleList(request, by: .root, then: $0) }
  }

  public func roleDelete(_ request: AuthRoleDeleteRequest) async throws(EtcdError) -> AuthRoleDeleteResponse {
    try await answer { roleDelete(request, by: .root, then: $0) }
  }

  public func roleGrantPermission(_ request: AuthRoleGrantPermissionRequest) async throws(EtcdError)
    -> AuthRoleGrantPermissionResponse
  {
    try await answer { roleGrantPermission(request, by: .root, then: $0) }
  }

  public func roleRevokePermission(_ request: AuthRoleRevokePermissionRequest) async throws(EtcdError)
    -> AuthRoleRevokePermissionResponse
  {
    try await answer { roleRevokePermission(request, by: .root, then: $0) }
  }

  // MARK: Watch

  public func watch(_ request: WatchCreateRequest) async throws(EtcdError) -> WatchStream {
    if Task.isCancelled { throw .cancelledByCaller }
    let watch = try openWatch(request, id: request.watchID, by: .root)
    return WatchStream(
      responses: ResponseStream(
        next: { () async throws(EtcdError) in try await watch.next() }, cancel: { watch.cancel() }),
      requestProgress: { () async throws(EtcdError) in watch.requestProgress() })
  }
}

extension NodeWatch {
  /// Waits for the watch's next response; nil once it has ended.
  public func next() async throws(EtcdError) -> WatchResponse? {
    while true {
      if Task.isCancelled {
        cancel()
        throw .cancelledByCaller
      }
      switch poll() {
      case .response(let response): return response
      case .ended: return nil
      case .behind: replay()
      case .nothing:
        await withTaskCancellationHandler {
          await withCheckedContinuation { continuation in wake { continuation.resume() } }
        } onCancel: {
          cancel()
        }
      }
    }
  }
}

extension EtcdError {
  static let cancelledByCaller = EtcdError(.cancelled, "context canceled")
}
