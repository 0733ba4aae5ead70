import Logging

/// What a node is told at its start. The defaults are etcd's.
public struct NodeConfiguration: Sendable {
  public enum Durability: Sendable {
    /// Everything is gone when the process ends.
    case inMemory
    /// What was answered is in this folder, fsynced.
    case folder(String)
  }

  public var durability: Durability
  public var name = "default"
  public var peerURLs = ["http://localhost:2380"]
  public var clientURLs = ["http://localhost:2379"]
  public var clusterToken = "etcd-cluster"
  /// The log's folder, when it is not the data folder's `member/wal`.
  public var walFolder: String?
  /// Whether the name and the client URLs take the place of those that the folder has on record, as etcd's do at every
  /// start. Otherwise they are what a fresh member begins with.
  public var publishesAttributes = false
  /// Whether this member goes on alone, all others that the folder knows being removed: etcd's `--force-new-cluster`.
  public var forcesNewCluster = false

  // MARK: Timing

  /// etcd's `--heartbeat-interval` and `--election-timeout`. A single member needs neither to lead; leases cannot be
  /// shorter than they allow, see ``minimumLeaseTimeToLive``.
  public var heartbeatInterval = Duration.milliseconds(100)
  public var electionTimeout = Duration.milliseconds(1000)
  /// After how long without events a watch that asked for it is told how far it is.
  public var progressNotifyInterval = Duration.seconds(600)

  /// Applying requests for longer than this is worth a line in the log.
  public var warningApplyDuration = Duration.milliseconds(100)

  // MARK: Limits

  /// How many bytes the database may have: 0 is ``defaultQuotaBackendBytes``, a negative number no limit.
  public var quotaBackendBytes: Int64 = 0
  /// Bytes of a request as it is written to the log.
  public var maxRequestBytes = 1_572_864
  /// Operations of a transaction, its nested ones included.
  public var maxTxnOps = 128
  public var autoCompaction = AutoCompaction.off
  /// After how many log entries a checkpoint is written, too; nil: only when the log has outgrown the last one.
  public var snapshotCount: Int?

  // MARK: Users

  /// etcd's `--auth-token`: `simple`, or `jwt,pub-key=…,priv-key=…,sign-method=…,ttl=…`.
  public var authToken = "simple"
  /// etcd's `--auth-token-ttl`: how long a token of kind `simple` lives without being used.
  public var authTokenTimeToLive = Duration.seconds(300)
  /// How often a password is hashed, as a power of two.
  public var bcryptCost = 10

  /// Where the node says what befalls it. Silent unless told otherwise.
  public var logger = Logger(label: "etch.node") { _ in SwiftLogNoOpLogHandler() }

  public init(_ durability: Durability = .inMemory) { self.durability = durability }

  public static let inMemory = NodeConfiguration(.inMemory)

  /// etcd's version whose behaviour is matched; clients read it.
  public static let etcdVersion = "3.5.1"
  /// The version a cluster of such members agrees on.
  static let clusterVersion = "3.5.0"
  public static let defaultQuotaBackendBytes: Int64 = 2 << 30
}

/// How history is forgotten without anyone asking.
public enum AutoCompaction: Sendable, Equatable {
  case off
  /// Keeps the history of this time.
  case periodic(Duration)
  /// Keeps this many revisions.
  case revision(Int64)
}

extension NodeConfiguration {
  /// Seconds: one and a half elections, so that a lease outlives the choice of another leader (etcd's rule).
  var minimumLeaseTimeToLive: Int64 {
    let electionTicks = Int64(electionTimeout / heartbeatInterval)
    let shortest = heartbeatInterval * (3 * electionTicks / 2)
    return shortest.components.seconds + (shortest.components.attoseconds > 0 ? 1 : 0)
  }
}
