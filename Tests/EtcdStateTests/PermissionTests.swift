import EtcdAPI
import EtcdState
import Foundation
import Testing

/// Root, and three users: alice reads and writes `a…`, bob reads `a…`, carol has no role.
@Suite struct PermissionTests {
  private var state: ClusterState

  init() throws {
    state = ClusterState()
    for key in ["a1", "a2", "b1"] { try state.put(key) }
    for name in ["root", "alice", "bob", "carol"] {
      try state.perform(.userAdd(.with { $0.name = name }))
    }
    try state.grant(.readwrite, "a", "b", to: "writer", user: "alice")
    try state.grant(.read, "a", "b", to: "reader", user: "bob")
    try state.perform(
      .userGrantRole(
        .with {
          $0.user = "root"
          $0.role = "root"
        }))
    try state.perform(.authEnable)
  }

  @Test("Puts need the key's permission, and reading it to tell what was there")
  mutating func put() throws {
    try state.perform(.put(PutRequest("a1")), by: "alice")
    try state.perform(.put(PutRequest("b1")), by: "root")
    #expect(throws: EtcdError.permissionDenied) { try state.perform(.put(PutRequest("b1")), by: "alice") }
    #expect(throws: EtcdError.permissionDenied) { try state.perform(.put(PutRequest("a1")), by: "bob") }
    try state.grant(.write, "w", to: "blind", user: "carol")
    try state.perform(.put(PutRequest("w")), by: "carol")
    var request = PutRequest("w")
    request.prevKv = true
    #expect(throws: EtcdError.permissionDenied) { try state.perform(.put(request), by: "carol") }
    #expect(throws: EtcdError.permissionDenied) {
      try state.txn(TxnRequest([], [.with { $0.requestPut = request }]), by: "carol")
    }
  }

  @Test("Deletions need the whole range, and reading it to tell what was there")
  mutating func delete() throws {
    #expect(throws: EtcdError.permissionDenied) {
      try state.perform(.deleteRange(DeleteRangeRequest("a", "c")), by: "alice")
    }
    try state.perform(.deleteRange(DeleteRangeRequest("a", "b")), by: "alice")
    try state.grant(.write, "w", "x", to: "blind", user: "carol")
    try state.perform(.deleteRange(DeleteRangeRequest("w", "x")), by: "carol")
    var request = DeleteRangeRequest("w", "x")
    request.prevKv = true
    #expect(throws: EtcdError.permissionDenied) { try state.perform(.deleteRange(request), by: "carol") }
  }

  @Test("A transaction needs what all its operations need: compares, both branches, nested ones")
  mutating func txn() throws {
    let allowed = TxnRequest([.version("a1", .equal, 0)], [.put("a2")], else: [.range("a", "b"), .delete("a1")])
    _ = try state.txn(allowed, by: "alice")
    let refused = [
      TxnRequest([.version("b1", .equal, 0)], []),
      TxnRequest([], [.put("b1")]),
      TxnRequest([], [], else: [.put("b1")]),
      TxnRequest([], [.range("a", "c")]),
      TxnRequest([], [], else: [.delete("b1")]),
      TxnRequest([], [.txn(TxnRequest([], [], else: [.put("b1")]))]),
      TxnRequest([], [.txn(TxnRequest([.version("b1", .equal, 0)], []))]),
    ]
    for request in refused {
      #expect(throws: EtcdError.permissionDenied) { try state.txn(request, by: "alice") }
    }
    #expect(throws: EtcdError.permissionDenied) { try state.txn(TxnRequest([], [.put("a1")]), by: "bob") }
  }

  @Test("Reads need the range, in a transaction too")
  func read() throws {
    #expect(try state.range(RangeRequest("a", "b"), by: state.caller("bob")).count == 2)
    #expect(throws: EtcdError.permissionDenied) { try state.range(RangeRequest("a", "c"), by: state.caller("bob")) }
    #expect(throws: EtcdError.permissionDenied) { try state.range(RangeRequest("a1"), by: state.caller("carol")) }
    #expect(throws: EtcdError.userEmpty) { try state.range(RangeRequest("a1"), by: .anonymous) }
    _ = try state.range(RangeRequest("\0", "\0"), by: .root)
    _ = try state.readOnlyTxn(TxnRequest([], [.range("a1")]), by: state.caller("bob"))
    #expect(throws: EtcdError.permissionDenied) {
      try state.readOnlyTxn(TxnRequest([], [], else: [.range("b1")]), by: state.caller("bob"))
    }
  }

  @Test("A watch needs to read its range, all of it when it has no end")
  mutating func watch() throws {
    func watch(_ key: String, _ end: String = "", by name: String) throws {
      try state.checkRead(
        .with {
          $0.key = Data(key.utf8)
          $0.rangeEnd = Data(end.utf8)
        }, by: state.caller(name))
    }
    try watch("a", "b", by: "bob")
    #expect(throws: EtcdError.permissionDenied) { try watch("a", "\0", by: "bob") }
    #expect(throws: EtcdError.permissionDenied) { try watch("", "\0", by: "bob") }
    try state.grant(.read, "a", "\0", to: "open", user: "carol")
    try watch("a", "\0", by: "carol")
    #expect(throws: EtcdError.permissionDenied) { try watch("", "\0", by: "carol") }
    try watch("", "\0", by: "root")
  }

  @Test("A lease is its keys': who cannot write them all can neither revoke, renew nor use it")
  mutating func leases() throws {
    try state.perform(.leaseGrant(.with { $0.id = 5 }))
    try state.perform(.put(PutRequest("a1", "", lease: 5)), by: "alice")
    try state.perform(.put(PutRequest("b1", "", lease: 5)), by: "root")
    #expect(throws: EtcdError.permissionDenied) {
      try state.perform(.put(PutRequest("a2", "", lease: 5)), by: "alice")
    }
    #expect(throws: EtcdError.permissionDenied) {
      try state.txn(TxnRequest([], [.put("a2", "", lease: 5)]), by: "alice")
    }
    #expect(throws: EtcdError.permissionDenied) { try state.perform(.leaseRevoke(.with { $0.id = 5 }), by: "alice") }
    let (alice, bob) = (state.caller("alice"), state.caller("bob"))
    #expect(throws: EtcdError.permissionDenied) { try state.checkLeaseRenewal(5, by: alice) }
    #expect(throws: EtcdError.permissionDenied) { try state.checkLeaseList(by: alice) }
    let withKeys = LeaseTimeToLiveRequest.with {
      $0.id = 5
      $0.keys = true
    }
    #expect(throws: EtcdError.permissionDenied) { try state.checkTimeToLive(withKeys, by: bob) }
    try state.checkTimeToLive(.with { $0.id = 5 }, by: bob)
    #expect(throws: EtcdError.userEmpty) { try state.checkTimeToLive(.with { $0.id = 5 }, by: .anonymous) }

    try state.perform(.put(PutRequest("b1")), by: "root")
    try state.checkLeaseRenewal(5, by: alice)
    try state.checkTimeToLive(withKeys, by: bob)
    try state.checkLeaseList(by: bob)
    #expect(throws: EtcdError.permissionDenied) { try state.checkLeaseRenewal(5, by: bob) }
    #expect(throws: EtcdError.leaseNotFound) { try state.perform(.leaseRevoke(.with { $0.id = 6 }), by: "bob") }
    try state.perform(.leaseRevoke(.with { $0.id = 5 }), by: "alice")
  }

  @Test("Who is not known may neither write nor hold leases; what etcd lets pass, passes")
  mutating func anonymous() throws {
    #expect(throws: EtcdError.userEmpty) { try state.apply(.put(PutRequest("a1")), by: .anonymous).reply.get() }
    #expect(throws: EtcdError.userEmpty) { try state.admit(.leaseGrant(.with { $0.id = 1 }), by: .anonymous) }
    #expect(throws: EtcdError.userEmpty) { try state.admit(.alarm(AlarmRequest()), by: .anonymous) }
    #expect(throws: EtcdError.permissionDenied) {
      try state.admit(.alarm(.with { $0.action = .deactivate }), by: state.caller("alice"))
    }
    try state.admit(.alarm(AlarmRequest()), by: state.caller("alice"))
    _ = try state.apply(.leaseGrant(.with { $0.id = 1 }), by: .anonymous).reply.get()
    _ = try state.apply(.compaction(.with { $0.revision = 2 }), by: .anonymous).reply.get()
  }

  @Test("Only an administrator changes users and roles; others may ask about themselves and their roles")
  mutating func administration() throws {
    #expect(throws: EtcdError.permissionDenied) { try state.perform(.authDisable, by: "alice") }
    #expect(throws: EtcdError.userEmpty) { try state.apply(.authDisable, by: .anonymous).reply.get() }
    let alice = state.caller("alice")
    #expect(try state.userGet(.with { $0.name = "alice" }, by: alice).roles == ["writer"])
    #expect(throws: EtcdError.permissionDenied) { try state.userGet(.with { $0.name = "bob" }, by: alice) }
    #expect(try state.roleGet(.with { $0.role = "writer" }, by: alice).perm.map(\.permType) == [.readwrite])
    #expect(throws: EtcdError.permissionDenied) { try state.roleGet(.with { $0.role = "reader" }, by: alice) }
    #expect(throws: EtcdError.permissionDenied) { try state.userList(by: alice) }
    #expect(throws: EtcdError.permissionDenied) { try state.roleList(by: alice) }
    #expect(throws: EtcdError.permissionDenied) { try state.authStatus(by: alice) }
    #expect(try state.userList(by: state.caller("root")).users == ["alice", "bob", "carol", "root"])
    #expect(try state.roleList(by: .root).roles == ["reader", "writer"])
    #expect(throws: EtcdError.userNotFound) { try state.userGet(.with { $0.name = "nobody" }, by: .root) }
    #expect(throws: EtcdError(.unknown, "auth: permission denied")) { try state.checkMaintenance(alice) }
    try state.perform(.authDisable, by: "root")
    #expect(try !state.authStatus(by: .anonymous).enabled)
    try state.checkMaintenance(.anonymous)
  }

  @Test("A write proposed before users or roles changed is refused, and a read of an answer to come too")
  mutating func oldRevision() throws {
    let alice = state.caller("alice")
    guard case .user(_, let revision) = alice else { fatalError("a user is a user") }
    #expect(throws: EtcdError.authOldRevision) {
      try state.range(RangeRequest("a1"), by: .user(name: "alice", authRevision: revision + 1))
    }
    try state.perform(.roleAdd(.with { $0.name = "other" }))
    #expect(throws: EtcdError.authOldRevision) { try state.apply(.put(PutRequest("a1")), by: alice).reply.get() }
    #expect(throws: EtcdError.authOldRevision) { try state.range(RangeRequest("a1"), by: alice) }
    try state.perform(.put(PutRequest("a1")))
  }

  @Test("A password goes into the log as a hash")
  func hashing() throws {
    let add = Command.userAdd(
      .with {
        $0.name = "dora"
        $0.password = "geheim"
      })
    guard case .userAdd(let hashed) = try add.hashingPassword({ Array("#\($0)".utf8) }) else {
      fatalError("not a user")
    }
    #expect(hashed.password.isEmpty)
    #expect(hashed.hashedPassword == Data("#geheim".utf8).base64EncodedString())
    let change = Command.userChangePassword(.with { $0.password = "geheim" })
    guard case .userChangePassword(let changed) = try change.hashingPassword({ Array("#\($0)".utf8) }) else {
      fatalError("not a change")
    }
    #expect(changed.password.isEmpty)
    #expect(changed.hashedPassword == Data("#geheim".utf8).base64EncodedString())
    var state = state
    #expect(throws: EtcdError.passwordForNoPasswordUser) {
      try state.perform(
        .userAdd(
          .with {
            $0.name = "dora"
            $0.hashedPassword = "no base 64"
          }))
    }
  }
}

extension ClusterState {
  /// A user with a token of now.
  fileprivate func caller(_ name: String) -> Caller { .user(name: name, authRevision: access.revision) }

  fileprivate mutating func perform(_ command: Command, by name: String) throws {
    _ = try apply(command, by: caller(name)).reply.get()
  }

  fileprivate mutating func txn(_ request: TxnRequest, by name: String) throws {
    try perform(.txn(request), by: name)
  }

  /// A role with one permission, for a user.
  fileprivate mutating func grant(
    _ type: AuthPermission.TypeEnum, _ key: String, _ end: String = "", to role: String, user: String
  ) throws {
    try perform(.roleAdd(.with { $0.name = role }))
    try perform(
      .roleGrantPermission(
        .with {
          $0.name = role
          $0.perm.permType = type
          $0.perm.key = Data(key.utf8)
          $0.perm.rangeEnd = Data(end.utf8)
        }))
    try perform(
      .userGrantRole(
        .with {
          $0.user = user
          $0.role = role
        }))
  }
}
