/// A response that says in its header who answered, and at which revision.
public protocol HeadedResponse: Sendable {
  var header: ResponseHeader { get set }
}

extension RangeResponse: HeadedResponse {}
extension PutResponse: HeadedResponse {}
extension DeleteRangeResponse: HeadedResponse {}
extension TxnResponse: HeadedResponse {}
extension CompactionResponse: HeadedResponse {}

extension WatchResponse: HeadedResponse {}

extension LeaseGrantResponse: HeadedResponse {}
extension LeaseRevokeResponse: HeadedResponse {}
extension LeaseKeepAliveResponse: HeadedResponse {}
extension LeaseTimeToLiveResponse: HeadedResponse {}
extension LeaseLeasesResponse: HeadedResponse {}

extension MemberAddResponse: HeadedResponse {}
extension MemberRemoveResponse: HeadedResponse {}
extension MemberUpdateResponse: HeadedResponse {}
extension MemberListResponse: HeadedResponse {}
extension MemberPromoteResponse: HeadedResponse {}

extension AlarmResponse: HeadedResponse {}
extension StatusResponse: HeadedResponse {}
extension DefragmentResponse: HeadedResponse {}
extension HashResponse: HeadedResponse {}
extension HashKVResponse: HeadedResponse {}
extension SnapshotResponse: HeadedResponse {}
extension MoveLeaderResponse: HeadedResponse {}
extension DowngradeResponse: HeadedResponse {}

extension AuthEnableResponse: HeadedResponse {}
extension AuthDisableResponse: HeadedResponse {}
extension AuthStatusResponse: HeadedResponse {}
extension AuthenticateResponse: HeadedResponse {}
extension AuthUserAddResponse: HeadedResponse {}
extension AuthUserGetResponse: HeadedResponse {}
extension AuthUserListResponse: HeadedResponse {}
extension AuthUserDeleteResponse: HeadedResponse {}
extension AuthUserChangePasswordResponse: HeadedResponse {}
extension AuthUserGrantRoleResponse: HeadedResponse {}
extension AuthUserRevokeRoleResponse: HeadedResponse {}
extension AuthRoleAddResponse: HeadedResponse {}
extension AuthRoleGetResponse: HeadedResponse {}
extension AuthRoleListResponse: HeadedResponse {}
extension AuthRoleDeleteResponse: HeadedResponse {}
extension AuthRoleGrantPermissionResponse: HeadedResponse {}
extension AuthRoleRevokePermissionResponse: HeadedResponse {}
