import EtcdAPI

extension RemoteEtcd {
  public func authEnable(_ request: AuthEnableRequest) async throws(EtcdError) -> AuthEnableResponse {
    try await call(EtcdMethod.authEnable, request)
  }

  public func authDisable(_ request: AuthDisableRequest) async throws(EtcdError) -> AuthDisableResponse {
    try await call(EtcdMethod.authDisable, request)
  }

  public func authStatus(_ request: AuthStatusRequest) async throws(EtcdError) -> AuthStatusResponse {
    try await call(EtcdMethod.authStatus, request)
  }

  public func userAdd(_ request: AuthUserAddRequest) async throws(EtcdError) -> AuthUserAddResponse {
    try await call(EtcdMethod.userAdd, request)
  }

  public func userGet(_ request: AuthUserGetRequest) async throws(EtcdError) -> AuthUserGetResponse {
    try await call(EtcdMethod.userGet, request)
  }

  public func userList(_ request: AuthUserListRequest) async throws(EtcdError) -> AuthUserListResponse {
    try await call(EtcdMethod.userList, request)
  }

  public func userDelete(_ request: AuthUserDeleteRequest) async throws(EtcdError) -> AuthUserDeleteResponse {
    try await call(EtcdMethod.userDelete, request)
  }

  public func userChangePassword(_ request: AuthUserChangePasswordRequest) async throws(EtcdError)
    -> AuthUserChangePasswordResponse
  {
    try await call(EtcdMethod.userChangePassword, request)
  }

  public func userGrantRole(_ request: AuthUserGrantRoleRequest) async throws(EtcdError) -> AuthUserGrantRoleResponse {
    try await call(EtcdMethod.userGrantRole, request)
  }

  public func userRevokeRole(_ request: AuthUserRevokeRoleRequest) async throws(EtcdError) -> AuthUserRevokeRoleResponse
  {
    try await call(EtcdMethod.userRevokeRole, request)
  }

  public func roleAdd(_ request: AuthRoleAddRequest) async throws(EtcdError) -> AuthRoleAddResponse {
    try await call(EtcdMethod.roleAdd, request)
  }

  public func roleGet(_ request: AuthRoleGetRequest) async throws(EtcdError) -> AuthRoleGetResponse {
    try await call(EtcdMethod.roleGet, request)
  }

  public func roleList(_ request: AuthRoleListRequest) async throws(EtcdError) -> AuthRoleListResponse {
    try await call(EtcdMethod.roleList, request)
  }

  public func roleDelete(_ request: AuthRoleDeleteRequest) async throws(EtcdError) -> AuthRoleDeleteResponse {
    try await call(EtcdMethod.roleDelete, request)
  }

  public func roleGrantPermission(_ request: AuthRoleGrantPermissionRequest) async throws(EtcdError)
    -> AuthRoleGrantPermissionResponse
  {
    try await call(EtcdMethod.roleGrantPermission, request)
  }

  public func roleRevokePermission(_ request: AuthRoleRevokePermissionRequest) async throws(EtcdError)
    -> AuthRoleRevokePermissionResponse
  {
    try await call(EtcdMethod.roleRevokePermission, request)
  }
}
