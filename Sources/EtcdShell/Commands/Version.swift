/// The release, and the release of etcd's API that it speaks.
public enum Version {
  public static let etch = EtchVersion.text
  static let api = "3.5"
  /// etcd's release that we stand in for.
  static let etcd = "3.5.1"
}

extension Command {
  static let version = Command(
    "version", group: .session, summary: "Prints the version of etch", examples: ["version"]
  ) { invocation in
    let program = invocation.session.program
    guard program != .etch else {
      return invocation.showLine("etch version: \(Version.etch)\nAPI version: \(Version.api)")
    }
    // What scripts look for, and then who it is.
    invocation.showLine("\(program.rawValue) version: \(Version.etcd)\nAPI version: \(Version.api)")
    invocation.showLine("etch version: \(Version.etch)")
  }
}
