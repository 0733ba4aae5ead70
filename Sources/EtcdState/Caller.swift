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
