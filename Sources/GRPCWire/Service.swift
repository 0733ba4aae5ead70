import NIOSSL

/// What all of a listener's connections have in common.
struct Service: Sendable {
  let limits: ServerLimits
  let calls: any CallRouter
  let http: any HTTPRouter
  /// What a client that came by TLS has still to pass.
  let check: @Sendable (NIOSSLCertificate?) throws -> Void
  /// Told of connections that end in another way than they should.
  let report: @Sendable (ConnectionProblem, Peer) -> Void
}

/// Why a server closed a connection, or never came to serve it.
public enum ConnectionProblem: Sendable {
  /// TLS failed on this side or by the client's alert: also what plain text does to it. A ``TLSFailure`` as a rule.
  case tlsFailed(any Error)
  /// The client broke HTTP/2's rules, or did too much of what costs work.
  case protocolBroken(HTTP2Error)
  /// The client did not say in time what it wants.
  case handshakeTimedOut
  /// The client did not answer a keep-alive PING.
  case keepAliveTimedOut
}

extension ConnectionProblem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tlsFailed(let error): "TLS handshake failed: \(error)"
    case .protocolBroken(let error): "the client broke HTTP/2's rules: \(error)"
    case .handshakeTimedOut: "the client made no request in time"
    case .keepAliveTimedOut: "the client did not answer a keep-alive PING"
    }
  }
}

/// What a listener tells its connections, as a user event of their channels.
enum ListenerEvent {
  /// The server is about to end: finish what is under way, begin nothing.
  case leaving
}
