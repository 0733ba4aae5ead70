import EtcdAPI

extension Command {
  static let userAdd = Command(
    "user add", group: .auth, summary: "Adds a new user", parameters: [Parameter("name", .user)],
    flags: [
      interactive, Flag("new-user-password", nil, .text, "the password"),
      Flag("no-password", nil, .bool, "a user without password, who is known by a certificate's common name"),
    ],
    details: """
      The password is asked for, unless it follows the name and a colon or is given by a flag. It is not shown, and a
      line that holds one is not kept in the history.
      """,
    examples: ["user add alice --new-user-password secret", "user add robot --no-password"], writes: true,
    wordsMessage: "user add command requires user name as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let request = try await invocation.userAddRequest()
    let response = try await invocation.etcd.userAdd(request)
    try invocation.show(.accessChange("User \(request.name) created", response.header))
  }

  static let userDelete = Command(
    "user delete", group: .auth, summary: "Deletes a user", parameters: [Parameter("name", .user)],
    examples: ["user add alice --no-password", "user delete alice"], writes: true,
    wordsMessage: "user delete command requires user name as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let name = invocation.words[0].text
    let response = try await invocation.etcd.userDelete(.with { $0.name = name })
    try invocation.show(.accessChange("User \(name) deleted", response.header))
  }

  static let userGet = Command(
    "user get", group: .auth, summary: "Gets detailed information of a user", parameters: [Parameter("name", .user)],
    flags: [Flag("detail", nil, .bool, "show permissions of roles granted to the user")],
    examples: ["user add alice --no-password", "user get alice --detail"],
    wordsMessage: "user get command requires user name as its argument"
  ) { invocation in
    let isDetailed = invocation.bool("detail")
    try invocation.checkFormat(for: isDetailed ? .plain : .users)
    let name = invocation.words[0].text
    let response = try await invocation.etcd.userGet(.with { $0.name = name })
    guard isDetailed else { return try invocation.show(.userGet(name: name, response)) }
    // As etcdctl: the name is text in every form.
    invocation.showLine("User: \(name)")
    for role in response.roles {
      invocation.showLine("")
      try invocation.show(.roleGet(name: role, try await invocation.etcd.roleGet(.with { $0.role = role })))
    }
  }

  static let userList = Command(
    "user list", group: .auth, summary: "Lists all users", examples: ["user list"],
    wordsMessage: "user list command requires no arguments"
  ) { invocation in
    try invocation.checkFormat(for: .users)
    try invocation.show(.userList(try await invocation.etcd.userList(AuthUserListRequest())))
  }

  static let userPassword = Command(
    "user passwd", group: .auth, summary: "Changes password of user", parameters: [Parameter("name", .user)],
    flags: [interactive],
    details: "The password is asked for and not shown; with --interactive=false it is read from standard input.",
    examples: ["user passwd alice"], writes: true,
    wordsMessage: "user passwd command requires user name as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let name = invocation.words[0].text
    let password = try await invocation.newPassword(of: name)
    let response = try await invocation.etcd.userChangePassword(
      .with {
        $0.name = name
        $0.password = password
      })
    try invocation.show(.accessChange("Password updated", response.header))
  }

  static let userGrantRole = Command(
    "user grant-role", group: .auth, summary: "Grants a role to a user",
    parameters: [Parameter("name", .user), Parameter("role", .role)],
    examples: ["user add alice --no-password", "role add app", "user grant-role alice app"], writes: true,
    wordsMessage: "user grant command requires user name and role name as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let (user, role) = (invocation.words[0].text, invocation.words[1].text)
    let response = try await invocation.etcd.userGrantRole(
      .with {
        $0.user = user
        $0.role = role
      })
    try invocation.show(.accessChange("Role \(role) is granted to user \(user)", response.header))
  }

  static let userRevokeRole = Command(
    "user revoke-role", group: .auth, summary: "Revokes a role from a user",
    parameters: [Parameter("name", .user), Parameter("role", .role)],
    examples: [
      "user add alice --no-password", "role add app", "user grant-role alice app", "user revoke-role alice app",
    ], writes: true, wordsMessage: "user revoke-role requires user name and role name as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let (user, role) = (invocation.words[0].text, invocation.words[1].text)
    let response = try await invocation.etcd.userRevokeRole(
      .with {
        $0.name = user
        $0.role = role
      })
    try invocation.show(.accessChange("Role \(role) is revoked from user \(user)", response.header))
  }

  private static let interactive = Flag(
    "interactive", nil, .bool, default: "true", "ask for the password; false: read it from standard input")
}

extension Invocation {
  fileprivate func userAddRequest() async throws -> AuthUserAddRequest {
    var request = AuthUserAddRequest()
    request.name = words[0].text
    request.options = AuthUserAddOptions()
    if bool("no-password") {
      request.options.noPassword = true
    } else if let password = text("new-user-password"), !password.isEmpty {
      request.password = password
    } else if let colon = request.name.firstIndex(of: ":") {
      request.password = String(request.name[request.name.index(after: colon)...])
      request.name = String(request.name[..<colon])
      if request.name.isEmpty { throw ShellError.badArguments("empty user name is not allowed", at: words[0]) }
    } else {
      request.password = try await newPassword(of: request.name)
    }
    return request
  }

  /// The password that is typed twice, or with `--interactive=false` the next word of the input.
  fileprivate func newPassword(of user: String) async throws -> String {
    if isGiven("interactive"), !bool("interactive") {
      let line = try await session.input.nextLine(prompt: "") ?? []
      return String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
    }
    guard let password = try await session.input.nextSecret(prompt: "Password of \(user): "), !password.isEmpty else {
      throw ShellError.badArguments(
        "empty password",
        remedy: command.flags.contains { $0.name == "no-password" }
          ? "type one, or give --new-user-password PASSWORD, or --no-password for a user known by certificate"
          : "type one, or give --interactive=false and the password on standard input", at: words[0])
    }
    let repeated = try await session.input.nextSecret(prompt: "Type password of \(user) again for confirmation: ")
    guard repeated == password else { throw ShellError.badArguments("given passwords are different", at: words[0]) }
    return password
  }
}
