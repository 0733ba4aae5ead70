import EtcdAPI

/// What the prompt begins with: which node this is, and how to go on from there.
enum Banner {
  static func text(_ node: Session.Node, _ launch: Launch) async -> String {
    let place =
      switch launch.node {
      case .memory:
        "an in-memory node: what is stored is gone at exit,\nunless it is started with etch --data-dir DIR"
      case .durable(let folder): "an embedded node; its data is kept in \(folder)"
      case .copy(let snapshot, nil):
        """
        a copy of \(snapshot) in memory: \(await contents(of: node.etcd)).
        The file stays as it is, and the copy is gone at exit; --data-dir DIR keeps it
        """
      case .copy(let snapshot, let folder?):
        """
        an embedded node restored from \(snapshot): \(await contents(of: node.etcd)).
        Its data is kept in \(folder)
        """
      case .remote: node.name
      }
    let door = node.urls.isEmpty ? "" : "other clients reach it at \(node.urls.joined(separator: ", "))\n"
    return "etch \(EtchVersion.text) on \(place)\n\(door)help lists the commands, Tab completes, Ctrl-D leaves\n"
  }

  private static func contents(of etcd: any Etcd) async -> String {
    let all = KeyRange.all
    let counted = try? await etcd.range(
      .with {
        $0.key = all.key
        $0.rangeEnd = all.end
        $0.countOnly = true
      })
    guard let counted else { return "it does not answer" }
    return "\(counted.count) \(counted.count == 1 ? "key" : "keys") at revision \(counted.header.revision)"
  }
}

/// This program's own version; what it serves is etcd's.
public enum EtchVersion {
  public static let text = "0.1.0"
}
