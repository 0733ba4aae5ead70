import EtcdAPI

extension StubEtcd {
  func authEnable(_ request: AuthEnableRequest) async throws(EtcdError) -> AuthEnableResponse {
    throw .stopped
  }

  func authDisable(_ request: AuthDisableRequest) async throws(EtcdError) -> AuthDisableResponse {
    throw .stopped
  }

  func authStatus(_ request: AuthStatusRequest) async throws(EtcdError) -> AuthStatusResponse {
    throw .stopped
  }

  func userAdd(_ request: AuthUserAddRequest) async throws(EtcdError) -> AuthUserAddResponse {
    throw .stopped
  }

  func userGet(_ request: AuthUserGetRequest) async throws(EtcdError) -> AuthUserGetResponse {
    throw .stopped
  }

  func userList(_ request: AuthUserListRequest) async throws(EtcdError) -> AuthUserListResponse {
    throw .stopped
  }

  func userDelete(_ request: AuthUserDeleteRequest) async throws(EtcdError) -> AuthUserDeleteResponse {
    throw .stopped
  }

  func userChangePassword(_ request: AuthUserChangePasswordRequest) async throws(EtcdError)
    -> AuthUserChangePasswordResponse
  {
    throw .stopped
  }

  func userGrantRole(_ request: AuthUserGrantRoleRequest) async throws(EtcdError) -> AuthUserGrantRoleResponse {
    throw .stopped
  }

  func userRevokeRole(_ request: AuthUserRevokeRoleRequest) async throws(EtcdError) -> AuthUserRevokeRoleResponse {
    throw .stopped
  }

  func roleAdd(_ request: AuthRoleAddRequest) async throws(EtcdError) -> AuthRoleAddResponse {
    throw .stopped
  }

  func roleGet(_ request: AuthRoleGetRequest) async throws(EtcdError) -> AuthRoleGetResponse {
    throw .stopped
  }

  func roleList(_ request: AuthRoleListRequest) async throws(EtcdError) -> AuthRoleListResponse {
    throw .stopped
  }

  func roleDelete(_ request: AuthRoleDeleteRequest) async throws(EtcdError) -> AuthRoleDeleteResponse {
    throw .stopped
  }

  func roleGrantPermission(_ request: AuthRoleGrantPermissionRequest) async throws(EtcdError)
    -> AuthRoleGrantPermissionResponse
  {
    throw .stopped
  }

  func roleRevokePermission(_ request: AuthRoleRevokePermissionRequest) async throws(EtcdError)
    -> AuthRoleRevokePermissionResponse
  {
    throw .stopped
  }
}
