import EtcdAPI

/// When a failed call is sent again: as etcd's own client does (client/v3/retry.go and retry_interceptor.go of 3.5),
/// and nowhere else.
///
///     the call failed …                                   repeatable     write once
///     before any of it was sent, or the server's HTTP/2
///     layer refused it unprocessed                         again          again
///     with code `unavailable`, from the server or because
///     the connection broke with the answer outstanding     again          fails
///     with "invalid auth token", "auth store revision
///     is old", or "user name is empty" though a user is
///     given: after getting a token anew, one time          again          again
///     because the member is a learner, with other
///     endpoints to ask                                     again          again
///     in any other way                                     fails          fails
///
/// "Again" is at another endpoint if there is one, up to 100 times, within the call's own time.
enum RetryPolicy: Sendable {
  case repeatable
  case writeOnce

  static let attemptsMax = 100
  /// The wait after every endpoint had its turn.
  static let pause = Duration.milliseconds(25)

  /// Which calls are repeatable; granting and revoking leases are, in etcd's client too.
  /// So is opening a watch, which it does over and over.
  static func of(_ method: String) -> RetryPolicy {
    repeatableMethods.contains(method) ? .repeatable : .writeOnce
  }

  private static let repeatableMethods: Set<String> = [
    EtcdMethod.range, EtcdMethod.watch,
    EtcdMethod.leaseGrant, EtcdMethod.leaseRevoke, EtcdMethod.leaseKeepAlive, EtcdMethod.leaseTimeToLive,
    EtcdMethod.leaseLeases,
    EtcdMethod.memberList,
    EtcdMethod.alarm, EtcdMethod.status, EtcdMethod.hashKV, EtcdMethod.snapshot, EtcdMethod.moveLeader,
  ]

  enum Decision: Equatable, Sendable {
    case fail
    case again
    case againWithNewToken
  }

  /// - Parameters:
  ///   - isUnsent: the call was surely not processed.
  ///   - canAuthenticate: a user and password are configured, and this call has not yet got a new token.
  ///   - hasOthers: there is more than one endpoint.
  func decide(
    code: EtcdError.Code, message: String, isUnsent: Bool, canAuthenticate: Bool, hasOthers: Bool
  ) -> Decision {
    if isUnsent { return .again }
    if hasOthers && message == EtcdError.notSupportedForLearner.message { return .again }
    if canAuthenticate && RetryPolicy.tokenComplaints.contains(message) { return .againWithNewToken }
    return self == .repeatable && code == .unavailable ? .again : .fail
  }

  private static let tokenComplaints: Set<String> = [
    EtcdError.invalidAuthToken.message, EtcdError.userEmpty.message, EtcdError.authOldRevision.message,
  ]
}
