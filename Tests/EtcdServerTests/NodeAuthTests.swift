import EtcdAPI
import EtcdState
import Foundation
import TestSupport
import Testing

@testable import EtcdServer

@Suite struct NodeAuthTests {
  private func configuration(_ durability: NodeConfiguration.Durability = .inMemory) -> NodeConfiguration {
    var configuration = NodeConfiguration(durability)
    configuration.bcryptCost = 4
    return configuration
  }

  @Test("Nobody logs in while authentication is off, and then only with the right password")
  func logins() async throws {
    let node = try EtcdNode.boot(configuration())
    await #expect(throws: EtcdError.authNotEnabled) { try await node.token(of: "alice", "a's") }
    try await node.addUsers()
    await #expect(throws: EtcdError.authFailed) { try await node.token(of: "alice", "b's") }
    await #expect(throws: EtcdError.authFailed) { try await node.token(of: "nobody", "") }
    await #expect(throws: EtcdError.passwordForNoPasswordUser) { try await node.token(of: "cert", "") }
    let token = try await node.token(of: "alice", "a's")
    #expect(token.wholeMatch(of: /[a-zA-Z]{16}\.\d+/) != nil)
    let revision = try node.snapshot().access.revision
    #expect(try node.caller(token: token, commonName: nil) == .user(name: "alice", authRevision: revision))
    #expect(try node.caller(token: "Bearer \(token)", commonName: nil) == .user(name: "alice", authRevision: revision))
  }

  @Test("A token names the caller before a certificate does; one that is not known is refused")
  func callers() async throws {
    let node = try EtcdNode.boot(configuration())
    #expect(try node.caller(token: nil, commonName: nil) == .anonymous)
    #expect(try node.caller(token: "made up", commonName: nil) == .anonymous)
    try await node.addUsers()
    let token = try await node.token(of: "alice", "a's")
    let revision = try node.snapshot().access.revision
    #expect(try node.caller(token: nil, commonName: nil) == .anonymous)
    #expect(try node.caller(token: nil, commonName: "cert") == .user(name: "cert", authRevision: revision))
    #expect(try node.caller(token: token, commonName: "cert") == .user(name: "alice", authRevision: revision))
    for wrong in ["", "made up", "\(token)0", token.lowercased() + "x"] {
      #expect(throws: EtcdError.invalidAuthToken) { try node.caller(token: wrong, commonName: "cert") }
    }
  }

  @Test("A token ends with its user's password, its user, and authentication")
  func endings() async throws {
    let node = try EtcdNode.boot(configuration())
    try await node.addUsers()
    let alice = try await node.token(of: "alice", "a's")
    let bob = try await node.token(of: "bob", "b's")
    let root = try await node.token(of: "root", "r's")
    _ = try await node.userChangePassword(
      .with {
        $0.name = "alice"
        $0.password = "new"
      })
    #expect(throws: EtcdError.invalidAuthToken) { try node.caller(token: alice, commonName: nil) }
    await #expect(throws: EtcdError.authFailed) { try await node.token(of: "alice", "a's") }
    _ = try await node.token(of: "alice", "new")
    _ = try node.caller(token: bob, commonName: nil)
    _ = try await node.userDelete(.with { $0.name = "bob" })
    #expect(throws: EtcdError.invalidAuthToken) { try node.caller(token: bob, commonName: nil) }
    _ = try await node.authDisable(AuthDisableRequest())
    #expect(try node.caller(token: root, commonName: nil) == .anonymous)
    _ = try await node.authEnable(AuthEnableRequest())
    #expect(throws: EtcdError.invalidAuthToken) { try node.caller(token: root, commonName: nil) }
  }

  @Test("A token lives as long as it is used, and those whose time is up are forgotten")
  func lifetime() {
    var tokens = SimpleTokens(lifetime: .seconds(10))
    func login(_ index: UInt64, at seconds: Int) {
      tokens.follow(
        .authenticate(
          .with {
            $0.name = "alice"
            $0.simpleToken = "prefix"
          }), index: index, now: .seconds(seconds))
    }
    login(5, at: 0)
    #expect(tokens.use("prefix.5", now: .seconds(10)) == "alice")
    #expect(tokens.use("prefix.5", now: .seconds(20)) == "alice")
    #expect(tokens.use("prefix.5", now: .seconds(31)) == nil)
    #expect(tokens.use("prefix.5", now: .seconds(31)) == nil)
    for index in 100..<200 as Range<UInt64> { login(index, at: Int(index)) }
    #expect(tokens.use("prefix.100", now: .seconds(100)) == nil)
    #expect(tokens.use("prefix.195", now: .seconds(200)) == "alice")
  }

  @Test("What a user may not do fails with etcd's error, and what the node itself does succeeds")
  func permissions() async throws {
    let node = try EtcdNode.boot(configuration())
    try await node.addUsers()
    let alice = try node.caller(token: try await node.token(of: "alice", "a's"), commonName: nil)
    func put(_ key: String, by caller: Caller) async throws {
      _ = try await node.answer { node.put(.with { $0.key = Data(key.utf8) }, by: caller, then: $0) }
    }
    try await put("a1", by: alice)
    await #expect(throws: EtcdError.permissionDenied) { try await put("b1", by: alice) }
    await #expect(throws: EtcdError.userEmpty) { try await put("a1", by: .anonymous) }
    await #expect(throws: EtcdError.userEmpty) {
      try await node.answer { node.leaseGrant(LeaseGrantRequest(), by: .anonymous, then: $0) }
    }
    await #expect(throws: EtcdError.userEmpty) {
      try await node.answer { node.status(StatusRequest(), by: .anonymous, then: $0) }
    }
    await #expect(throws: EtcdError.permissionDenied) {
      try await node.answer { node.memberRemove(MemberRemoveRequest(), by: alice, then: $0) }
    }
    await #expect(throws: EtcdError(.unknown, "auth: permission denied")) {
      try await node.answer { node.hashKV(HashKVRequest(), by: alice, then: $0) }
    }
    _ = try await node.answer { node.status(StatusRequest(), by: alice, then: $0) }
    _ = try await node.put(.with { $0.key = Data("b1".utf8) })
    _ = try await node.hashKV(HashKVRequest(), at: EtcdNode.endpoint)
  }

  @Test(
    "Users, roles and tokens are there again after a restart, from the log and from a checkpoint", arguments: [1, .max])
  func restart(checkpointLogSize: Int) async throws {
    let folder = TemporaryFolder()
    let configuration = configuration(.folder(folder.path))
    func boot() throws -> EtcdNode {
      let (storage, recovered) = try FolderStorage.open(
        folder.path, identity: configuration.identity, checkpointLogSize: checkpointLogSize)
      return try EtcdNode.boot(configuration, on: storage, recovered: recovered)
    }
    let node = try boot()
    try await node.addUsers()
    let token = try await node.token(of: "alice", "a's")
    let before = try node.snapshot().access
    await node.close()

    let again = try boot()
    let after = try again.snapshot().access
    #expect(after.isEnabled)
    #expect(after.revision == before.revision)
    #expect(after.users == before.users)
    #expect(after.roles == before.roles)
    if checkpointLogSize == .max {
      #expect(
        try again.caller(token: token, commonName: nil) == .user(name: "alice", authRevision: after.revision))
    }
    _ = try await again.token(of: "alice", "a's")
    await again.close()
  }

  @Test("Tokens of another kind carry the user's name and the revision, and end by themselves")
  func webTokens() async throws {
    let folder = TemporaryFolder()
    try Data("secret".utf8).write(to: URL(filePath: folder.path + "/key"))
    var configuration = configuration()
    configuration.authToken = "jwt,sign-method=HS256,priv-key=\(folder.path)/key,ttl=10m"
    let node = try EtcdNode.boot(configuration)
    try await node.addUsers()
    let token = try await node.token(of: "alice", "a's")
    let revision = try node.snapshot().access.revision
    let alice = try node.caller(token: token, commonName: nil)
    #expect(alice == .user(name: "alice", authRevision: revision))
    _ = try await node.roleAdd(.with { $0.name = "other" })
    #expect(try node.caller(token: token, commonName: nil) == alice)
    await #expect(throws: EtcdError.authOldRevision) {
      try await node.answer { node.put(.with { $0.key = Data("a".utf8) }, by: alice, then: $0) }
    }
    #expect(throws: EtcdError.invalidAuthToken) { try node.caller(token: token + "x", commonName: nil) }
  }

  @Test(
    "A kind of token that cannot be made keeps the node from starting, and says why",
    arguments: [
      ("nonsense", "there is no such kind of token"), ("", "there is no such kind of token"),
      ("jwt", "sign-method is missing"), ("jwt,sign-method=none", "there is no sign-method none"),
      ("jwt,sign-method=RS256", "neither priv-key nor pub-key is given"),
      ("jwt,sign-method=HS256", "priv-key is missing or empty"),
      ("jwt,sign-method=HS256,ttl=soon", "ttl=soon is not a time"),
      ("jwt,sign-method=HS256,sign-method=HS256", "sign-method is given twice"),
      ("jwt,HS256", "\"HS256\" is not of the form name=value"),
    ])
  func badOptions(option: String, cause: String) throws {
    var configuration = configuration()
    configuration.authToken = option
    let error = try #require(throws: EtcdError.self) { try EtcdNode.boot(configuration) }
    #expect(error.cause == cause)
  }
}

extension EtcdNode {
  fileprivate func token(of user: String, _ password: String) async throws -> String {
    let request = AuthenticateRequest.with {
      $0.name = user
      $0.password = password
    }
    return try await answer { authenticate(request, by: .anonymous, then: $0) }.token
  }

  /// Root, alice who has `a…`, bob who has nothing, and cert without a password; then authentication goes on.
  fileprivate func addUsers() async throws {
    for (name, password) in [("root", "r's"), ("alice", "a's"), ("bob", "b's")] {
      _ = try await userAdd(
        .with {
          $0.name = name
          $0.password = password
        })
    }
    _ = try await userAdd(
      .with {
        $0.name = "cert"
        $0.options.noPassword = true
      })
    _ = try await roleAdd(.with { $0.name = "r" })
    _ = try await roleGrantPermission(
      .with {
        $0.name = "r"
        $0.perm.permType = .readwrite
        $0.perm.key = Data("a".utf8)
        $0.perm.rangeEnd = Data("b".utf8)
      })
    for (user, role) in [("alice", "r"), ("root", "root")] {
      _ = try await userGrantRole(
        .with {
          $0.user = user
          $0.role = role
        })
    }
    _ = try await authEnable(AuthEnableRequest())
  }
}
