/// What an embedded node is told at its start. The defaults are etcd's.
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

  /// After how long without events a watch that asked for it is told how far it is.
  public var progressNotifyInterval = Duration.seconds(600)

  public init(_ durability: Durability = .inMemory) { self.durability = durability }

  public static let inMemory = NodeConfiguration(.inMemory)

  /// etcd's version whose behaviour is matched; clients read it.
  public static let etcdVersion = "3.5.1"
  /// The version a cluster of such members agrees on.
  static let clusterVersion = "3.5.0"
  /// etcd's `--max-request-bytes`.
  static let maximumRequestBytes = 1_572_864
  /// How long leases are extended when a node takes over: etcd's election timeout.
  static let leaseExtension = Duration.seconds(1)
}
