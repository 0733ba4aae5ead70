import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let lock = Command(
    "lock", group: .locks, summary: "Acquires a named lock",
    parameters: [Parameter("lockname", .key), Parameter("command", .text, optional: true, repeated: true)],
    flags: [Flag("ttl", nil, .integer, default: "10", "seconds after which the lock of a client that died is free")],
    details: """
      Waits for the lock. Then it runs the program, with ETCD_LOCK_KEY and ETCD_LOCK_REV in its environment, and leaves
      with the program's status; without one it prints the key that holds the lock, and holds it until Ctrl-C. Flags of
      the program go after --.
      """,
    examples: ["lock /locks/backup echo nobody else does this now"], writes: true,
    wordsMessage: "lock takes a lock name argument and an optional command to execute"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let timeToLive = invocation.integer("ttl") ?? 10
    let program = invocation.words.dropFirst().map(\.text)
    try await invocation.untilInterrupted {
      try await invocation.inQueue(timeToLive: timeToLive, value: Data()) { place, lease in
        if program.isEmpty { return try await invocation.hold(place, lease, onLoss: "session expired") }
        try await invocation.run(program, holding: place)
      }
    }
  }

  static let elect = Command(
    "elect", group: .locks, summary: "Observes and participates in leader election",
    parameters: [Parameter("election-name", .key), Parameter("proposal", .value, optional: true)],
    flags: [Flag("listen", "l", .bool, "observation mode")],
    details: """
      Waits until it is elected, prints its key and proposal, and stays elected until Ctrl-C. With -l it prints who is
      elected, and each who comes after.
      """,
    examples: ["elect /elections/leader node-a", "elect -l /elections/leader"], writes: true,
    wordsMessage: "elect takes one election name argument and an optional proposal argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    guard invocation.words.count > 1 else {
      guard invocation.bool("listen") else { throw ShellError.badArguments("no proposal argument but -l not set") }
      return try await invocation.untilInterrupted { try await invocation.observeElection() }
    }
    if invocation.bool("listen") {
      throw ShellError.badArguments("proposal given but -l is set", at: invocation.words[1])
    }
    let proposal = Data(invocation.words[1].bytes)
    try await invocation.untilInterrupted {
      try await invocation.inQueue(timeToLive: 60, value: proposal) { place, lease in
        try await invocation.hold(place, lease, onLoss: "elect: session expired")
      }
    }
  }
}

extension Invocation {
  /// Runs `body` at the front of the queue that the first word names; the place in it is given up at the end.
  fileprivate func inQueue(
    timeToLive: Int64, value: Data, _ body: (Queue.Place, KeptLease) async throws -> Void
  ) async throws {
    let queue = Queue(etcd: etcd, name: Data(words[0].bytes))
    let lease = try await KeptLease(etcd, timeToLive: timeToLive)
    do {
      let place: Queue.Place
      do {
        place = try await queue.wait(at: try await queue.join(lease, value: value))
      } catch  where Task.isCancelled && session.mode == .oneShot {
        throw ShellError("context canceled", cause: "interrupted while \(command.name) was waiting for its turn")
      }
      try await body(place, lease)
    } catch {
      await lease.revoke()
      throw error
    }
    await lease.revoke()
  }

  /// Shows the key, and waits.
  ///
  /// - Throws: `CancellationError` at the usual end, an interrupt.
  fileprivate func hold(_ place: Queue.Place, _ lease: KeptLease, onLoss message: String) async throws {
    try show(.range(try await etcd.range(.with { $0.key = place.key })))
    console.flush()
    try await lease.lost()
    throw ShellError(message, cause: "its lease could not be renewed in time")
  }

  fileprivate func run(_ program: [String], holding place: Queue.Place) async throws {
    console.flush()
    let status = try await ChildProcess.run(
      program,
      adding: [
        ("ETCD_LOCK_KEY", String(decoding: place.key, as: UTF8.self)), ("ETCD_LOCK_REV", "\(place.revision)"),
      ], hasInput: session.mode != .script)
    if status != 0 { throw ShellError("exit status \(status)", status: status) }
  }

  /// Prints who is elected, and every proposal after that.
  fileprivate func observeElection() async throws {
    let queue = Queue(etcd: etcd, name: Data(words[0].bytes))
    let range = KeyRange(prefix: queue.prefix)
    while true {
      let first = try await queue.first()
      var elected = first
      elected.count = 0
      elected.more = false
      if first.kvs.isEmpty {
        try await etcd.eachResponse(
          to: .with {
            $0.key = range.key
            $0.rangeEnd = range.end
            $0.startRevision = first.header.revision
          }
        ) { response in
          guard let put = response.events.first(where: { $0.type == .put }) else { return true }
          elected.header = response.header
          elected.header.revision = put.kv.modRevision
          elected.kvs = [put.kv]
          return false
        }
      }
      try show(.range(elected))
      console.flush()
      try await etcd.eachResponse(
        to: .with {
          $0.key = elected.kvs[0].key
          $0.startRevision = elected.header.revision + 1
        }
      ) { response in
        for event in response.events {
          if event.type == .delete { return false }
          var proposal = first
          proposal.header = response.header
          proposal.kvs = [event.kv]
          try show(.range(proposal))
          console.flush()
        }
        return true
      }
    }
  }
}
