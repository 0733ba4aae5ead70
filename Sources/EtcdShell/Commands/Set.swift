import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

// The writing commands of the 2017 etcdctl, on today's store. A key is stored as it is typed.

extension Command {
  private static let keyAndValue = [Parameter("key", .key), Parameter("value", .value)]
  private static let ttl = Flag("ttl", nil, .duration, "attach a new lease of this time to live")

  static let set = Command(
    "set", group: .keys, summary: "Sets the value of a key, and prints it", parameters: keyAndValue,
    flags: [
      ttl,
      Flag("swap-with-value", nil, .text, "only when the key has this value"),
      Flag("swap-with-index", nil, .integer, "only when the key was last modified at this revision"),
    ],
    details: "A condition that does not hold is error 101, a missing key error 100; both leave with status 4.",
    examples: ["set /app/port 8080", "set /app/port 8081 --swap-with-value 8080"], writes: true
  ) { invocation in
    let isSwap = invocation.isGiven("swap-with-value") || invocation.isGiven("swap-with-index")
    guard isSwap else { return try await invocation.write(nil) }
    if invocation.isGiven("swap-with-value"), invocation.isGiven("swap-with-index") {
      throw ShellError.badArguments(
        "--swap-with-value and --swap-with-index exclude each other", at: invocation.flagWord("swap-with-index"))
    }
    let condition: WriteCondition =
      if let index = invocation.integer("swap-with-index") {
        .modified(index)
      } else {
        .value(Data(invocation.bytes("swap-with-value") ?? []))
      }
    try await invocation.write(condition)
  }

  static let mk = Command(
    "mk", group: .keys, summary: "Makes a new key, and prints its value", parameters: keyAndValue, flags: [ttl],
    details: "A key that exists is error 105, exit status 4.", examples: ["mk /app/id 17"], writes: true
  ) { invocation in
    try await invocation.write(.modified(0))
  }

  static let update = Command(
    "update", group: .keys, summary: "Changes the value of an existing key, and prints it", parameters: keyAndValue,
    flags: [ttl], details: "A key that does not exist is error 100, exit status 4.",
    examples: ["set /app/port 8080", "update /app/port 8081"], writes: true
  ) { invocation in
    try await invocation.write(.exists)
  }

  static let rm = Command(
    "rm", group: .keys, summary: "Removes a key, or with --recursive a directory",
    parameters: [Parameter("key", .key)],
    flags: [
      Flag("recursive", "r", .bool, "remove the key and everything below it"),
      Flag("with-value", nil, .text, "only when the key has this value"),
      Flag("with-index", nil, .integer, "only when the key was last modified at this revision"),
    ],
    details: "Prints what the key held. A missing key is error 100, exit status 4.",
    examples: ["set /app/port 8080", "rm /app/port"], writes: true
  ) { invocation in
    try await invocation.remove()
  }
}

extension Invocation {
  /// Writes the key when the condition holds, and prints the value; a condition that does not hold is an error.
  fileprivate func write(_ condition: WriteCondition?) async throws {
    try checkFormat(for: .plain)
    var request = PutRequest()
    request.key = Data(words[0].bytes)
    request.value = Data(words[1].bytes)
    if isGiven("ttl") { request.lease = try await grantLease() }

    let response: PutResponse
    if let condition {
      switch try await etcd.put(request, when: condition) {
      case .done(let done): response = done
      case .refused(let current, let revision):
        await revokeUnusedLease(request.lease)
        throw condition.failure(of: request.key, current).error(at: revision, word: words[0])
      }
    } else {
      response = try await etcd.put(request)
    }
    guard format == .simple else { return try show(.put(response)) }
    try show(.range(.with { $0.kvs = [.with { $0.value = request.value }] }, valueOnly: true))
  }

  fileprivate func remove() async throws {
    try checkFormat(for: .plain)
    let key = Data(words[0].bytes)
    if bool("recursive") { return try await removeDirectory(key) }
    let condition: WriteCondition =
      if let index = integer("with-index") {
        .modified(index)
      } else if let value = bytes("with-value") {
        .value(Data(value))
      } else {
        .exists
      }
    switch try await etcd.delete(key, when: condition) {
    case .done(let response):
      guard format == .simple else { return try show(.deleteRange(response)) }
      console.write("PrevNode.Value: ")
      try show(.range(.with { $0.kvs = response.prevKvs }, valueOnly: true))
    case .refused(let current, let revision):
      if current == nil, try await !etcd.isDirectoryEmpty(key) {
        throw KeyError.notAFile(key).error(
          at: revision, word: words[0], remedy: "`rm --recursive` removes a directory with all that is in it")
      }
      throw condition.failure(of: key, current).error(at: revision, word: words[0])
    }
  }

  /// The key itself and everything below it, at one revision.
  private func removeDirectory(_ key: Data) async throws {
    let below = KeyRange(prefix: DirectoryPath.prefix(of: key))
    var operations: [RequestOp] = [
      .with { $0.requestDeleteRange = .with { ($0.key, $0.rangeEnd) = (below.key, below.end) } }
    ]
    if !key.isEmpty, key.last != DirectoryPath.separator {
      operations.append(.with { $0.requestDeleteRange = .with { $0.key = key } })
    }
    let response = try await etcd.txn(.with { $0.success = operations })
    let deleted = response.responses.reduce(0) { $0 + $1.responseDeleteRange.deleted }
    if deleted == 0 { throw KeyError.keyNotFound(key).error(at: response.header.revision, word: words[0]) }
    guard format != .simple else { return }
    try show(
      .deleteRange(
        .with {
          $0.header = response.header
          $0.deleted = deleted
        }))
  }
}

extension WriteCondition {
  /// Which of the numbered errors it is when this does not hold.
  fileprivate func failure(of key: Data, _ current: KeyValue?) -> KeyError {
    switch self {
    case .modified(0): .keyAlreadyExists(key)
    case .exists: .keyNotFound(key)
    case .modified(let revision):
      current.map { .compareFailed(expected: "\(revision)", actual: "\($0.modRevision)") } ?? .keyNotFound(key)
    case .value(let value):
      current.map {
        .compareFailed(expected: Quoting.shown(Array(value)), actual: Quoting.shown(Array($0.value)))
      } ?? .keyNotFound(key)
    }
  }
}
