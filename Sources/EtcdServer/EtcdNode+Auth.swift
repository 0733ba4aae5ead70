import EtcdAPI

extension EtcdNode {
  public func authEnable(_ request: AuthEnableRequest) async throws(EtcdError) -> AuthEnableResponse {
    throw .authNotBuilt
  }

  public func authDisable(_ request: AuthDisableRequest) async throws(EtcdError) -> AuthDisableResponse {
    throw .authNotBuilt
  }

  public func authStatus(_ request: AuthStatusRequest) async throws(EtcdError) -> AuthStatusResponse {
    throw .authNotBuilt
  }

  public func userAdd(_ request: AuthUserAddRequest) async throws(EtcdError) -> AuthUserAddResponse {
    throw .authNotBuilt
  }

  public func userGet(_ request: AuthUserGetRequest) async throws(EtcdError) -> AuthUserGetResponse {
    throw .authNotBuilt
  }

  public func userList(_ request: AuthUserListRequest) async throws(EtcdError) -> AuthUserListResponse {
    throw .authNotBuilt
  }

  public func userDelete(_ request: AuthUserDeleteRequest) async throws(EtcdError) -> AuthUserDeleteResponse {
    throw .authNotBuilt
  }

  public func userChangePassword(_ request: AuthUserChangePasswordRequest) async throws(EtcdError)
    -> AuthUserChangePasswordResponse
  {
    throw .authNotBuilt
  }

  public func userGrantRole(_ request: AuthUserGrantRoleRequest) async throws(EtcdError) -> AuthUserGrantRoleResponse {
    throw .authNotBuilt
  }

  public func userRevokeRole(_ request: AuthUserRevokeRoleRequest) async throws(EtcdError) -> AuthUserRevokeRoleResponse
  {
    throw .authNotBuilt
  }

  public func roleAdd(_ request: AuthRoleAddRequest) async throws(EtcdError) -> AuthRoleAddResponse {
    throw .authNotBuilt
  }

  public func roleGet(_ request: AuthRoleGetRequest) async throws(EtcdError) -> AuthRoleGetResponse {
    throw .authNotBuilt
  }

  public func roleList(_ request: AuthRoleListRequest) async throws(EtcdError) -> AuthRoleListResponse {
    throw .authNotBuilt
  }

  public func roleDelete(_ request: AuthRoleDeleteRequest) async throws(EtcdError) -> AuthRoleDeleteResponse {
    throw .authNotBuilt
  }

  public func roleGrantPermission(_ request: AuthRoleGrantPermissionRequest) async throws(EtcdError)
    -> AuthRoleGrantPermissionResponse
  {
    throw .authNotBuilt
  }

  public func roleRevokePermission(_ request: AuthRoleRevokePermissionRequest) async throws(EtcdError)
    -> AuthRoleRevokePermissionResponse
  {
    throw .authNotBuilt
  }
}

extension EtcdError {
  fileprivate static let authNotBuilt = EtcdError(
    .unimplemented, "etcdserver: users and roles are not kept by this node yet")
}
