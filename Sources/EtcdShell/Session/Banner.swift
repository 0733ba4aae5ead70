/// What the prompt begins with: which node this is, and how to go on from there.
enum Banner {
  static func text(_ node: Session.Node, _ launch: Launch) -> String {
    let place =
      switch launch.node {
      case .memory:
        "an in-memory node: what is stored is gone at exit,\nunless it is started with etch --data-dir DIR"
      case .durable(let folder): "an embedded node; its data is kept in \(folder)"
      case .remote: node.name
      }
    return "etch \(EtchVersion.text) on \(place)\nhelp lists the commands, Tab completes, Ctrl-D leaves\n"
  }
}

/// This program's own version; what it serves is etcd's.
public enum EtchVersion {
  public static let text = "0.1.0"
}
