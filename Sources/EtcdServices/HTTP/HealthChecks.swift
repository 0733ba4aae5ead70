import EtcdAPI
import EtcdServer
import EtcdState
import GRPCWire
import Metrics
import NIOCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Whether the node is well, asked in etcd's two ways.
///
///     /health    one answer for all: {"health":"false","reason":"ALARM NOSPACE"}     (?serializable=true, ?exclude=NOSPACE)
///     /livez     is the process worth keeping; /readyz: is it worth sending clients to. Each is a list of checks, which
///                has a path of its own as well: /readyz/data_corruption              (?verbose, ?exclude=non_learner)
struct HealthChecks: Sendable {
  private enum Check: String, CaseIterable, Sendable {
    case dataCorruption = "data_corruption"
    case linearizableRead = "linearizable_read"
    case nonLearner = "non_learner"
    case serializableRead = "serializable_read"
  }

  private static let live: [Check] = [.serializableRead]
  private static let ready = Check.allCases

  private let node: EtcdNode
  private let successes: Counter
  private let failures: Counter
  private let results: MetricFamily<Gauge>
  private let counts: MetricFamily<Counter>

  init(_ node: EtcdNode) {
    self.node = node
    let metrics = node.metrics.registry
    successes = metrics.counter("etcd_server_health_success", "The total number of successful health checks")
    failures = metrics.counter("etcd_server_health_failures", "The total number of failed health checks")
    results = metrics.gauges(
      "etcd_server_healthcheck", "The result of each kind of healthcheck.", labels: ["type", "name"])
    counts = metrics.counters(
      "etcd_server_healthchecks_total", "The total number of each kind of healthcheck.",
      labels: ["type", "name", "status"])
  }

  /// What answers at this path, if anything does.
  func check(_ url: RequestURL) -> ((Answer) -> Void)? {
    if url.path == "/health" { return { health(url, $0) } }
    let parts = url.path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let type = parts.first.map(String.init) ?? ""
    let all: [Check]
    switch type {
    case "livez": all = Self.live
    case "readyz": all = Self.ready
    default: return nil
    }
    if parts.count == 1 {
      let excluded = url.values("exclude")
      return { run(all.filter { !excluded.contains($0.rawValue) }, of: type, url, $0) }
    }
    return all.first { $0.rawValue == parts[1] }.map { check in { run([check], of: type, url, $0) } }
  }

  // MARK: /health

  private func health(_ url: RequestURL, _ answer: Answer) {
    let excluded = url.values("exclude")
    if let alarm = node.alarms.map(\.alarm.name).first(where: { !excluded.contains($0) }) {
      return finish(failure: "ALARM \(alarm)", answer)
    }
    read(serializable: url.values("serializable").first == "true", answer) { error, answer in
      finish(failure: error.map { "RANGE ERROR:\($0)" }, answer)
    }
  }

  private func finish(failure: String?, _ answer: Answer) {
    var text = JSONFromMessage()
    text.append("{\"health\":\"\(failure == nil)\",\"reason\":")
    text.string(failure ?? "")
    text.append("}")
    if failure == nil {
      successes.add()
      answer(200, [("content-type", "text/plain; charset=utf-8")], ByteBuffer(bytes: text.text))
    } else {
      failures.add()
      answer.refuse(503, String(decoding: text.text, as: UTF8.self))
    }
  }

  // MARK: /livez and /readyz

  private func run(_ checks: [Check], of type: String, _ url: RequestURL, _ answer: Answer) {
    let isVerbose = !url.values("verbose").isEmpty
    run(checks[...], of: type, report: "", isWell: true, answer) { report, isWell, answer in
      if !isWell { return answer.refuse(503, report) }
      let headers = [("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")]
      answer(200, headers, ByteBuffer(string: (isVerbose ? report : "") + "ok\n"))
    }
  }

  /// One check after the other; the report has a line for each.
  private func run(
    _ checks: ArraySlice<Check>, of type: String, report: String, isWell: Bool, _ answer: Answer,
    then: @escaping (_ report: String, _ isWell: Bool, Answer) -> Void
  ) {
    guard let check = checks.first else { return then(report, isWell, answer) }
    run(check, answer) { failure, answer in
      results[type, check.rawValue].set(failure == nil ? 1 : 0)
      counts[type, check.rawValue, failure == nil ? "success" : "error"].add()
      let line = failure.map { "[-]\(check.rawValue) failed: \($0)\n" } ?? "[+]\(check.rawValue) ok\n"
      run(
        checks.dropFirst(), of: type, report: report + line, isWell: isWell && failure == nil, answer, then: then)
    }
  }

  private func run(_ check: Check, _ answer: Answer, then: @escaping (_ failure: String?, Answer) -> Void) {
    switch check {
    case .dataCorruption:
      then(node.alarms.contains { $0.alarm == .corrupt } ? "alarm activated: CORRUPT" : nil, answer)
    case .linearizableRead: read(serializable: false, answer, then: then)
    case .serializableRead: read(serializable: true, answer, then: then)
    // A node alone is a voter.
    case .nonLearner: then(nil, answer)
    }
  }

  /// Reads a key that nobody has, as root.
  private func read(
    serializable: Bool, _ answer: Answer, then: @escaping (_ failure: String?, Answer) -> Void
  ) {
    var request = RangeRequest()
    request.key = Data([0])
    request.limit = 1
    request.keysOnly = true
    request.serializable = serializable
    let eventLoop = answer.exchange.eventLoop
    let bound = NIOLoopBound((answer, then), eventLoop: eventLoop)
    node.range(request, by: .root) { result in
      eventLoop.execute {
        let (answer, then) = bound.value
        if case .failure(let error) = result {
          then(error.message, answer)
        } else {
          then(nil, answer)
        }
      }
    }
  }
}

extension AlarmType {
  /// As the .proto file has it.
  fileprivate var name: String { MessageSchema.etcd.enumerations["etcdserverpb.AlarmType"]![rawValue] ?? "UNKNOWN" }
}
