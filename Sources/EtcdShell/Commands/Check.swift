import EtcdAPI
import EtcdClient
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let checkPerf = Command(
    "check perf", group: .maintenance, summary: "Checks the performance of the etcd cluster",
    flags: checkFlags(prefix: "/etcdctl-check-perf/"),
    details: """
      Writes for a minute at the rate of the load: 150, 1,000, 8,000 or 15,000 a second for s, m, l and xl. It passes
      when nine tenths of them were written, none took longer than half a second, and their times deviate by less than a
      tenth of one. The keys are deleted afterwards. Exit status 1 when it fails.

      All writes share one connection, and at most 50, 200, 500 or 1,000 are under way at once.
      """,
    examples: ["check perf --load m"], writes: true
  ) { invocation in
    let (limit, clients) = invocation.load(of: [(150, 50), (1000, 200), (8000, 500), (15000, 1000)])
    let prefix = try await invocation.emptyPrefix("/etcdctl-check-perf/", quote: "'")
    let seconds = 60
    let check = LoadCheck(
      clients: clients, rate: limit, duration: .seconds(seconds), prefix: prefix, keySize: 256, valueSize: 1024)
    let etcd = invocation.etcd
    try await invocation.cleaningUp(prefix) {
      let bar = ProgressBar(on: invocation.console, total: seconds)
      let ticking = Task {
        while !Task.isCancelled {
          try await Task.sleep(for: .seconds(1))
          bar.advance()
        }
      }
      defer {
        ticking.cancel()
        bar.end()
      }
      return try await check.run(on: etcd)
    } then: { figures in
      try invocation.judge(figures, limit: limit)
    }
  }

  static let checkDatascale = Command(
    "check datascale", group: .maintenance,
    summary: "Checks the memory usage of holding data for different workloads on a given server endpoint",
    flags: checkFlags(prefix: "/etcdctl-check-datascale/"),
    details: """
      Writes 10,000, 100,000, 1,000,000 or 3,000,000 keys of 1 KiB for s, m, l and xl, and tells by how much the memory
      of the first endpoint's server grew. The keys are deleted afterwards.
      """,
    examples: ["check datascale --load s"], writes: true, place: .remote
  ) { invocation in
    let (count, clients) = invocation.load(of: [
      (10_000, 50), (100_000, 200), (1_000_000, 500), (3_000_000, 1000),
    ])
    let prefix = try await invocation.emptyPrefix("/etcdctl-check-datascale/", quote: "")
    let check = LoadCheck(clients: clients, count: count, prefix: prefix, keySize: 512, valueSize: 512)
    let before = try await invocation.residentMemory("before")
    invocation.showLine(
      "Start data scale check for work load [\(count) key-value pairs, 1024 bytes per key-value, "
        + "\(clients) concurrent clients].")
    let etcd = invocation.etcd
    try await invocation.cleaningUp(prefix) {
      let bar = ProgressBar(on: invocation.console, total: count)
      defer { bar.end() }
      let figures = try await check.run(on: etcd) { bar.advance() }
      return (figures, try await invocation.residentMemory("after"))
    } then: { (result: (figures: LoadCheck.Figures, memory: Double)) in
      let (figures, after) = result
      if !figures.errors.isEmpty { throw invocation.tellErrors(figures) }
      let megabytes = decimal((after - before) / 1_048_576, places: 2)
      invocation.showLine("PASS: Approximate system memory used : \(megabytes) MB.")
    }
  }

  private static func checkFlags(prefix: String) -> [Flag] {
    [
      Flag(
        "load", nil, .choice(["s", "small", "m", "medium", "l", "large", "xl", "xLarge"]), default: "s",
        "the workload: s(small), m(medium), l(large), xl(xLarge)", choiceMessage: { "unknown load option \($0)" }),
      Flag("prefix", nil, .key, default: prefix, "the prefix for writing the keys"),
      Flag("auto-compact", nil, .bool, "compact storage with last revision after test is finished"),
      Flag("auto-defrag", nil, .bool, "defragment storage after test is finished"),
    ]
  }
}

extension Invocation {
  /// Of four loads, the one that `--load` names.
  fileprivate func load(of loads: [(limit: Int, clients: Int)]) -> (limit: Int, clients: Int) {
    switch text("load") {
    case "m", "medium": loads[1]
    case "l", "large": loads[2]
    case "xl", "xLarge": loads[3]
    default: loads[0]
    }
  }

  /// The prefix to write below, under which nothing is yet.
  fileprivate func emptyPrefix(_ fallback: String, quote: String) async throws -> Data {
    let prefix = bytes("prefix").map { Data($0) } ?? Data(fallback.utf8)
    let range = KeyRange(prefix: prefix)
    let found = try await etcd.range(
      .with {
        $0.key = range.key
        $0.rangeEnd = range.end
        $0.limit = 1
      })
    if !found.kvs.isEmpty {
      let shown = String(decoding: prefix, as: UTF8.self)
      throw ShellError(
        "prefix \"\(shown)\" has keys. Delete with \(quote)etcdctl del --prefix \(shown)\(quote) first",
        status: ExitStatus.invalidInput)
    }
    return prefix
  }

  /// Runs a check; whatever comes of it, also when it is interrupted, the keys below the prefix are deleted afterwards,
  /// and what `--auto-compact` and `--auto-defrag` ask for is done.
  fileprivate func cleaningUp<Result: Sendable>(
    _ prefix: Data, _ check: @escaping @Sendable () async throws -> Result, then judge: (Result) throws -> Void
  ) async throws {
    let found = Mutex<Result?>(nil)
    var failure: (any Error)?
    do {
      try await untilInterrupted {
        let result = try await check()
        found.withLock { $0 = result }
      }
    } catch {
      failure = error
    }
    // Not part of what was interrupted.
    try await Task { try await cleanUp(prefix) }.value
    if let failure { throw failure }
    guard let result = found.withLock({ $0 }) else { throw CancellationError() }
    try judge(result)
  }

  private func cleanUp(_ prefix: Data) async throws {
    let range = KeyRange(prefix: prefix)
    let deleted: DeleteRangeResponse
    do throws(EtcdError) {
      deleted = try await etcd.deleteRange(
        .with {
          $0.key = range.key
          $0.rangeEnd = range.end
        })
    } catch {
      return showLine("FAIL: Cleanup failed during key deletion: ERROR(\(error.message))")
    }
    if bool("auto-compact") {
      let revision = deleted.header.revision
      showLine("Compacting with revision \(revision)")
      _ = try await etcd.compact(
        .with {
          $0.revision = revision
          $0.physical = true
        })
      showLine("Compacted with revision \(revision)")
    }
    if bool("auto-defrag") {
      for endpoint in etcd.endpoints {
        showLine("Defragmenting \"\(endpoint)\"")
        _ = try await etcd.defragment(DefragmentRequest(), at: endpoint)
        showLine("Defragmented \"\(endpoint)\"")
      }
    }
  }

  fileprivate func tellErrors(_ figures: LoadCheck.Figures) -> ExitAfterReport {
    showLine("FAIL: too many errors")
    for (error, count) in figures.errors.sorted(by: { $0.key < $1.key }) {
      showLine("FAIL: ERROR(\(error)) -> \(count)")
    }
    return ExitAfterReport(status: ExitStatus.error)
  }

  fileprivate func judge(_ figures: LoadCheck.Figures, limit: Int) throws {
    var passes = figures.errors.isEmpty
    if !passes { _ = tellErrors(figures) }
    func line(_ isGood: Bool, _ good: String, _ bad: String) {
      showLine(isGood ? "PASS: \(good)" : bad)
      passes = passes && isGood
    }
    let rate = Int(figures.perSecond) + 1
    line(
      figures.perSecond / Double(limit) > 0.9, "Throughput is \(rate) writes/s",
      "FAIL: Throughput too low: \(rate) writes/s")
    let slowest = decimal(figures.slowest, places: 6)
    line(figures.slowest <= 0.5, "Slowest request took \(slowest)s", "Slowest request took too long: \(slowest)s")
    let deviation = decimal(figures.deviation, places: 6)
    line(figures.deviation <= 0.1, "Stddev is \(deviation)s", "Stddev too high: \(deviation)s")
    showLine(passes ? "PASS" : "FAIL")
    if !passes { throw ExitAfterReport(status: ExitStatus.error) }
  }

  /// Bytes of memory that the first endpoint's server has.
  fileprivate func residentMemory(_ when: String) async throws -> Double {
    let name = "process_resident_memory_bytes"
    let failure = "FAIL: Could not read \(name) \(when) the put operations."
    let metrics: String
    guard let remote = etcd as? RemoteEtcd else { preconditionFailure("\(command.name) is for remote nodes only") }
    do throws(EtcdError) {
      metrics = try await remote.metrics(at: remote.endpoints[0])
    } catch {
      throw ShellError(error).saying { "\(failure) (\($0))" }
    }
    let line = metrics.split(separator: "\n").first { $0.hasPrefix(name + " ") }
    guard let value = line?.split(separator: " ").last.flatMap({ Double($0) }) else { throw ShellError(failure) }
    return value
  }
}

/// A number with so many digits behind the point.
func decimal(_ value: Double, places: Int) -> String {
  let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
  let scaled = Int64((value.magnitude * scale).rounded())
  let digits = String(scaled)
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
  let sign = value < 0 && scaled != 0 ? "-" : ""
  return "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
}
