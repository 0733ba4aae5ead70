/// A failed call: the code and text that etcd's clients see, and what a person needs beside them.
///
///     Error: etcdserver: mvcc: required revision has been compacted      <- message, word for word etcd's
///       cause:  revision 3 was compacted; the oldest kept is 12          <- cause
///       remedy: read at revision 12 or later                             <- remedy
public struct EtcdError: Error, Sendable, Equatable {
  /// gRPC's status codes, by number.
  public enum Code: Int, Sendable {
    case ok = 0
    case cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
    case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss
    case unauthenticated
  }

  public var code: Code
  /// etcd's own text where the error is one of etcd's (api/v3rpc/rpctypes/error.go); clients compare it.
  public var message: String
  /// What is behind it, in words, where that is known.
  public var cause: String?
  /// What to do about it.
  public var remedy: String?

  public init(_ code: Code, _ message: String, cause: String? = nil, remedy: String? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
    self.remedy = remedy
  }

  /// The same error with what this place knows about it.
  public func explained(cause: String? = nil, remedy: String? = nil) -> EtcdError {
    EtcdError(code, message, cause: cause ?? self.cause, remedy: remedy ?? self.remedy)
  }
}

extension EtcdError: CustomStringConvertible {
  public var description: String {
    var text = message
    if let cause { text += "\n  cause:  \(cause)" }
    if let remedy { text += "\n  remedy: \(remedy)" }
    return text
  }
}
