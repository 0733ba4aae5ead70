/// How much of its clients' doing a server bears, and how it finds out whether they are still there.
public struct ServerLimits: Sendable {
  /// Bytes of one received message, after decompression.
  public var maxMessageSize = 4 << 20
  /// Calls that one connection may have open at a time.
  public var maxConcurrentStreams = 10_000
  /// Bytes of an HTTP request's content.
  public var maxBodySize = 4 << 20
  /// Until a client has said that it speaks HTTP/2, or has made its first request in HTTP/1.1; TLS included.
  public var handshakeTimeout = Duration.seconds(30)
  /// Until a connection without a request under way is closed (HTTP/1.1).
  public var idleTimeout = Duration.seconds(180)
  /// Clients that send PINGs more often, with nothing sent to them between, are sent away (as gRPC's Go does).
  public var minPingInterval = Duration.seconds(5)
  /// Without a word from a client for so long it is asked with a PING.
  public var keepAliveInterval = Duration.seconds(7200)
  /// How long the answer to that may take.
  public var keepAliveTimeout = Duration.seconds(20)

  public init() {}
}
