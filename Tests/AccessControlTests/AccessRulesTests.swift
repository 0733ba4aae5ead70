import EtcdAPI
import Foundation
import Testing

@testable import AccessControl

@Suite struct AccessRulesTests {
  /// Root, and alice who reads `app/` and writes `app/x`.
  private func rules(isEnabled: Bool = true) throws -> AccessRules {
    var rules = AccessRules()
    for name in ["root", "alice", "bob"] { try rules.add(name) }
    try rules.grantRole("root", to: "root")
    try rules.addRole("reader")
    try rules.addRole("writer")
    try rules.grant(.read, "app/", "app0", to: "reader")
    try rules.grant(.write, "app/x", to: "writer")
    for role in ["writer", "reader"] { try rules.grantRole(role, to: "alice") }
    if isEnabled { try rules.enable() }
    return rules
  }

  @Test("A user may do what the roles permit, and no more")
  func permissions() throws {
    let rules = try rules()
    try rules.check(.read, "app/1", of: "alice")
    try rules.check(.read, "app/", "app0", of: "alice")
    try rules.check(.write, "app/x", of: "alice")
    #expect(throws: EtcdError.permissionDenied) { try rules.check(.write, "app/1", of: "alice") }
    #expect(throws: EtcdError.permissionDenied) { try rules.check(.read, "app/", "app1", of: "alice") }
    #expect(throws: EtcdError.permissionDenied) { try rules.check(.read, "app/1", of: "bob") }
    #expect(throws: EtcdError.permissionDenied) { try rules.check(.read, "app/1", of: "nobody") }
    try rules.check(.write, "\0", "\0", of: "root")
  }

  @Test("Permissions follow every change of users and roles")
  func changes() throws {
    var rules = try rules()
    func mayRead(_ key: String) -> Bool { (try? rules.check(.read, key, of: "alice")) != nil }
    try rules.grant(.readwrite, "k", to: "writer")
    #expect(mayRead("k"))
    try rules.grant(.write, "k", to: "writer")
    #expect(!mayRead("k"))
    try rules.revokePermission(key: Data("app/".utf8), rangeEnd: Data("app0".utf8), from: "reader")
    #expect(!mayRead("app/1"))
    try rules.grant(.read, "app/", "app0", to: "reader")
    #expect(mayRead("app/1"))
    try rules.revokeRole("reader", from: "alice")
    #expect(!mayRead("app/1"))
    try rules.grantRole("reader", to: "alice")
    #expect(mayRead("app/1"))
    try rules.deleteRole("reader")
    #expect(!mayRead("app/1"))
    #expect(rules.user("alice")?.roles == ["writer"])
    try rules.deleteUser("alice")
    #expect(!mayRead("app/x"))
  }

  @Test("A caller without a token, or with one of an older revision, is refused even what the roles permit")
  func revisions() throws {
    var rules = try rules()
    let old = rules.revision
    try rules.add("carol")
    #expect(throws: EtcdError.authOldRevision) {
      try rules.check(.read, key: Data("app/1".utf8), rangeEnd: Data(), of: "alice", authRevision: old)
    }
    #expect(throws: EtcdError.authOldRevision) {
      try rules.check(.read, key: Data("app/1".utf8), rangeEnd: Data(), of: "root", authRevision: old)
    }
    #expect(throws: EtcdError.userEmpty) {
      try rules.check(.read, key: Data("app/1".utf8), rangeEnd: Data(), of: "alice", authRevision: 0)
    }
  }

  @Test("Nothing is checked until it is enabled, for which root must have the root role")
  func enabling() throws {
    var rules = AccessRules()
    #expect(throws: EtcdError.rootUserNotExist) { try rules.enable() }
    try rules.add("root")
    #expect(throws: EtcdError.rootRoleNotExist) { try rules.enable() }
    try rules.grantRole("root", to: "root")
    try rules.check(.write, "a", of: "nobody")
    try rules.checkAdministrator("nobody")
    let revision = rules.revision
    try rules.enable()
    try rules.enable()
    #expect(rules.revision == revision)
    #expect(throws: EtcdError.permissionDenied) { try rules.check(.write, "a", of: "nobody") }
    rules.disable()
    #expect(rules.revision == revision + 1)
    rules.disable()
    #expect(rules.revision == revision + 1)
  }

  @Test("Only the root role administers")
  func administration() throws {
    let rules = try rules()
    try rules.checkAdministrator("root")
    #expect(throws: EtcdError.permissionDenied) { try rules.checkAdministrator("alice") }
    #expect(throws: EtcdError.userNotFound) { try rules.checkAdministrator("nobody") }
    #expect(throws: EtcdError.userEmpty) { try rules.checkAdministrator("") }
  }

  @Test("Root keeps its user, its role and the tie between them while it is needed")
  func rootStays() throws {
    var rules = try rules()
    try rules.addRole("root")
    #expect(throws: EtcdError.invalidAuthManagement) { try rules.deleteUser("root") }
    #expect(throws: EtcdError.invalidAuthManagement) { try rules.deleteRole("root") }
    #expect(throws: EtcdError.invalidAuthManagement) { try rules.revokeRole("root", from: "root") }
    rules.disable()
    try rules.revokeRole("root", from: "root")
    try rules.deleteRole("root")
    try rules.deleteUser("root")
  }

  @Test("What cannot be done is refused in etcd's words, and changes nothing")
  func refusals() throws {
    var rules = try rules(isEnabled: false)
    let revision = rules.revision
    #expect(throws: EtcdError.userEmpty) { try rules.add("") }
    #expect(throws: EtcdError.userAlreadyExists) { try rules.add("alice") }
    #expect(throws: EtcdError.userNotFound) { try rules.deleteUser("nobody") }
    #expect(throws: EtcdError.userNotFound) { try rules.changePassword(of: "nobody", hash: Data()) }
    #expect(throws: EtcdError.userNotFound) { try rules.grantRole("reader", to: "nobody") }
    #expect(throws: EtcdError.roleNotFound) { try rules.grantRole("nothing", to: "alice") }
    #expect(throws: EtcdError.userNotFound) { try rules.revokeRole("reader", from: "nobody") }
    #expect(throws: EtcdError.roleNotGranted) { try rules.revokeRole("reader", from: "bob") }
    #expect(throws: EtcdError.roleEmpty) { try rules.addRole("") }
    #expect(throws: EtcdError.roleAlreadyExists) { try rules.addRole("reader") }
    #expect(throws: EtcdError.roleNotFound) { try rules.deleteRole("nothing") }
    #expect(throws: EtcdError.roleNotFound) { try rules.grant(.read, "a", to: "nothing") }
    #expect(throws: EtcdError.roleNotFound) {
      try rules.revokePermission(key: Data("a".utf8), rangeEnd: Data(), from: "nothing")
    }
    #expect(throws: EtcdError.permissionNotGranted) {
      try rules.revokePermission(key: Data("app/".utf8), rangeEnd: Data(), from: "reader")
    }
    for (key, end) in [("", "z"), ("b", "a"), ("b", "b")] {
      #expect(throws: EtcdError.invalidAuthManagement) { try rules.grant(.read, key, end, to: "reader") }
    }
    // Already so: no mistake, and no change.
    try rules.grantRole("reader", to: "alice")
    #expect(rules.revision == revision)
  }

  @Test("Names that look alike are different, and lists are in the order of their bytes")
  func names() throws {
    var rules = AccessRules()
    for name in ["e\u{301}", "\u{e9}", "Z", "a"] { try rules.add(name) }
    #expect(rules.users.map { Array($0.name) } == ["Z", "a", "e\u{301}", "\u{e9}"].map { Array($0.utf8) })
  }

  @Test("A user without password has none, whatever it is changed to, and cannot log in")
  func noPassword() throws {
    var rules = try rules()
    try rules.addUser("cert", passwordHash: Data("x".utf8), options: .with { $0.noPassword = true })
    try rules.changePassword(of: "cert", hash: Data("x".utf8))
    #expect(rules.user("cert")?.password.isEmpty == true)
    #expect(throws: EtcdError.passwordForNoPasswordUser) { try rules.passwordHash(of: "cert") }
    #expect(throws: EtcdError.authFailed) { try rules.checkLogin("cert") }
    #expect(throws: EtcdError.authFailed) { try rules.passwordHash(of: "nobody") }
    #expect(throws: EtcdError.authFailed) { try rules.checkLogin("nobody") }
    #expect(try rules.passwordHash(of: "alice") == Data("alice's hash".utf8))
    try rules.checkLogin("alice")
    rules.disable()
    #expect(throws: EtcdError.authNotEnabled) { try rules.passwordHash(of: "alice") }
    #expect(throws: EtcdError.authNotEnabled) { try rules.checkLogin("alice") }
  }

  @Test("Rules read back permit what they did")
  func reading() throws {
    let rules = try rules()
    let read = AccessRules(isEnabled: true, revision: rules.revision, users: rules.users, roles: rules.roles)
    #expect(read.revision == rules.revision)
    try read.check(.read, "app/1", of: "alice")
    #expect(throws: EtcdError.permissionDenied) { try read.check(.write, "app/1", of: "alice") }
    #expect(AccessRules(isEnabled: false, revision: 0, users: [], roles: []).revision == 1)
  }
}

extension AccessRules {
  fileprivate mutating func add(_ name: String) throws {
    try addUser(name, passwordHash: Data("\(name)'s hash".utf8), options: AuthUserAddOptions())
  }

  fileprivate mutating func grant(
    _ type: AuthPermission.TypeEnum, _ key: String, _ end: String = "", to role: String
  ) throws {
    try grantPermission(
      .with {
        $0.permType = type
        $0.key = Data(key.utf8)
        $0.rangeEnd = Data(end.utf8)
      }, to: role)
  }

  /// With a token of now.
  fileprivate func check(_ right: Right, _ key: String, _ end: String = "", of user: String) throws {
    try check(right, key: Data(key.utf8), rangeEnd: Data(end.utf8), of: user, authRevision: revision)
  }
}
