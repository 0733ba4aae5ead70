import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension AccessRules {
  public mutating func addRole(_ name: String) throws(EtcdError) {
    if name.isEmpty { throw .roleEmpty }
    if role(name) != nil { throw .roleAlreadyExists }
    var role = AuthRole()
    role.name = Data(name.utf8)
    put(role)
  }

  /// Deletes a role, and takes it from its users.
  public mutating func deleteRole(_ name: String) throws(EtcdError) {
    if isEnabled && name == Self.root { throw .invalidAuthManagement }
    guard let role = role(name) else { throw .roleNotFound }
    rolesByName[role.key] = nil
    for (key, var user) in usersByName where user.has(name) {
      user.remove(name)
      usersByName[key] = user
      permissions[key] = Permissions(of: user, roles: rolesByName)
    }
    revision += 1
  }

  /// Grants a permission; one on the same range takes the new kind.
  public mutating func grantPermission(_ permission: AuthPermission, to name: String) throws(EtcdError) {
    if !permission.isValidRange { throw .invalidAuthManagement }
    guard var role = role(name) else { throw .roleNotFound }
    // etcd updates the first permission on the same key only; another range from that key it adds again.
    let first = role.keyPermission.firstIndex { !$0.key.lexicographicallyPrecedes(permission.key) }
    if let first, role.keyPermission[first].hasSameRange(key: permission.key, rangeEnd: permission.rangeEnd) {
      role.keyPermission[first].permType = permission.permType
    } else {
      var granted = AuthPermission()
      granted.key = permission.key
      granted.rangeEnd = permission.rangeEnd
      granted.permType = permission.permType
      let next = role.keyPermission.firstIndex { permission.key.lexicographicallyPrecedes($0.key) }
      role.keyPermission.insert(granted, at: next ?? role.keyPermission.endIndex)
    }
    put(role)
  }

  public mutating func revokePermission(key: Data, rangeEnd: Data, from name: String) throws(EtcdError) {
    guard var role = role(name) else { throw .roleNotFound }
    let count = role.keyPermission.count
    role.keyPermission.removeAll { $0.hasSameRange(key: key, rangeEnd: rangeEnd) }
    if role.keyPermission.count == count { throw .permissionNotGranted }
    put(role)
  }

  private mutating func put(_ role: AuthRole) {
    rolesByName[role.key] = role
    for (key, user) in usersByName where user.has(role.key.text) {
      permissions[key] = Permissions(of: user, roles: rolesByName)
    }
    revision += 1
  }
}

extension AuthPermission {
  fileprivate func hasSameRange(key: Data, rangeEnd: Data) -> Bool { self.key == key && self.rangeEnd == rangeEnd }

  /// A key, or keys up to a later one, or from one on.
  fileprivate var isValidRange: Bool {
    if key.isEmpty { return false }
    return rangeEnd.isEmpty || rangeEnd == Data([0]) || key.lexicographicallyPrecedes(rangeEnd)
  }
}
