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

  let boot: @Sendable (Start) async throws -> any Etcd
  let restore: @Sendable (Restoration) throws -> (memberID: UInt64, clusterID: UInt64)

  /// For a session that has none.
  public static let none = LocalNodes { _ in
    throw ShellError("there is no embedded node here")
  } restore: { _ in
    throw ShellError("no snapshot can be restored here")
  }

  /// - Parameter restore: returns the IDs that member and cluster have now.
  public init(
    boot: @escaping @Sendable (Start) async throws -> any Etcd,
    restore: @escaping @Sendable (Restoration) throws -> (memberID: UInt64, clusterID: UInt64)
  ) {
    self.boot = boot
    self.restore = restore
  }
}
