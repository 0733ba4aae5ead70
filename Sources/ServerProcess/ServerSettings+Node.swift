import EtcdServer
import EtcdServices
import GRPCWire
import Logging

extension ServerSettings {
  func nodeConfiguration(_ logger: Logger) -> NodeConfiguration {
    var configuration = NodeConfiguration(.folder(dataFolder))
    configuration.walFolder = walFolder
    configuration.publishesAttributes = true
    configuration.forcesNewCluster = values.bool("force-new-cluster")
    configuration.name = name
    configuration.peerURLs = advertisePeerURLs.map(\.text)
    configuration.clientURLs = advertiseClientURLs.map(\.text)
    configuration.clusterToken = clusterToken
    configuration.heartbeatInterval = .milliseconds(Int64(values.unsigned("heartbeat-interval")))
    configuration.electionTimeout = .milliseconds(Int64(values.unsigned("election-timeout")))
    configuration.progressNotifyInterval = values.duration("experimental-watch-progress-notify-interval")
    configuration.warningApplyDuration = values.duration("experimental-warning-apply-duration")
    configuration.quotaBackendBytes = values.integer("quota-backend-bytes")
    configuration.maxRequestBytes = Int(clamping: values.unsigned("max-request-bytes"))
    configuration.maxTxnOps = Int(clamping: values.unsigned("max-txn-ops"))
    configuration.autoCompaction = autoCompaction
    configuration.snapshotCount =
      values.isSet("snapshot-count") ? Int(clamping: values.unsigned("snapshot-count")) : nil
    configuration.authToken = values["auth-token"]
    configuration.authTokenTimeToLive = .seconds(Int64(clamping: values.unsigned("auth-token-ttl")))
    configuration.bcryptCost = Int(clamping: values.unsigned("bcrypt-cost"))
    configuration.logger = logger
    return configuration
  }

  /// As etcd, a time of zero leaves the default of both.
  var connectionLimits: ServerLimits {
    var limits = ServerLimits.etcd
    limits.maxConcurrentStreams = Int(clamping: min(values.unsigned("max-concurrent-streams"), UInt64(Int32.max)))
    let shortestPause = values.duration("grpc-keepalive-min-time")
    if shortestPause > .zero { limits.minPingInterval = shortestPause }
    let interval = values.duration("grpc-keepalive-interval")
    let timeout = values.duration("grpc-keepalive-timeout")
    if interval > .zero, timeout > .zero {
      limits.keepAliveInterval = interval
      limits.keepAliveTimeout = timeout
    }
    return limits
  }

  var httpConfiguration: ClientHTTP.Configuration {
    var configuration = ClientHTTP.Configuration()
    configuration.corsOrigins = Set(values.list("cors"))
    configuration.hostWhitelist = Set(values.list("host-whitelist"))
    configuration.hasGateway = values.bool("enable-grpc-gateway")
    configuration.certificatesNameUsers = values.bool("client-cert-auth")
    return configuration
  }

  /// What etcd says of itself at its start, as far as it is so here.
  func summary(isInitialized: Bool, version: String) -> Logger.Metadata {
    [
      "etcd-version": "\(NodeConfiguration.etcdVersion)", "etch-version": "\(version)",
      "go-os": "\(Platform.system)", "go-arch": "\(Platform.architecture)",
      "max-cpu-set": .stringConvertible(Platform.processors),
      "max-cpu-available": .stringConvertible(Platform.processors),
      "member-initialized": .stringConvertible(isInitialized), "name": "\(name)", "data-dir": "\(dataFolder)",
      "wal-dir": "\(walFolder ?? "")", "member-dir": "\(dataFolder)/member",
      "force-new-cluster": .stringConvertible(values.bool("force-new-cluster")),
      "heartbeat-interval": .stringConvertible(Duration.milliseconds(Int64(values.unsigned("heartbeat-interval")))),
      "election-timeout": .stringConvertible(Duration.milliseconds(Int64(values.unsigned("election-timeout")))),
      "snapshot-count": .stringConvertible(values.unsigned("snapshot-count")),
      "initial-advertise-peer-urls": advertisePeerURLs.metadata, "listen-peer-urls": listenPeerURLs.metadata,
      "advertise-client-urls": advertiseClientURLs.metadata, "listen-client-urls": listenClientURLs.metadata,
      "listen-metrics-urls": listenMetricsURLs.metadata,
      "cors": .array(values.list("cors").map { "\($0)" }),
      "host-whitelist": .array(values.list("host-whitelist").map { "\($0)" }),
      // etcd names it only while it has a meaning.
      "initial-cluster": isInitialized ? "" : "\(initialCluster)",
      "initial-cluster-state": "\(values["initial-cluster-state"])", "initial-cluster-token": "\(clusterToken)",
      "quota-size-bytes": .stringConvertible(quotaBytes),
      "auto-compaction-mode": "\(values["auto-compaction-mode"])",
      "auto-compaction-retention": "\(values["auto-compaction-retention"])",
    ]
  }

  /// As Go prints the member's attributes.
  var attributesText: String {
    "{Name:\(name) ClientURLs:[\(advertiseClientURLs.map(\.text).joined(separator: " "))]}"
  }

  private var quotaBytes: Int64 {
    let given = values.integer("quota-backend-bytes")
    return given == 0 ? NodeConfiguration.defaultQuotaBackendBytes : given
  }
}

extension [ServerURL] {
  var metadata: Logger.MetadataValue { .array(map { "\($0.text)" }) }
}
