import EtcdAPI

extension Command {
  static let leaseGrant = Command(
    "lease grant", group: .leases, summary: "Creates leases", parameters: [Parameter("ttl", .text)],
    details: "The time to live is in seconds. What is printed is the lease's ID, in hexadecimal.",
    examples: ["lease grant 60"], writes: true, wordsMessage: "lease grant command needs TTL argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let word = invocation.words[0]
    guard let ttl = Int64(word.text) else {
      throw ShellError.badArguments("bad TTL (strconv.ParseInt: parsing \"\(word.shown)\": invalid syntax)", at: word)
    }
    if ttl < 0 { throw ShellError.badArguments("bad TTL (\(ttl)): it counts seconds from 0 on", at: word) }
    do {
      try invocation.show(.leaseGrant(try await invocation.etcd.leaseGrant(.with { $0.ttl = ttl })))
    } catch let error as EtcdError {
      throw ShellError(error).saying { "failed to grant lease (\($0))" }
    }
  }

  static let leaseRevoke = Command(
    "lease revoke", group: .leases, summary: "Revokes leases", parameters: [Parameter("lease_id", .lease)],
    details: "The keys that are attached to the lease are deleted.", examples: ["lease revoke 37e5a20db1ebf907"],
    writes: true,
    wordsMessage: "lease revoke command needs 1 argument"
  ) { invocation in
    try invocation.checkFormat(for: .leaseRevoke)
    let id = invocation.lease(at: 0)
    do {
      try invocation.show(.leaseRevoke(id: id, try await invocation.etcd.leaseRevoke(.with { $0.id = id })))
    } catch let error as EtcdError {
      throw ShellError(error).saying { "failed to revoke lease (\($0))" }
    }
  }

  static let leaseTimeToLive = Command(
    "lease timetolive", group: .leases, summary: "Gets lease information", parameters: [Parameter("lease_id", .lease)],
    flags: [Flag("keys", nil, .bool, "get keys attached to this lease")],
    examples: ["lease timetolive 37e5a20db1ebf907 --keys"],
    wordsMessage: "lease timetolive command needs lease ID as argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let keys = invocation.bool("keys")
    let response = try await invocation.orBadConnection {
      try await invocation.etcd.leaseTimeToLive(
        .with {
          $0.id = invocation.lease(at: 0)
          $0.keys = keys
        })
    }
    try invocation.show(.leaseTimeToLive(response, keys: keys))
  }

  static let leaseList = Command(
    "lease list", group: .leases, summary: "Lists all active leases", examples: ["lease list"]
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let response = try await invocation.orBadConnection {
      try await invocation.etcd.leaseLeases(LeaseLeasesRequest())
    }
    try invocation.show(.leaseLeases(response))
  }

  static let leaseKeepAlive = Command(
    "lease keep-alive", group: .leases, summary: "Keeps leases alive (renew)",
    parameters: [Parameter("lease_id", .lease)],
    flags: [Flag("once", nil, .bool, "renew the lease once and leave")],
    details: "Renews the lease each third of its time to live, until Ctrl-C or until the lease is gone.",
    examples: ["lease keep-alive --once 37e5a20db1ebf907"],
    wordsMessage: "lease keep-alive command needs lease ID as argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let id = invocation.lease(at: 0)
    func renew() async throws -> LeaseKeepAliveResponse {
      try await invocation.orBadConnection { try await invocation.etcd.leaseKeepAlive(.with { $0.id = id }) }
    }
    if invocation.bool("once") {
      let response = try await renew()
      if response.ttl <= 0 {
        throw ShellError(EtcdError.leaseNotFound.message, status: ExitStatus.badConnection, at: invocation.words[0])
      }
      return try invocation.show(.leaseKeepAlive(response))
    }
    while true {
      let response = try await renew()
      if response.ttl <= 0 { break }
      try invocation.show(.leaseKeepAlive(response))
      invocation.console.flush()
      try await Task.sleep(for: .seconds(response.ttl) / 3)
    }
    if invocation.format == .simple { invocation.showLine("lease \(leaseText(id)) expired or revoked.") }
  }
}

extension ShellError {
  /// The same error in other words.
  func saying(_ words: (String) -> String) -> ShellError {
    var error = self
    error.message = words(message)
    return error
  }
}

extension Invocation {
  /// Some of etcdctl's lease commands leave with status 2 whatever went wrong.
  fileprivate func orBadConnection<Response>(_ call: () async throws -> Response) async throws -> Response {
    do {
      return try await call()
    } catch let error as EtcdError where error.code != .cancelled {
      var error = ShellError(error)
      error.status = ExitStatus.badConnection
      throw error
    }
  }
}
