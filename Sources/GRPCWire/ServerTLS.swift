import NIOCore
import NIOSSL

/// How accepted connections are secured.
public struct ServerTLS: Sendable {
  /// Makes the handler of one accepted connection, on its event loop: with the certificates of that moment. The context should offer `applicationProtocols`.
  public var makeHandler: @Sendable (SocketAddress?) throws -> NIOSSLServerHandler

  /// Looks at what a client showed once the handshake is done: a certificate that was verified, or none. When it throws,
  /// the connection is closed.
  public var check: @Sendable (NIOSSLCertificate?) throws -> Void

  public init(
    makeHandler: @escaping @Sendable (SocketAddress?) throws -> NIOSSLServerHandler,
    check: @escaping @Sendable (NIOSSLCertificate?) throws -> Void = { _ in }
  ) {
    self.makeHandler = makeHandler
    self.check = check
  }

  /// One context for all connections.
  public init(_ context: NIOSSLContext) {
    self.init(makeHandler: { _ in NIOSSLServerHandler(context: context) })
  }

  /// What a server offers by ALPN.
  public static let applicationProtocols = ["h2", "http/1.1"]
}
