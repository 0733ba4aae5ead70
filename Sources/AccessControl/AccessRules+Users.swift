import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension AccessRules {
  /// - Parameter passwordHash: BCrypt's, or nothing for a user who has no password and is known by a certificate.
  public mutating func addUser(_ name: String, passwordHash: Data, options: AuthUserAddOptions) throws(EtcdError) {
    if name.isEmpty { throw .userEmpty }
    if user(name) != nil { throw .userAlreadyExists }
    var user = AuthUser()
    user.name = Data(name.utf8)
    user.password = options.noPassword ? Data() : passwordHash
    user.options = options
    put(user)
  }

  public mutating func deleteUser(_ name: String) throws(EtcdError) {
    if isEnabled && name == Self.root { throw .invalidAuthManagement }
    guard let user = user(name) else { throw .userNotFound }
    usersByName[user.key] = nil
    permissions[user.key] = nil
    revision += 1
  }

  public mutating func changePassword(of name: String, hash: Data) throws(EtcdError) {
    guard var user = user(name) else { throw .userNotFound }
    user.password = user.options.noPassword ? Data() : hash
    put(user)
  }

  /// Granting twice is no mistake, and no change either.
  public mutating func grantRole(_ role: String, to name: String) throws(EtcdError) {
    guard var user = user(name) else { throw .userNotFound }
    // The root role need not be there: its name says what it permits.
    if role != Self.root && self.role(role) == nil { throw .roleNotFound }
    if user.has(role) { return }
    user.roles.append(role)
    user.roles.sort { Name($0) < Name($1) }
    put(user)
  }

  public mutating func revokeRole(_ role: String, from name: String) throws(EtcdError) {
    if isEnabled && name == Self.root && role == Self.root { throw .invalidAuthManagement }
    guard var user = user(name) else { throw .userNotFound }
    if !user.has(role) { throw .roleNotGranted }
    user.remove(role)
    put(user)
  }

  private mutating func put(_ user: AuthUser) {
    usersByName[user.key] = user
    permissions[user.key] = Permissions(of: user, roles: rolesByName)
    revision += 1
  }
}

extension AuthUser {
  func has(_ role: String) -> Bool { roles.contains { Name($0) == Name(role) } }

  mutating func remove(_ role: String) { roles.removeAll { Name($0) == Name(role) } }
}
