extension RealEtcd {
  /// Runs this release's etcdctl against this server, with the TLS options that it needs.
  ///
  /// - Parameter client: the client certificate to show; nil shows none.
  public func etcdctl(
    _ arguments: String..., client: TestCertificates.Pair? = nil, input: [UInt8] = []
  ) async throws -> Program.Output {
    try await etcdctl(arguments, client: client, input: input)
  }

  public func etcdctl(
    _ arguments: [String], client: TestCertificates.Pair? = nil, input: [UInt8] = []
  ) async throws -> Program.Output {
    guard let program = RealEtcd.program("etcdctl", release) else {
      throw Program.Failure("\(release) is not installed")
    }
    var options = ["--endpoints", clientURL]
    if usesTLS { options += ["--cacert", TestCertificates.shared.authority.certificate] }
    if let client { options += ["--cert", client.certificate, "--key", client.key] }
    return try await Program.run(program, options + arguments, environment: RealEtcd.environment, input: input)
  }

  /// Makes user `root` with the root role and turns authentication on.
  public func enableAuthentication(rootPassword: String) async throws {
    for arguments in [
      ["user", "add", "root:\(rootPassword)"], ["role", "add", "root"], ["user", "grant-role", "root", "root"],
      ["auth", "enable"],
    ] {
      let output = try await etcdctl(arguments)
      // Before 3.5 a role is no precondition; adding it again is harmless in both.
      guard output.status == 0 || output.errorText.contains("already exists") else {
        throw Program.Failure("etcdctl \(arguments.joined(separator: " ")): \(output)")
      }
    }
  }

  /// Makes a user that may read and write the keys from `prefix`, after authentication was turned on.
  public func addUser(_ name: String, password: String, prefix: String, rootPassword: String) async throws {
    let root = ["--user", "root:\(rootPassword)"]
    for arguments in [
      ["user", "add", "\(name):\(password)"], ["role", "add", name],
      ["role", "grant-permission", "--prefix=true", name, "readwrite", prefix], ["user", "grant-role", name, name],
    ] {
      let output = try await etcdctl(root + arguments)
      guard output.status == 0 else {
        throw Program.Failure("etcdctl \(arguments.joined(separator: " ")): \(output)")
      }
    }
  }
}
