import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let put = Command(
    "put", group: .keys, summary: "Puts the given key into the store",
    parameters: [Parameter("key", .key), Parameter("value", .value, optional: true)],
    flags: [
      Flag("lease", nil, .lease, default: "0", "lease ID (in hexadecimal) to attach to the key"),
      Flag("prev-kv", nil, .bool, "return the previous key-value pair before modification"),
      Flag("ignore-value", nil, .bool, "updates the key using its current value"),
      Flag("ignore-lease", nil, .bool, "updates the key using its current lease"),
      Flag("ttl", nil, .duration, "attach a new lease of this time to live"),
      Flag("if-absent", nil, .bool, "only when the key does not exist"),
      Flag("if-rev", nil, .integer, "only when the key was last modified at this revision"),
    ],
    details: """
      A value that begins with a dash is read as a flag: put -- before it. Without a value, one-shot `put` reads it
      from standard input.

      A condition that does not hold is error 105 (--if-absent) or 101 (--if-rev), exit status 4.
      """,
    examples: ["put /app/port 8080", "put /app/lock me --ttl 30s", "put /app/once 1 --if-absent"], writes: true,
    wordsMessage: "put command needs 1 argument and input from stdin or 2 arguments"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    var request = try await invocation.putRequest()
    if invocation.isGiven("ttl") {
      if request.lease != 0 {
        throw ShellError.badArguments("--lease and --ttl exclude each other", at: invocation.flagWord("ttl"))
      }
      request.lease = try await invocation.grantLease()
    }
    try invocation.show(.put(try await invocation.put(request)))
  }
}

extension Invocation {
  /// What `put` asks, here and in a transaction.
  func putRequest() async throws -> PutRequest {
    var request = PutRequest()
    request.key = Data(words[0].bytes)
    request.ignoreValue = bool("ignore-value")
    request.ignoreLease = bool("ignore-lease")
    request.prevKv = bool("prev-kv")
    request.lease = integer("lease") ?? 0
    if request.ignoreValue {
      if words.count > 1 {
        throw ShellError.badArguments("put command needs only 1 argument when 'ignore-value' is set", at: words[1])
      }
    } else if words.count > 1 {
      request.value = Data(words[1].bytes)
    } else if let input = try await session.input.remainingBytes() {
      request.value = Data(input)
    } else {
      throw ShellError.badArguments(command.wordsMessage!, remedy: "usage: \(command.usage)", at: words[0])
    }
    return request
  }

  /// A new lease of the `--ttl` given. etcd counts whole seconds, so a fraction is rounded up.
  func grantLease() async throws -> Int64 {
    let ttl = duration("ttl")!
    let seconds = ttl.components.seconds + (ttl.components.attoseconds > 0 ? 1 : 0)
    guard seconds > 0 else { throw ShellError.badArguments("--ttl must be at least a second", at: flagWord("ttl")) }
    return try await etcd.leaseGrant(.with { $0.ttl = seconds }).id
  }

  /// Takes back the lease of a `--ttl` whose put was refused. Should that fail, the lease runs out by itself.
  func revokeUnusedLease(_ lease: Int64) async {
    if isGiven("ttl"), lease != 0 { _ = try? await etcd.leaseRevoke(.with { $0.id = lease }) }
  }

  /// Puts when `--if-absent` and `--if-rev` hold, in one transaction.
  fileprivate func put(_ request: PutRequest) async throws -> PutResponse {
    let expected = integer("if-rev")
    if bool("if-absent"), expected != nil {
      throw ShellError.badArguments("--if-absent and --if-rev exclude each other", at: flagWord("if-rev"))
    }
    guard bool("if-absent") || expected != nil else { return try await etcd.put(request) }
    let outcome = try await etcd.put(request, when: .modified(expected ?? 0))
    switch outcome {
    case .done(let response): return response
    case .refused(let current, let revision):
      await revokeUnusedLease(request.lease)
      if let expected {
        let actual = "\(current?.modRevision ?? 0)"
        throw KeyError.compareFailed(expected: "\(expected)", actual: actual).error(at: revision, word: words[0])
      }
      throw KeyError.keyAlreadyExists(request.key).error(at: revision, word: words[0])
    }
  }
}

/// What must be true of a key for a write to happen.
enum WriteCondition {
  /// Last modified at this revision; 0: the key does not exist.
  case modified(Int64)
  case exists
  case value(Data)

  func compare(_ key: Data) -> Compare {
    .with { compare in
      compare.key = key
      switch self {
      case .modified(let revision):
        compare.target = .mod
        compare.modRevision = revision
      case .exists:
        compare.target = .version
        compare.result = .greater
        compare.version = 0
      case .value(let value):
        compare.target = .value
        compare.value = value
      }
    }
  }
}

/// What became of a conditional write; when it was refused, the key as it stands, if it exists.
enum WriteOutcome<Response> {
  case done(Response)
  case refused(current: KeyValue?, revision: Int64)
}

extension Etcd {
  /// Puts in one transaction with the condition.
  func put(_ request: PutRequest, when condition: WriteCondition) async throws -> WriteOutcome<PutResponse> {
    let response = try await txn(
      .with {
        $0.compare = [condition.compare(request.key)]
        $0.success = [.with { $0.requestPut = request }]
        $0.failure = [.with { $0.requestRange = .with { $0.key = request.key } }]
      })
    guard response.succeeded else {
      return .refused(current: response.responses[0].responseRange.kvs.first, revision: response.header.revision)
    }
    var put = response.responses[0].responsePut
    put.header = response.header
    return .done(put)
  }

  func delete(_ key: Data, when condition: WriteCondition) async throws -> WriteOutcome<DeleteRangeResponse> {
    let response = try await txn(
      .with {
        $0.compare = [condition.compare(key)]
        $0.success = [
          .with {
            $0.requestDeleteRange = .with {
              $0.key = key
              $0.prevKv = true
            }
          }
        ]
        $0.failure = [.with { $0.requestRange = .with { $0.key = key } }]
      })
    guard response.succeeded else {
      return .refused(current: response.responses[0].responseRange.kvs.first, revision: response.header.revision)
    }
    var deleted = response.responses[0].responseDeleteRange
    deleted.header = response.header
    return .done(deleted)
  }
}
