import AccessControl
import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ClusterState {
  /// Applies a command about users and roles.
  mutating func changeAccess(_ command: Command) throws(EtcdError) {
    switch command {
    case .authEnable: try access.enable()
    case .authDisable: access.disable()
    case .userAdd(let request):
      // etcd stores options whether they were given or not.
      try access.addUser(
        request.name, passwordHash: try passwordHash(request.hashedPassword), options: request.options)
    case .userDelete(let request): try access.deleteUser(request.name)
    case .userChangePassword(let request):
      try access.changePassword(of: request.name, hash: try passwordHash(request.hashedPassword))
    case .userGrantRole(let request): try access.grantRole(request.role, to: request.user)
    case .userRevokeRole(let request): try access.revokeRole(request.role, from: request.name)
    case .roleAdd(let request): try access.addRole(request.name)
    case .roleDelete(let request): try access.deleteRole(request.role)
    case .roleGrantPermission(let request):
      if !request.hasPerm { throw .permissionNotGiven }
      try access.grantPermission(request.perm, to: request.name)
    case .roleRevokePermission(let request):
      try access.revokePermission(key: request.key, rangeEnd: request.rangeEnd, from: request.role)
    case .put, .deleteRange, .txn, .compaction, .leaseGrant, .leaseRevoke, .leaseCheckpoint, .alarm, .clusterVersion,
      .memberAttributes, .authenticate:
      preconditionFailure("\(command) is not about users")
    }
  }

  /// Lets a user in whose password has been found right.
  func authenticate(_ request: InternalAuthenticateRequest) throws(EtcdError) -> AuthenticateResponse {
    try access.checkLogin(request.name)
    var response = AuthenticateResponse()
    response.token = request.simpleToken
    return response
  }

  /// A hash comes in base 64.
  private func passwordHash(_ text: String) throws(EtcdError) -> Data {
    guard let hash = Data(base64Encoded: text) else { throw .passwordForNoPasswordUser }
    return hash
  }

  // MARK: Asking

  public func userGet(_ request: AuthUserGetRequest, by caller: Caller) throws(EtcdError) -> AuthUserGetResponse {
    // Users may ask about themselves.
    if request.name != caller.name { try checkAdministrator(caller) }
    guard let user = access.user(request.name) else { throw .userNotFound }
    var response = AuthUserGetResponse()
    response.roles = user.roles
    return response
  }

  public func userList(by caller: Caller) throws(EtcdError) -> AuthUserListResponse {
    try checkAdministrator(caller)
    var response = AuthUserListResponse()
    response.users = access.users.map { String(decoding: $0.name, as: UTF8.self) }
    return response
  }

  public func roleGet(_ request: AuthRoleGetRequest, by caller: Caller) throws(EtcdError) -> AuthRoleGetResponse {
    // Users may ask about the roles they have.
    if !access.hasRole(request.role, user: caller.name) { try checkAdministrator(caller) }
    guard let role = access.role(request.role) else { throw .roleNotFound }
    var response = AuthRoleGetResponse()
    response.perm = role.keyPermission
    return response
  }

  public func roleList(by caller: Caller) throws(EtcdError) -> AuthRoleListResponse {
    try checkAdministrator(caller)
    var response = AuthRoleListResponse()
    response.roles = access.roles.map { String(decoding: $0.name, as: UTF8.self) }
    return response
  }

  public func authStatus(by caller: Caller) throws(EtcdError) -> AuthStatusResponse {
    try checkAdministrator(caller)
    var response = AuthStatusResponse()
    response.enabled = access.isEnabled
    response.authRevision = access.revision
    return response
  }
}

extension Command {
  /// Whether the command came out of the log with a password in clear, as those of etcd before 3.5 do.
  public var hasClearPassword: Bool {
    switch self {
    case .userAdd(let request): !request.password.isEmpty && request.hashedPassword.isEmpty
    case .userChangePassword(let request): !request.password.isEmpty && request.hashedPassword.isEmpty
    default: false
    }
  }

  /// The command with its password, if it has one, replaced by a hash: what may go into the log and be applied.
  ///
  /// - Parameter hash: BCrypt's, of a password; slow.
  public func hashingPassword(_ hash: (String) throws(EtcdError) -> [UInt8]) throws(EtcdError) -> Command {
    switch self {
    case .userAdd(var request):
      if request.options.noPassword { return self }
      request.hashedPassword = Data(try hash(request.password)).base64EncodedString()
      request.password = ""
      return .userAdd(request)
    case .userChangePassword(var request):
      if request.password.isEmpty { return self }
      request.hashedPassword = Data(try hash(request.password)).base64EncodedString()
      request.password = ""
      return .userChangePassword(request)
    default: return self
    }
  }
}
