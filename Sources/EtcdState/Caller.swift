import EtcdAPI

/// On whose behalf a request is made: what permissions are checked against, and what a log entry's header says.
public enum Caller: Sendable, Equatable {
  /// A call without a token or a certificate that names a user.
  case anonymous
  /// A user that a token or a client certificate names.
  /// - Parameter authRevision: the revision of users and roles that the token was issued at; a write that is
  ///   proposed at another is refused (etcd's "old auth revision").
  case user(name: String, authRevision: UInt64)
  /// The node itself, and whoever runs the shell in its process: everything is permitted.
  case root
}

// The header of a log entry
//
//     caller                          username   auth_revision
//     .anonymous                      ""         0
//     .user("alice", 7)               "alice"    7
//     .root                           "root"     2^64-1: to etcd the root user, and never of an old revision
extension Caller {
  /// What users' names are compared with; nothing for who has none.
  var name: String {
    switch self {
    case .anonymous: ""
    case .user(let name, _): name
    case .root: Self.rootName
    }
  }

  private static let rootName = "root"
  private static let newestRevision = UInt64.max

  /// Who a log entry says asked.
  public init(_ header: RequestHeader) {
    switch (header.username, header.authRevision) {
    case ("", 0): self = .anonymous
    case (Self.rootName, Self.newestRevision): self = .root
    case (let name, let revision): self = .user(name: name, authRevision: revision)
    }
  }

  /// Says in a log entry's header who asks, so that every replica, and etcd too, checks the same permissions.
  func fill(_ header: inout RequestHeader) {
    switch self {
    case .anonymous: break
    case .user(let name, let revision):
      header.username = name
      header.authRevision = revision
    case .root:
      header.username = Self.rootName
      header.authRevision = Self.newestRevision
    }
  }
}
