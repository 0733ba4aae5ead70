/// The release, and the release of etcd's API that it speaks.
public enum Version {
  public static let etch = "0.1.0"
  static let api = "3.5"
}

extension Command {
  static let version = Command(
    "version", group: .session, summary: "Prints the version of etch", examples: ["version"]
  ) { invocation in
    invocation.showLine("etch version: \(Version.etch)\nAPI version: \(Version.api)")
  }
}
