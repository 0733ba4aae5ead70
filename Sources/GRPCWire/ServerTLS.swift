import NIOCore
import NIOSSL

/// How accepted connections are secured.
public struct ServerTLS: Sendable {
  /// Makes the handler of one accepted connection, on its event loop: with the certificates of that moment, and
  /// with a verification of its own if it likes. The context should offer `applicationProtocols`.
  public var makeHandler: @Sendable (SocketAddress?) throws -> NIOSSLServerHandler

  public init(makeHandler: @escaping @Sendable (SocketAddress?) throws -> NIOSSLServerHandler) {
    self.makeHandler = makeHandler
  }

  /// One context for all connections.
  public init(_ context: NIOSSLContext) {
    self.init { _ in NIOSSLServerHandler(context: context) }
  }

  /// What a server offers by ALPN.
  public static let applicationProtocols = ["h2", "http/1.1"]
}
