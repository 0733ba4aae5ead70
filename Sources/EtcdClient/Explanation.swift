import EtcdAPI
import GRPCWire

/// What is known about a call when it fails: enough to say why, and what to do.
struct CallFacts: Sendable {
  var method: String
  var endpoint: String
  var user: String?
  var commandTimeout: Duration
}

extension EtcdError {
  /// A failed call's status with its cause and remedy where they are known.
  init(_ status: GRPCStatus, _ facts: CallFacts) {
    let code = Code(rawValue: status.code.rawValue) ?? .unknown
    switch status.origin {
    case .peer:
      self = EtcdError(code, status.message).explained(facts)
    case .local(.cancelled, _):
      self = .cancelled
    case .local(.deadlineExceeded, _):
      self = .unanswered(facts)
    case .local(.connectionClosed, _):
      self = .broken(status, facts)
    case .local(.notGRPC, _) where status.code == .internal:
      // gRPC that ends in its middle: a server behind TLS that shuts down leaves its calls like that.
      self = .broken(status, facts)
    case .local(.notGRPC, _):
      self = EtcdError(
        code, "\(facts.endpoint) is not etcd", cause: status.message,
        remedy: "give a client URL of an etcd server, 3.4 or later")
    case .local:
      self = EtcdError(code, status.message, cause: "the call to \(facts.endpoint) was ended by its connection")
    }
  }

  private static func broken(_ status: GRPCStatus, _ facts: CallFacts) -> EtcdError {
    EtcdError(
      .unavailable, "the connection to \(facts.endpoint) broke before the answer came", cause: status.message,
      remedy: facts.isWrite
        ? "look whether the write took place before repeating it" : "try again, or name more endpoints")
  }

  /// No answer within the command's time.
  static func unanswered(_ facts: CallFacts) -> EtcdError {
    EtcdError(
      .deadlineExceeded, "no answer from \(facts.endpoint) within \(facts.commandTimeout.inSeconds)",
      remedy: (facts.isWrite ? "look whether the write took place before repeating it; " : "")
        + "give more time with --command-timeout")
  }

  private func explained(_ facts: CallFacts) -> EtcdError {
    // gRPC refuses what is far too large before etcd can say so.
    let key = message.hasPrefix("grpc: received message larger than max") ? EtcdError.requestTooLarge.message : message
    if let (cause, remedy) = EtcdError.explanations[key] { return explained(cause: cause, remedy: remedy) }
    switch (message, facts.user) {
    case (EtcdError.userEmpty.message, _):
      return explained(
        cause: "authentication is on at \(facts.endpoint), and the command came without a user",
        remedy: "give --user NAME[:PASSWORD]")
    case (EtcdError.authFailed.message, let user?):
      return explained(
        cause: "there is no user '\(user)' with this password", remedy: "check the name and the password of --user")
    case (EtcdError.permissionDenied.message, let user?):
      return explained(
        cause: "no role of user '\(user)' permits this",
        remedy: "as root, see `user get \(user)` and `role grant-permission`, or give another --user")
    case (EtcdError.permissionDenied.message, nil):
      return explained(
        cause: "authentication is on, and the command came without a user that may do this",
        remedy: "give --user NAME[:PASSWORD]")
    case (_, _) where code == .unimplemented:
      return explained(
        cause: "\(facts.endpoint) does not know \(facts.method)",
        remedy: "is it etcd, 3.4 or later? Newer calls need a newer server")
    case (_, _) where code == .deadlineExceeded || message == "context deadline exceeded":
      // The server's own view of the deadline that was sent to it, under one code or another.
      return EtcdError.unanswered(facts)
    default: return self
    }
  }

  private static let explanations: [String: (cause: String, remedy: String)] = [
    noLeader.message: (
      "the member answers, but its cluster has no leader: fewer than half of the members are up or reach each other",
      "start the missing members; see `endpoint status --cluster`"
    ),
    timeout.message: (
      "the member answers, but its cluster did not agree in time: it has no leader, or is too busy",
      "see `endpoint status --cluster` and the members' logs"
    ),
    timeoutLeaderFail.message: (
      "the leader was lost while the request was under way", "look whether a write took place, then try again"
    ),
    timeoutConnectionLost.message: (
      "the member lost its connection to the leader while the request was under way",
      "look whether a write took place, then try again"
    ),
    leaderChanged.message: ("another member became leader while the request was under way", "try again"),
    noSpace.message: (
      "the backend file reached its quota (--quota-backend-bytes), so the cluster takes no more writes",
      "make room: `compaction REVISION`, `defrag`, then `alarm disarm`"
    ),
    corrupt.message: (
      "a member found that its data differs from the others', and raised the CORRUPT alarm",
      "see `alarm list`; replace that member, then `alarm disarm`"
    ),
    compacted.message: (
      "the revision asked for was compacted away", "ask for a later revision, or leave it out for the newest"
    ),
    futureRevision.message: (
      "the revision asked for is not written yet, or not yet known to this member",
      "ask for an earlier revision, or leave it out for the newest"
    ),
    requestTooLarge.message: (
      "the server takes no larger request than --max-request-bytes, 1.5 MiB by default",
      "store less in one value or transaction"
    ),
    tooManyOps.message: (
      "the server takes no more operations in a transaction than --max-txn-ops, 128 by default",
      "use several transactions"
    ),
    leaseNotFound.message: ("the lease expired, was revoked, or never was", "`lease list` shows those there are"),
    authNotEnabled.message: ("this cluster asks nobody for a password", "leave out --user"),
    invalidAuthToken.message: (
      "the server no longer knows the token it gave out: it expired or the server was restarted", "try again"
    ),
    memberNotEnoughStarted.message: (
      "with this change fewer than half of the members would be up", "start the members that are down first"
    ),
    notSupportedForLearner.message: (
      "the member is a learner, which answers serializable reads only",
      "name a voting member's endpoint, or promote this one with `member promote`"
    ),
    tooManyRequests.message: ("the server has more unapplied requests than it takes", "try again later"),
    stopped.message: ("the member is shutting down", "try again, or name more endpoints"),
  ]

  static let timeoutLeaderFail = EtcdError(
    .unavailable, "etcdserver: request timed out, possibly due to previous leader failure")
  static let timeoutConnectionLost = EtcdError(
    .unavailable, "etcdserver: request timed out, possibly due to connection lost")
  static let notSupportedForLearner = EtcdError(.unavailable, "etcdserver: rpc not supported for learner")
}

extension CallFacts {
  var isWrite: Bool {
    [EtcdMethod.put, EtcdMethod.deleteRange, EtcdMethod.txn, EtcdMethod.memberAdd, EtcdMethod.memberRemove]
      .contains(method)
  }
}

extension Duration {
  /// `5s`, `0.25s`
  var inSeconds: String {
    let milliseconds = nanoseconds / 1_000_000
    let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    guard rest != 0 else { return "\(seconds)s" }
    var digits = String(1000 + rest).dropFirst()
    while digits.last == "0" { digits = digits.dropLast() }
    return "\(seconds).\(digits)s"
  }
}
