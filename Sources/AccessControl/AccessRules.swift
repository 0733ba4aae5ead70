import EtcdAPI

/// Who the users are, which roles they have, and what those permit; the part of authentication that every replica
/// computes alike (server/auth/store.go).
///
///     users        alice -> roles reader, writer
///     roles        reader -> READ [app/, app0)     writer -> WRITE app/x
///     permissions  alice -> reads [app/, app0), writes app/x        merged, so that a check is one search
///
/// Nothing is checked until it is enabled. Every change counts up the revision, by which old tokens are told.
public struct AccessRules: Sendable {
  public internal(set) var isEnabled = false
  /// etcd's auth revision. A fresh cluster's is 1.
  public internal(set) var revision: UInt64 = 1
  var usersByName: [Name: AuthUser] = [:]
  var rolesByName: [Name: AuthRole] = [:]
  /// What each user's roles permit together.
  var permissions: [Name: Permissions] = [:]

  /// The user who must be there to enable authentication, and the role that permits everything.
  static let root = "root"

  public init() {}

  /// The rules as a checkpoint keeps them.
  public init(isEnabled: Bool, revision: UInt64, users: [AuthUser], roles: [AuthRole]) {
    self.isEnabled = isEnabled
    self.revision = max(revision, 1)
    for role in roles { rolesByName[role.key] = role }
    for user in users {
      usersByName[user.key] = user
      permissions[user.key] = Permissions(of: user, roles: rolesByName)
    }
  }

  /// Ascending by name.
  public var users: [AuthUser] { usersByName.sorted { $0.key < $1.key }.map(\.value) }
  /// Ascending by name.
  public var roles: [AuthRole] { rolesByName.sorted { $0.key < $1.key }.map(\.value) }

  public func user(_ name: String) -> AuthUser? { usersByName[Name(name)] }
  public func role(_ name: String) -> AuthRole? { rolesByName[Name(name)] }

  // MARK: Enabling

  /// Begins to check. Enabling twice is no mistake, and no change either.
  public mutating func enable() throws(EtcdError) {
    if isEnabled { return }
    guard let root = user(Self.root) else { throw .rootUserNotExist }
    if !root.isAdmin { throw .rootRoleNotExist }
    isEnabled = true
  }

  public mutating func disable() {
    if !isEnabled { return }
    isEnabled = false
    revision += 1
  }
}

/// What a user may read and write.
struct Permissions: Sendable {
  var reads: KeyIntervals
  var writes: KeyIntervals

  init(of user: AuthUser, roles: [Name: AuthRole]) {
    let granted = user.roles.compactMap { roles[Name($0)] }.flatMap(\.keyPermission)
    func ranges(_ types: Set<AuthPermission.TypeEnum>) -> KeyIntervals {
      KeyIntervals(granted.filter { types.contains($0.permType) }.map { ($0.key, $0.rangeEnd) })
    }
    reads = ranges([.read, .readwrite])
    writes = ranges([.write, .readwrite])
  }
}

extension AuthUser {
  var key: Name { Name(String(decoding: name, as: UTF8.self)) }
  var isAdmin: Bool { roles.contains(AccessRules.root) }
}

extension AuthRole {
  var key: Name { Name(String(decoding: name, as: UTF8.self)) }
}
