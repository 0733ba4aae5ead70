import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let makeMirror = Command(
    "make-mirror", group: .maintenance, summary: "Makes a mirror at the destination etcd cluster",
    parameters: [Parameter("destination", .endpoint)],
    flags: [
      Flag("prefix", nil, .key, "key-value prefix to mirror"),
      Flag(
        "dest-prefix", nil, .key,
        "destination prefix to mirror a prefix to a different prefix in the destination cluster"),
      Flag("no-dest-prefix", nil, .bool, "mirror key-values to the root of the destination cluster"),
      Flag("dest-cert", nil, .file, "identify this client with this TLS certificate file at the destination"),
      Flag("dest-key", nil, .file, "identify this client with this TLS key file at the destination"),
      Flag("dest-cacert", nil, .file, "verify certificates of TLS servers at the destination with this CA bundle"),
      Flag(
        "dest-insecure-transport", nil, .bool, default: "true", "allow a connection without TLS to the destination"),
      Flag("dest-user", nil, .text, "username[:password] at the destination; asked for when the password is missing"),
      Flag("dest-password", nil, .text, "password at the destination"),
    ],
    details: """
      Copies every key, and then every change, until Ctrl-C. Every 30 seconds it prints how many have been copied. Keys
      that only the destination has are left alone, and leases are not copied.
      """,
    examples: ["make-mirror 10.0.0.9:2379 --prefix /app/ --dest-prefix /copy/"],
    wordsMessage: "make-mirror takes one destination argument"
  ) { invocation in
    let prefix = Data(invocation.bytes("prefix") ?? [])
    var destinationPrefix = Data(invocation.bytes("dest-prefix") ?? [])
    if invocation.bool("no-dest-prefix") {
      if !destinationPrefix.isEmpty {
        throw ShellError.badArguments(
          "`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one",
          at: invocation.flagWord("no-dest-prefix"))
      }
    } else if destinationPrefix.isEmpty {
      destinationPrefix = prefix
    }
    let destination = try await invocation.openDestination()
    let mirror = Mirror(from: invocation.etcd, prefix, to: destination, destinationPrefix)
    do {
      try await invocation.untilInterrupted { try await invocation.run(mirror) }
    } catch {
      await destination.close()
      throw error
    }
    await destination.close()
  }
}

extension Invocation {
  fileprivate func openDestination() async throws -> any Etcd {
    var connection = session.connection.withoutCredentials()
    connection.endpoints = Connection.endpoints(in: words[0].text)
    if connection.endpoints.isEmpty {
      throw ShellError.badArguments("no endpoint in \"\(words[0].shown)\"", at: words[0])
    }
    connection.certificateFile = text("dest-cert")
    connection.keyFile = text("dest-key")
    connection.caFile = text("dest-cacert")
    if isGiven("dest-insecure-transport") { connection.allowsPlaintext = bool("dest-insecure-transport") }
    if let user = text("dest-user"), !user.isEmpty { connection.setUser(user) }
    connection.password = text("dest-password") ?? connection.password
    if let user = connection.user, connection.password == nil {
      connection.password = try await session.input.nextSecret(prompt: "Destination Password: ")
      if connection.password == nil {
        throw ShellError.badArguments(
          "user \(user) has no password", remedy: "give --dest-user \(user):PASSWORD or --dest-password")
      }
    }
    return try session.open(connection).etcd
  }

  /// Mirrors, and tells how far it is.
  fileprivate func run(_ mirror: Mirror) async throws {
    let console = console
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await mirror.run() }
      group.addTask {
        while true {
          try await Task.sleep(for: .seconds(30))
          console.writeLine("\(mirror.count)")
          console.flush()
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
