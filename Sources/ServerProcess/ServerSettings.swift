import EtcdServer

/// What the flags ask for, checked as far as it can be before anything is opened.
struct ServerSettings: Sendable {
  /// Why the server does not start: etcd's words where it has some, and the way out.
  struct Refusal: Error, Equatable {
    var text: String
    var remedy: String?

    init(_ text: String, remedy: String? = nil) {
      self.text = text
      self.remedy = remedy
    }

    static let advertiseClientURLsMissing = Refusal(
      "--advertise-client-urls is required when --listen-client-urls is set explicitly",
      remedy:
        "name with --advertise-client-urls the URLs that clients shall use, for example those that are listened on")
  }

  let values: FlagValues
  var name: String
  var dataFolder: String
  /// A folder of its own for the log.
  var walFolder: String?
  var listenClientURLs: [ServerURL]
  var advertiseClientURLs: [ServerURL]
  var listenPeerURLs: [ServerURL]
  var advertisePeerURLs: [ServerURL]
  var listenMetricsURLs: [ServerURL]
  /// `NAME=URL,…`
  var initialCluster: String
  var clusterToken: String
  var autoCompaction = AutoCompaction.off

  init(_ values: FlagValues) throws(Refusal) {
    self.values = values
    name = values["name"]
    dataFolder = values["data-dir"].isEmpty ? "\(name).etcd" : values["data-dir"]
    walFolder = values["wal-dir"].isEmpty ? nil : values["wal-dir"]
    listenClientURLs = values.urls("listen-client-urls")
    advertiseClientURLs = values.urls("advertise-client-urls")
    listenPeerURLs = values.urls("listen-peer-urls")
    advertisePeerURLs = values.urls("initial-advertise-peer-urls")
    listenMetricsURLs = values.urls("listen-metrics-urls")
    clusterToken = values["initial-cluster-token"]
    initialCluster = values["initial-cluster"]
    if initialCluster.isEmpty { initialCluster = advertisePeerURLs.map { "\(name)=\($0.text)" }.joined(separator: ",") }
    try checkURLs()
    let begins = ["discovery", "initial-cluster", "discovery-srv"].filter { !values[$0].isEmpty }
    if begins.count > 1 {
      throw Refusal(
        "multiple discovery or bootstrap flags are set. "
          + "Choose one of \"initial-cluster\", \"discovery\" or \"discovery-srv\"")
    }
    try checkTimes()
    try checkUnsupported()
    // etcd takes the default for advertised URLs from a config file, and not from a command line.
    if let source = values.source(of: "listen-client-urls"), source != .configFile,
      !values.isSet("advertise-client-urls")
    {
      throw .advertiseClientURLsMissing
    }
    autoCompaction = try Self.autoCompaction(values)
    if values["logger"] != "zap", values["logger"] != "capnslog" {
      throw Refusal("unknown logger option \(GoValue.quoted(values["logger"]))", remedy: "leave --logger out")
    }
  }

  private func checkUnsupported() throws(Refusal) {
    for (flag, text) in values.flags {
      guard case .refused(let reason, let remedy) = flag.effect, text != flag.standard, !text.isEmpty else { continue }
      // A bool has several words for its default.
      if flag.kind == .bool, GoValue.bool(text) == GoValue.bool(flag.standard) { continue }
      throw Refusal("--\(flag.name) \(text) is not supported: \(reason)", remedy: remedy)
    }
  }

  private func checkURLs() throws(Refusal) {
    for url in listenPeerURLs + listenClientURLs + listenMetricsURLs {
      if let problem = url.bindProblem {
        throw Refusal(problem, remedy: "listen on an address of this machine, on 0.0.0.0 or on localhost")
      }
    }
    let addresses = (listenClientURLs + listenMetricsURLs).filter { $0.port != 0 }.map(\.address)
    if let twice = addresses.first(where: { address in addresses.count { $0 == address } > 1 }) {
      throw Refusal("\(twice) is listened on twice", remedy: "give each of http, https and metrics a port of its own")
    }
    for (flag, urls) in [
      ("initial-advertise-peer-urls", advertisePeerURLs), ("advertise-client-urls", advertiseClientURLs),
    ] {
      for url in urls {
        guard let problem = url.hostProblem else { continue }
        let list = GoValue.quoted(urls.map(\.text).joined(separator: ","))
        throw Refusal("--\(flag) \(list) must be \"host:port\" (\(problem))")
      }
    }
  }

  private func checkTimes() throws(Refusal) {
    let heartbeat = values.unsigned("heartbeat-interval")
    let election = values.unsigned("election-timeout")
    if heartbeat == 0 { throw Refusal("--heartbeat-interval must be >0 (set to 0ms)") }
    if election == 0 { throw Refusal("--election-timeout must be >0 (set to 0ms)") }
    if heartbeat > election / 5 {
      throw Refusal(
        "--election-timeout[\(election)ms] should be at least as 5 times as --heartbeat-interval[\(heartbeat)ms]")
    }
    if election > 50000 {
      throw Refusal("--election-timeout[\(election)ms] is too long, and should be set less than 50000ms")
    }
  }

  private static func autoCompaction(_ values: FlagValues) throws(Refusal) -> AutoCompaction {
    let mode = values["auto-compaction-mode"]
    guard ["", "periodic", "revision"].contains(mode) else {
      throw Refusal("unknown auto-compaction-mode \(GoValue.quoted(mode))", remedy: "give periodic or revision")
    }
    let retention = values["auto-compaction-retention"].isEmpty ? "0" : values["auto-compaction-retention"]
    if let number = Int64(retention), number >= 0 {
      // Beyond 10,000 years a time overflows, and nobody means it.
      if mode != "revision", number > 87_660_000 { throw Refusal("error parsing CompactionRetention: too long a time") }
      return number == 0 ? .off : mode == "revision" ? .revision(number) : .periodic(.seconds(number * 3600))
    }
    let duration: Duration
    do throws(GoValue.DurationProblem) { duration = try GoValue.duration(retention) } catch {
      throw Refusal("error parsing CompactionRetention: \(error.text)", remedy: "for example 1h, 30m, or 5 for 5 hours")
    }
    if mode == "revision" {
      throw Refusal(
        "error parsing CompactionRetention: \(GoValue.quoted(retention)) is no number of revisions",
        remedy: "give a whole number, or --auto-compaction-mode periodic")
    }
    if duration < .zero {
      throw Refusal("error parsing CompactionRetention: a time before now", remedy: "for example 1h")
    }
    return duration == .zero ? .off : .periodic(duration)
  }
}
