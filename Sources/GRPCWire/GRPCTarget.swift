import NIOCore
import NIOSSL

/// Where a connection goes and how it is secured.
public struct GRPCTarget: Sendable {
  public enum Address: Sendable, Equatable {
    case host(String, port: Int)
    case unix(path: String)
  }

  public var address: Address
  /// What `:authority` says in every request.
  public var authority: String
  /// nil for plain text. The context should offer the application protocol `h2`.
  public var tls: NIOSSLContext?
  /// The name the server's certificate is checked against and that is sent as SNI. nil: the certificate must name
  /// the address connected to. It cannot be an IP address.
  public var serverHostname: String?
  public var userAgent: String

  public init(
    _ address: Address, authority: String, tls: NIOSSLContext? = nil, serverHostname: String? = nil,
    userAgent: String = "etch"
  ) {
    self.address = address
    self.authority = authority
    self.tls = tls
    self.serverHostname = serverHostname
    self.userAgent = userAgent
  }
}

/// When an idle-looking connection is tested with a PING: calls are open, and nothing came for `interval`.
public struct GRPCKeepAlive: Sendable, Equatable {
  /// etcd and gRPC servers close the connections of clients that ask more often than every five seconds.
  public static let shortestInterval = Duration.seconds(5)

  public let interval: Duration
  /// How long the answer may take; then the connection is given up.
  public let timeout: Duration

  /// - Parameter interval: at least `shortestInterval`, which is taken for anything less.
  public init(interval: Duration, timeout: Duration) {
    self.interval = max(interval, Self.shortestInterval)
    self.timeout = timeout
  }
}

/// Why there is no connection.
public enum GRPCConnectionError: Error, Sendable {
  /// The host answered that nobody listens there.
  case refused
  /// Another error of the operating system: no route, no such socket file, …
  case unreachable(any Error)
  case nameNotResolved(host: String, any Error)
  /// Not connected, or connected and not greeted, in the time given.
  case timedOut(isConnected: Bool)
  /// TLS failed on this side or by the peer's alert. The error is NIOSSL's; the certificate is there if the peer sent one.
  case tlsFailed(any Error, peerCertificate: NIOSSLCertificate?)
  /// The peer closed the connection before it said it speaks HTTP/2.
  case closedDuringHandshake
  /// The peer's first bytes aren't HTTP/2: an HTTP/1 answer, a TLS alert, …
  case notHTTP2(firstBytes: ByteBuffer)
  /// The connecting task was cancelled.
  case cancelled
}

/// Why there is no connection any more.
public enum GRPCConnectionEnd: Sendable {
  /// `close` was called.
  case closedHere
  /// The peer said GOAWAY.
  case goneAway(HTTP2ErrorCode, reason: String)
  /// The peer closed the connection, or the operating system did with an error.
  case lost((any Error)?)
  /// A keep-alive PING was not answered.
  case keepAliveTimedOut
  /// The peer broke HTTP/2's rules.
  case protocolBroken(HTTP2Error)
}

extension GRPCConnectionEnd: CustomStringConvertible {
  public var description: String {
    switch self {
    case .closedHere: "the connection was closed"
    case .goneAway(let code, let reason):
      "the server closed the connection (\(code)\(reason.isEmpty ? "" : ": \(reason)"))"
    case .lost(nil): "the server closed the connection"
    case .lost(let error?): "the connection was lost: \(error)"
    case .keepAliveTimedOut: "the server did not answer a keep-alive PING"
    case .protocolBroken(let error): "the connection broke HTTP/2's rules: \(error)"
    }
  }
}
