import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  private static let cluster = Flag("cluster", nil, .bool, "use all endpoints from the cluster member list")

  static let endpointHealth = Command(
    "endpoint health", group: .health, summary: "Checks the healthiness of endpoints", flags: [cluster],
    details: """
      An endpoint is healthy when a linearizable read through it is answered and no alarm is raised. All endpoints are
      asked at once. Exit status 1 when one is not healthy.
      """,
    examples: ["endpoint health"]
  ) { invocation in
    try invocation.checkFormat(for: .endpoints)
    let etcd = invocation.etcd
    let results = try await invocation.eachEndpoint { await etcd.health(of: $0) }
    if invocation.format == .simple {
      for health in results {
        guard let error = health.error else { continue }
        invocation.console.writeErrorLine("\(health.endpoint) is unhealthy: failed to commit proposal: \(error)")
      }
    }
    try invocation.show(.endpointHealth(results))
    if results.contains(where: { !$0.isHealthy }) { throw ShellError("unhealthy cluster") }
  }

  static let endpointStatus = Command(
    "endpoint status", group: .health, summary: "Prints out the status of endpoints", flags: [cluster],
    details: """
      One line for each endpoint: endpoint, ID, version, db size, is leader, is learner, raft term, raft index, raft
      applied index, errors.

      The embedded node has no database file but its last checkpoint: its db size is that file's, or that of its keys
      and values when they have grown beyond it. A checkpoint that could not be written stands among the errors; all
      writes are in the log meanwhile.
      """,
    examples: ["endpoint status"]
  ) { invocation in
    try invocation.checkFormat(for: .endpoints)
    let etcd = invocation.etcd
    let results = try await invocation.eachEndpoint { endpoint -> Result<EndpointStatus, EndpointFailure> in
      do throws(EtcdError) {
        return .success(
          EndpointStatus(endpoint: endpoint, status: try await etcd.status(StatusRequest(), at: endpoint)))
      } catch {
        return .failure(EndpointFailure(endpoint: endpoint, error: error))
      }
    }
    let failures = invocation.tell("status", of: results)
    try invocation.show(.endpointStatus(results.compactMap { try? $0.get() }))
    if let failure = failures.last { throw failure }
  }

  static let endpointHashKV = Command(
    "endpoint hashkv", group: .health, summary: "Prints the KV history hash for each endpoint",
    flags: [cluster, Flag("rev", nil, .integer, "maximum revision to hash (default: all revisions)")],
    details: "Members whose stores are equal up to a revision have the same hash for it.", examples: ["endpoint hashkv"]
  ) { invocation in
    try invocation.checkFormat(for: .endpoints)
    let etcd = invocation.etcd
    let revision = try invocation.count("rev")
    let results = try await invocation.eachEndpoint { endpoint -> Result<EndpointHashKV, EndpointFailure> in
      do throws(EtcdError) {
        let hash = try await etcd.hashKV(.with { $0.revision = revision }, at: endpoint)
        return .success(EndpointHashKV(endpoint: endpoint, hash: hash))
      } catch {
        return .failure(EndpointFailure(endpoint: endpoint, error: error))
      }
    }
    let failures = invocation.tell("hash", of: results)
    try invocation.show(.endpointHashKV(results.compactMap { try? $0.get() }))
    if let failure = failures.last { throw failure }
  }
}

/// An endpoint that did not answer.
struct EndpointFailure: Error, Sendable {
  var endpoint: String
  var error: EtcdError
}

extension Etcd {
  /// Reads a key through one endpoint, as etcdctl does, and looks for alarms.
  func health(of endpoint: String) async -> EndpointHealth {
    let start = ContinuousClock.now
    do throws(EtcdError) {
      _ = try await range(.with { $0.key = Data("health".utf8) }, at: endpoint)
    } catch {
      // Who may not read the key has had an answer all the same.
      guard error.code == .permissionDenied else {
        return EndpointHealth(endpoint: endpoint, took: .now - start, error: error.message)
      }
    }
    let took = ContinuousClock.now - start
    do throws(EtcdError) {
      let alarms = try await alarm(.with { $0.action = .get }).alarms
      let names = alarms.map { $0.alarm.name + " " }.joined()
      return EndpointHealth(endpoint: endpoint, took: took, error: alarms.isEmpty ? nil : "Active Alarm(s): \(names)")
    } catch {
      return EndpointHealth(endpoint: endpoint, took: took, error: "Unable to fetch the alarm list")
    }
  }
}

extension Invocation {
  /// The endpoints in use, or with `--cluster` every member's client addresses.
  func endpoints() async throws -> [String] {
    guard bool("cluster") else { return etcd.endpoints }
    do throws(EtcdError) {
      let members = try await etcd.memberList(.with { $0.linearizable = true }).members
      let urls = members.flatMap(\.clientUrls)
      // The embedded node, when it listens nowhere, is its only endpoint.
      return urls.isEmpty ? etcd.endpoints : urls
    } catch {
      throw ShellError(error).saying { "failed to fetch endpoints from etcd cluster member list: \($0)" }
    }
  }

  /// Asks every endpoint at once; the answers come in the order of the endpoints.
  fileprivate func eachEndpoint<Answer: Sendable>(
    _ ask: @escaping @Sendable (String) async -> Answer
  ) async throws -> [Answer] {
    await askAll(try await endpoints(), ask)
  }

  /// Says on the error stream which endpoints did not answer.
  fileprivate func tell<Answer>(_ what: String, of results: [Result<Answer, EndpointFailure>]) -> [ShellError] {
    var failures: [ShellError] = []
    for case .failure(let failure) in results {
      console.writeErrorLine(
        "Failed to get the \(what) of endpoint \(failure.endpoint) (\(failure.error.message))")
      failures.append(ShellError(failure.error))
    }
    return failures
  }
}

/// Asks all at once; the answers come in the order of the questions.
func askAll<Question: Sendable, Answer: Sendable>(
  _ questions: [Question], _ ask: @escaping @Sendable (Question) async -> Answer
) async -> [Answer] {
  await withTaskGroup(of: (Int, Answer).self) { group in
    for (index, question) in questions.enumerated() { group.addTask { (index, await ask(question)) } }
    var answers: [Answer?] = Array(repeating: nil, count: questions.count)
    for await (index, answer) in group { answers[index] = answer }
    return answers.map { $0! }
  }
}
