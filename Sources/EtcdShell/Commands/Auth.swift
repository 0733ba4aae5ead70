import EtcdAPI

extension Command {
  static let authEnable = Command(
    "auth enable", group: .auth, summary: "Enables authentication",
    details: """
      From then on every client must say who it is. It takes a user root, which is given the role root here when it does
      not have it.
      """,
    examples: ["user add root --new-user-password secret", "auth enable"], writes: true,
    wordsMessage: "auth enable command does not accept any arguments"
  ) { invocation in
    let etcd = invocation.etcd
    do throws(EtcdError) {
      _ = try await etcd.authEnable(AuthEnableRequest())
    } catch  where error.message == EtcdError.rootRoleMissing {
      try await etcd.giveRootRole()
      _ = try await etcd.authEnable(AuthEnableRequest())
    } catch  where error.message == EtcdError.rootUserMissing {
      throw error.explained(remedy: "user add root")
    }
    invocation.showLine("Authentication Enabled")
  }

  static let authDisable = Command(
    "auth disable", group: .auth, summary: "Disables authentication", examples: ["auth disable"], writes: true,
    wordsMessage: "auth disable command does not accept any arguments"
  ) { invocation in
    _ = try await invocation.etcd.authDisable(AuthDisableRequest())
    invocation.showLine("Authentication Disabled")
  }

  static let authStatus = Command(
    "auth status", group: .auth, summary: "Returns authentication status", examples: ["auth status"],
    wordsMessage: "auth status command does not accept any arguments"
  ) { invocation in
    try invocation.checkFormat(for: .users)
    try invocation.show(.authStatus(try await invocation.etcd.authStatus(AuthStatusRequest())))
  }
}

extension EtcdError {
  fileprivate static let rootUserMissing = "etcdserver: root user does not exist"
  fileprivate static let rootRoleMissing = "etcdserver: root user does not have root role"
  fileprivate static let roleExists = "etcdserver: role name already exists"
}

extension Etcd {
  fileprivate func giveRootRole() async throws(EtcdError) {
    do throws(EtcdError) {
      _ = try await roleAdd(.with { $0.name = "root" })
    } catch  where error.message == EtcdError.roleExists {
      // The user was made without it.
    }
    _ = try await userGrantRole(
      .with {
        $0.user = "root"
        $0.role = "root"
      })
  }
}
