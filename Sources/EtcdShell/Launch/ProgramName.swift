/// The name that the program was started under. Under those of etcd's own programs it stands in for them, in scripts
/// that know nothing of it: then their habits win over ours.
public enum ProgramName: String, Sendable {
  case etch, etcdctl, etcdutl

  /// - Parameter path: the first of the program's arguments.
  init(path: String) {
    self = path.split(separator: "/").last.flatMap { ProgramName(rawValue: String($0)) } ?? .etch
  }
}
