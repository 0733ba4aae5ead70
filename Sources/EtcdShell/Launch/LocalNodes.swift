import EtcdAPI

/// What the shell does with nodes of its own, and with their folders: handed in by the program, since the shell itself
/// knows no more than how to speak to a node.
public struct LocalNodes: Sendable {
  /// What an embedded node begins with.
  public enum Start: Sendable, Equatable {
    /// Nothing; in memory.
    case empty
    /// What the folder holds; it is made if it is not there.
    case folder(String)
    /// What the snapshot in this file holds; in memory. It has been checked against its SHA-256.
    case copy(ofSnapshot: String)
  }

  /// An embedded node that runs.
  public struct Node: Sendable {
    var etcd: any Etcd
    /// Where other clients reach it, if they are meant to.
    var urls: [String]
    /// Lets the other clients go; called before the node is closed.
    var closePorts: @Sendable () async -> Void

    public init(_ etcd: any Etcd, urls: [String] = [], closePorts: @escaping @Sendable () async -> Void = {}) {
      self.etcd = etcd
      self.urls = urls
      self.closePorts = closePorts
    }
  }

  /// A snapshot that is to become a new member's data folder.
  public struct Restoration: Sendable {
    /// Checked against its SHA-256.
    public var snapshot: String
    public var folder: String
    public var logFolder: String
    public var name: String
    /// Every member of the new cluster, this one among them.
    public var members: [(name: String, peerURLs: [String])]
    public var clusterToken: String

    /// For the member that an embedded node is by default.
    static func alone(_ snapshot: String, into folder: String) -> Restoration {
      Restoration(
        snapshot: snapshot, folder: folder, logFolder: "\(folder)/member/wal", name: "default",
        members: [("default", ["http://localhost:2380"])], clusterToken: "etcd-cluster")
    }
  }

  let boot: @Sendable (Start, _ listenURLs: [String]) async throws -> Node
  let restore: @Sendable (Restoration) throws -> (memberID: UInt64, clusterID: UInt64)

  /// For a session that has none.
  public static let none = LocalNodes { _, _ in
    throw ShellError("there is no embedded node here")
  } restore: { _ in
    throw ShellError("no snapshot can be restored here")
  }

  /// - Parameters:
  ///   - boot: starts a node, and opens these ports to it.
  ///   - restore: returns the IDs that member and cluster have now.
  public init(
    boot: @escaping @Sendable (Start, _ listenURLs: [String]) async throws -> Node,
    restore: @escaping @Sendable (Restoration) throws -> (memberID: UInt64, clusterID: UInt64)
  ) {
    self.boot = boot
    self.restore = restore
  }
}
