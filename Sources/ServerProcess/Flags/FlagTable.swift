/// Every flag of etcd 3.5.1, those that 3.4.23 and later 3.5 releases had besides, and 3.6's `--log-format`, in the
/// order of their sections on the help page. One table for the parser, the variables, the config file, the help page and
/// the log lines that name what was given for nothing.
///
/// A `static let` is made when it is first touched: the shell never pays for it.
enum FlagTable {
  struct Section: Sendable {
    var title: String
    var flags: [ServerFlag]
  }

  static let sections = [
    Section(title: "Member", flags: member),
    Section(title: "Clustering", flags: clustering),
    Section(title: "Security", flags: security),
    Section(title: "Users", flags: users),
    Section(title: "Monitoring and logs", flags: monitoring),
    Section(title: "Experimental", flags: experimental),
    Section(title: "Unsafe", flags: unsafe),
    Section(title: "Deprecated", flags: deprecated),
  ]

  static let all = sections.flatMap(\.flags)

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  private static let byVariable = Dictionary(uniqueKeysWithValues: all.map { ($0.variable, $0) })

  static func flag(_ name: String) -> ServerFlag? { byName[name] }
  static func flag(variable: String) -> ServerFlag? { byVariable[variable] }

  /// What reads flags, and is none of the server's settings.
  static let configFile = ServerFlag(
    "config-file", .text, "", "a YAML file that says everything; flags and variables are then ignored")
  static let version = ServerFlag("version", .bool, "false", "print the version and exit")

  // MARK: Reasons

  private static let noPeers = ServerFlag.Effect.none(because: "a single member has no peers")
  private static let noBackend = ServerFlag.Effect.none(
    because: "the store is in memory; there is no bbolt backend to tune")
  private static let oneMember = ServerFlag.Effect.refused(
    because: "clusters of several members are not built yet",
    remedy: "name this member alone in --initial-cluster, or use etcd")
  private static let noTracing = ServerFlag.Effect.none(because: "no traces are exported")
  private static let noV2 = ServerFlag.Effect.none(because: "the v2 API is not served")
  private static let noProxy = ServerFlag.Effect.none(because: "there is no v2 proxy")
  private static let etcdIgnores = ServerFlag.Effect.none(because: "etcd ignores it too")

  // MARK: Sections

  private static let member = [
    ServerFlag("name", .text, "default", "this member's name"),
    ServerFlag("data-dir", .text, "", "the folder that keeps the data; NAME.etcd if none is given"),
    ServerFlag("wal-dir", .text, "", "a folder of its own for the log"),
    ServerFlag("snapshot-count", .unsigned, "100000", "committed entries after which a checkpoint is written"),
    ServerFlag("heartbeat-interval", .unsigned, "100", "milliseconds between a leader's heartbeats"),
    ServerFlag(
      "election-timeout", .unsigned, "1000", "milliseconds without a heartbeat after which an election begins"),
    ServerFlag("initial-election-tick-advance", .bool, "true", "shorten the first election", noPeers),
    ServerFlag("listen-peer-urls", .urls, "http://localhost:2380", "where peers may connect", noPeers),
    ServerFlag(
      "listen-client-urls", .urls, "http://localhost:2379", "where clients may connect; several, separated by commas"),
    ServerFlag(
      "max-snapshots", .unsigned, "5", "snapshot files to keep",
      .none(because: "the last checkpoint is the only one kept")),
    ServerFlag(
      "max-wals", .unsigned, "5", "log files to keep",
      .none(because: "a log file goes once a checkpoint holds what is in it")),
    ServerFlag(
      "quota-backend-bytes", .integer, "0", "bytes of data after which writes are refused; 0 is 2 GiB, below 0 no limit"
    ),
    ServerFlag("backend-bbolt-freelist-type", .text, "map", "bbolt's free list", noBackend),
    ServerFlag("backend-batch-interval", .duration, "0s", "time between backend commits", noBackend),
    ServerFlag("backend-batch-limit", .integer, "0", "operations between backend commits", noBackend),
    ServerFlag("max-txn-ops", .unsigned, "128", "operations that a transaction may have"),
    ServerFlag("max-request-bytes", .unsigned, "1572864", "bytes that a request may have"),
    ServerFlag("max-concurrent-streams", .unsigned, "4294967295", "calls that a connection may have open at a time"),
    ServerFlag("grpc-keepalive-min-time", .duration, "5s", "how often a client may ping at most"),
    ServerFlag("grpc-keepalive-interval", .duration, "2h0m0s", "how often a silent client is pinged; 0 for never"),
    ServerFlag("grpc-keepalive-timeout", .duration, "20s", "how long an answer to that may take; 0 for any time"),
    ServerFlag(
      "socket-reuse-port", .bool, "false", "SO_REUSEPORT on listeners", .none(because: "a port is one process's here")),
    ServerFlag("socket-reuse-address", .bool, "false", "SO_REUSEADDR on listeners", .none(because: "it is always set")),
    ServerFlag("raft-read-timeout", .duration, "5s", "how long a peer may be silent", noPeers),
    ServerFlag("raft-write-timeout", .duration, "5s", "how long a message to a peer may take", noPeers),
  ]

  private static let clustering = [
    ServerFlag(
      "initial-advertise-peer-urls", .urls, "http://localhost:2380", "this member's peer URLs; its ID derives from them"
    ),
    ServerFlag("initial-cluster", .text, "", "the first members, NAME=PEER-URL; only this one can be named"),
    ServerFlag("initial-cluster-state", .oneOf(["new", "existing"]), "new", "new, or existing to join a cluster"),
    ServerFlag(
      "initial-cluster-token", .text, "etcd-cluster", "keeps apart clusters whose members have the same peer URLs"),
    ServerFlag(
      "advertise-client-urls", .urls, "http://localhost:2379", "the client URLs that members and clients are told"),
    ServerFlag("discovery", .text, "", "a discovery service", oneMember),
    ServerFlag(
      "discovery-fallback", .oneOf(["proxy", "exit"]), "proxy", "what to do when discovery fails",
      .none(because: "there is no discovery")),
    ServerFlag(
      "discovery-proxy", .text, "", "a proxy on the way to the discovery service",
      .none(because: "there is no discovery")),
    ServerFlag("discovery-srv", .text, "", "the domain whose SRV records name the members", oneMember),
    ServerFlag(
      "discovery-srv-name", .text, "", "a suffix of the SRV service's name", .none(because: "there is no discovery")),
    ServerFlag("strict-reconfig-check", .bool, "true", "refuse member changes that would lose quorum", noPeers),
    ServerFlag("pre-vote", .bool, "true", "ask before an election", noPeers),
    ServerFlag(
      "auto-compaction-retention", .text, "0", "history to keep: a time, hours without a unit, or revisions; 0 for all"),
    ServerFlag("auto-compaction-mode", .text, "periodic", "periodic or revision: what the retention counts"),
    ServerFlag("enable-v2", .bool, "false", "serve the v2 API", noV2),
    ServerFlag(
      "v2-deprecation", .oneOf(["not-yet", "write-only", "write-only-drop-data", "write-only-skip-check", "gone"]),
      "not-yet",
      "how far the v2 store is gone", noV2),
  ]

  private static let security = [
    ServerFlag("cert-file", .text, "", "the certificate shown to clients (PEM)"),
    ServerFlag("key-file", .text, "", "its key (PEM)"),
    ServerFlag(
      "client-cert-file", .text, "", "a certificate of its own for etcd's calls to itself",
      .none(because: "the gateway calls the node directly")),
    ServerFlag(
      "client-key-file", .text, "", "that certificate's key", .none(because: "the gateway calls the node directly")),
    ServerFlag("client-cert-auth", .bool, "false", "clients must show a certificate"),
    ServerFlag("client-crl-file", .text, "", "revoked client certificates"),
    ServerFlag("client-cert-allowed-hostname", .text, "", "a name that a client's certificate must have"),
    ServerFlag("trusted-ca-file", .text, "", "who signs clients' certificates (PEM)"),
    ServerFlag(
      "auto-tls", .bool, "false", "TLS with a generated certificate",
      .refused(
        because: "certificates are not generated here", remedy: "make one, and name it with --cert-file and --key-file")
    ),
    ServerFlag("peer-cert-file", .text, "", "the certificate shown to peers", noPeers),
    ServerFlag("peer-key-file", .text, "", "its key", noPeers),
    ServerFlag("peer-client-cert-file", .text, "", "the certificate shown to peers as their client", noPeers),
    ServerFlag("peer-client-key-file", .text, "", "its key", noPeers),
    ServerFlag("peer-client-cert-auth", .bool, "false", "peers must show a certificate", noPeers),
    ServerFlag("peer-trusted-ca-file", .text, "", "who signs peers' certificates", noPeers),
    ServerFlag("peer-cert-allowed-cn", .text, "", "the common name that a peer's certificate must have", noPeers),
    ServerFlag("peer-cert-allowed-hostname", .text, "", "a name that a peer's certificate must have", noPeers),
    ServerFlag("peer-auto-tls", .bool, "false", "TLS between peers with generated certificates", noPeers),
    ServerFlag("peer-crl-file", .text, "", "revoked peer certificates", noPeers),
    ServerFlag(
      "self-signed-cert-validity", .unsigned, "1", "years that a generated certificate is valid",
      .none(because: "certificates are not generated here")),
    ServerFlag("cipher-suites", .list, "", "the TLS cipher suites to offer"),
    ServerFlag("tls-min-version", .text, "TLS1.2", "the oldest TLS version to accept"),
    ServerFlag("tls-max-version", .text, "", "the newest TLS version to accept"),
    ServerFlag("cors", .origins, "*", "web pages that may use the gateway"),
    ServerFlag("host-whitelist", .list, "*", "host names that plain HTTP requests may ask for"),
  ]

  private static let users = [
    ServerFlag("auth-token", .text, "simple", "simple, or jwt with its options"),
    ServerFlag("bcrypt-cost", .unsigned, "10", "how costly a password's hash is, from 4 to 31"),
    ServerFlag("auth-token-ttl", .unsigned, "300", "seconds that a simple token lives unused"),
  ]

  private static let monitoring = [
    ServerFlag("listen-metrics-urls", .urls, "", "where /metrics and /health are served besides"),
    ServerFlag(
      "listen-client-http-urls", .urls, "", "where the gateway alone is served",
      .none(because: "it is served on every client URL")),
    ServerFlag("metrics", .text, "basic", "basic, or extensive for histograms of calls"),
    ServerFlag(
      "enable-pprof", .bool, "false", "serve Go profiles", .none(because: "there is no Go runtime to profile")),
    ServerFlag("enable-grpc-gateway", .bool, "true", "serve the JSON gateway"),
    ServerFlag("logger", .text, "zap", "zap is the only one"),
    ServerFlag("log-outputs", .list, "default", "stderr, stdout, or files, separated by commas; default is stderr"),
    ServerFlag("log-level", .text, "info", "debug, info, warn, error, panic or fatal"),
    ServerFlag("log-format", .oneOf(["json", "console"]), "json", "json, or console for lines to be read by people"),
    ServerFlag(
      "enable-log-rotation", .bool, "false", "rotate a log file",
      .none(because: "log files are not rotated here; logrotate with copytruncate does it")),
    ServerFlag(
      "log-rotation-config-json", .text,
      #"{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}"#, "how to rotate it",
      .none(because: "log files are not rotated here; logrotate with copytruncate does it")),
    ServerFlag("experimental-enable-distributed-tracing", .bool, "false", "export traces", noTracing),
    ServerFlag("experimental-distributed-tracing-address", .text, "localhost:4317", "where to", noTracing),
    ServerFlag("experimental-distributed-tracing-service-name", .text, "etcd", "in whose name", noTracing),
    ServerFlag("experimental-distributed-tracing-instance-id", .text, "", "of which instance", noTracing),
    ServerFlag("experimental-distributed-tracing-sampling-rate", .integer, "0", "how many of a million", noTracing),
  ]

  private static let experimental = [
    ServerFlag("experimental-initial-corrupt-check", .bool, "false", "compare data with peers before serving", noPeers),
    ServerFlag("experimental-corrupt-check-time", .duration, "0s", "how often to compare data with peers", noPeers),
    ServerFlag(
      "experimental-compact-hash-check-enabled", .bool, "false", "compare hashes of compacted data with peers", noPeers),
    ServerFlag("experimental-compact-hash-check-time", .duration, "1m0s", "how often", noPeers),
    ServerFlag("experimental-enable-v2v3", .text, "", "serve the v2 API over v3 data", noV2),
    ServerFlag(
      "experimental-enable-lease-checkpoint", .bool, "false", "tell peers how long leases still have", noPeers),
    ServerFlag("experimental-enable-lease-checkpoint-persist", .bool, "false", "keep that", noPeers),
    ServerFlag("experimental-compaction-batch-limit", .integer, "1000", "revisions to delete at a time", noBackend),
    ServerFlag("experimental-compaction-sleep-interval", .duration, "10ms", "the pause between", noBackend),
    ServerFlag("experimental-peer-skip-client-san-verification", .bool, "false", "trust a peer's address", noPeers),
    ServerFlag(
      "experimental-watch-progress-notify-interval", .duration, "10m0s", "how often a quiet watch is told how far it is"
    ),
    ServerFlag("experimental-downgrade-check-time", .duration, "5s", "how often a downgrade is looked for", noPeers),
    ServerFlag(
      "experimental-warning-apply-duration", .duration, "100ms", "how long a request may take without a line in the log"
    ),
    ServerFlag("experimental-memory-mlock", .bool, "false", "keep bbolt's pages in memory", noBackend),
    ServerFlag("experimental-txn-mode-write-with-shared-buffer", .bool, "true", "share bbolt's buffer", noBackend),
    ServerFlag(
      "experimental-bootstrap-defrag-threshold-megabytes", .unsigned, "0", "defragment at the start", noBackend),
    ServerFlag("experimental-backend-bbolt-freelist-type", .text, "array", "bbolt's free list, in etcd 3.4", noBackend),
    ServerFlag(
      "experimental-stop-grpc-service-on-defrag", .bool, "false", "serve nobody while defragmenting",
      .none(because: "there is nothing to defragment")),
    ServerFlag("experimental-snapshot-catchup-entries", .unsigned, "5000", "entries kept for slow peers", noPeers),
  ]

  private static let unsafe = [
    ServerFlag("force-new-cluster", .bool, "false", "make this member the only one of its cluster"),
    ServerFlag(
      "unsafe-no-fsync", .bool, "false", "answer before data is on disk",
      .none(because: "every write is synced before it is answered")),
  ]

  private static let deprecated =
    [
      ServerFlag(
        "proxy", .oneOf(["off", "readonly", "on"]), "off", "a v2 proxy instead of a member",
        .refused(because: "there is no v2 proxy", remedy: "start a member, or use etcd 3.5")),
      ServerFlag("proxy-failure-wait", .unsigned, "5000", "for the v2 proxy", noProxy),
      ServerFlag("proxy-refresh-interval", .unsigned, "30000", "for the v2 proxy", noProxy),
      ServerFlag("proxy-dial-timeout", .unsigned, "1000", "for the v2 proxy", noProxy),
      ServerFlag("proxy-write-timeout", .unsigned, "5000", "for the v2 proxy", noProxy),
      ServerFlag("proxy-read-timeout", .unsigned, "0", "for the v2 proxy", noProxy),
      ServerFlag("debug", .bool, "false", "etcd 3.4's --log-level debug"),
      ServerFlag("log-output", .list, "default", "etcd 3.4's --log-outputs"),
      ServerFlag(
        "log-package-levels", .text, "", "levels for packages of etcd 3.4",
        .none(because: "there are no packages of etcd")),
    ]
    + [
      "cluster-active-size", "cluster-remove-delay", "cluster-sync-interval", "config", "force", "max-result-buffer",
      "max-retry-attempts", "peer-heartbeat-interval", "peer-election-timeout", "retry-interval", "snapshot", "v", "vv",
    ].map { ServerFlag($0, .ignored, "", "of etcd 0.4", etcdIgnores) }
}
