/// One typed interface to etcd, spoken by the shell, with two implementations: a gRPC client to remote nodes
/// and an embedded node called directly.
///
/// Requests and responses are etcd's own messages. Every failure is an ``EtcdError`` that carries etcd's code and text;
/// a cancelled task throws ``EtcdError`` with code `cancelled` and stops the call.
public protocol Etcd: Sendable {
  /// The addresses a maintenance call may name, as the user wrote them. An embedded node has one that is no URL.
  var endpoints: [String] { get }

  /// How long a unary call may take before it fails with an error that names what it was waiting for.
  var commandTimeout: Duration { get nonmutating set }

  // MARK: KV
  func range(_ request: RangeRequest) async throws(EtcdError) -> RangeResponse
  func put(_ request: PutRequest) async throws(EtcdError) -> PutResponse
  func deleteRange(_ request: DeleteRangeRequest) async throws(EtcdError) -> DeleteRangeResponse
  func txn(_ request: TxnRequest) async throws(EtcdError) -> TxnResponse
  func compact(_ request: CompactionRequest) async throws(EtcdError) -> CompactionResponse

  // MARK: Watch
  /// Opens one watch. The first response has `created` set; a watch that is refused throws.
  ///
  /// A remote watch resumes by itself after a lost connection, right after the last revision it delivered, without a
  /// second `created`. When compaction took what it had still to read, its last response has `canceled` and
  /// `compactRevision` set.
  func watch(_ request: WatchCreateRequest) async throws(EtcdError) -> WatchStream

  // MARK: Lease
  func leaseGrant(_ request: LeaseGrantRequest) async throws(EtcdError) -> LeaseGrantResponse
  func leaseRevoke(_ request: LeaseRevokeRequest) async throws(EtcdError) -> LeaseRevokeResponse
  /// Renews a lease once. A lease that is gone answers with a TTL of 0, as etcd does.
  func leaseKeepAlive(_ request: LeaseKeepAliveRequest) async throws(EtcdError) -> LeaseKeepAliveResponse
  func leaseTimeToLive(_ request: LeaseTimeToLiveRequest) async throws(EtcdError) -> LeaseTimeToLiveResponse
  func leaseLeases(_ request: LeaseLeasesRequest) async throws(EtcdError) -> LeaseLeasesResponse

  // MARK: Cluster
  func memberList(_ request: MemberListRequest) async throws(EtcdError) -> MemberListResponse
  func memberAdd(_ request: MemberAddRequest) async throws(EtcdError) -> MemberAddResponse
  func memberRemove(_ request: MemberRemoveRequest) async throws(EtcdError) -> MemberRemoveResponse
  func memberUpdate(_ request: MemberUpdateRequest) async throws(EtcdError) -> MemberUpdateResponse
  func memberPromote(_ request: MemberPromoteRequest) async throws(EtcdError) -> MemberPromoteResponse

  // MARK: Auth
  func authEnable(_ request: AuthEnableRequest) async throws(EtcdError) -> AuthEnableResponse
  func authDisable(_ request: AuthDisableRequest) async throws(EtcdError) -> AuthDisableResponse
  func authStatus(_ request: AuthStatusRequest) async throws(EtcdError) -> AuthStatusResponse
  func userAdd(_ request: AuthUserAddRequest) async throws(EtcdError) -> AuthUserAddResponse
  func userGet(_ request: AuthUserGetRequest) async throws(EtcdError) -> AuthUserGetResponse
  func userList(_ request: AuthUserListRequest) async throws(EtcdError) -> AuthUserListResponse
  func userDelete(_ request: AuthUserDeleteRequest) async throws(EtcdError) -> AuthUserDeleteResponse
  func userChangePassword(_ request: AuthUserChangePasswordRequest) async throws(EtcdError)
    -> AuthUserChangePasswordResponse
  func userGrantRole(_ request: AuthUserGrantRoleRequest) async throws(EtcdError) -> AuthUserGrantRoleResponse
  func userRevokeRole(_ request: AuthUserRevokeRoleRequest) async throws(EtcdError) -> AuthUserRevokeRoleResponse
  func roleAdd(_ request: AuthRoleAddRequest) async throws(EtcdError) -> AuthRoleAddResponse
  func roleGet(_ request: AuthRoleGetRequest) async throws(EtcdError) -> AuthRoleGetResponse
  func roleList(_ request: AuthRoleListRequest) async throws(EtcdError) -> AuthRoleListResponse
  func roleDelete(_ request: AuthRoleDeleteRequest) async throws(EtcdError) -> AuthRoleDeleteResponse
  func roleGrantPermission(_ request: AuthRoleGrantPermissionRequest) async throws(EtcdError)
    -> AuthRoleGrantPermissionResponse
  func roleRevokePermission(_ request: AuthRoleRevokePermissionRequest) async throws(EtcdError)
    -> AuthRoleRevokePermissionResponse

  // MARK: Maintenance; those with an endpoint are answered by that member alone
  func alarm(_ request: AlarmRequest) async throws(EtcdError) -> AlarmResponse
  func status(_ request: StatusRequest, at endpoint: String) async throws(EtcdError) -> StatusResponse
  func defragment(_ request: DefragmentRequest, at endpoint: String) async throws(EtcdError) -> DefragmentResponse
  func hashKV(_ request: HashKVRequest, at endpoint: String) async throws(EtcdError) -> HashKVResponse
  /// A linearizable read of one key through one member: what `endpoint health` asks.
  func range(_ request: RangeRequest, at endpoint: String) async throws(EtcdError) -> RangeResponse
  /// The backend file in chunks, followed by its SHA-256, as etcd streams it.
  func snapshot(_ request: SnapshotRequest, at endpoint: String) async throws(EtcdError)
    -> ResponseStream<SnapshotResponse>
  func moveLeader(_ request: MoveLeaderRequest) async throws(EtcdError) -> MoveLeaderResponse

  /// Ends every stream and connection. Calls made afterwards throw.
  func close() async
}
