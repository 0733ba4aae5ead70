import NIOCore

/// What a server does with requests that aren't gRPC's, over HTTP/1.1 or HTTP/2.
public protocol HTTPRouter: Sendable {
  /// Takes a request, on its connection's event loop, and sees to it that the exchange ends.
  func open(_ request: HTTPRequest, _ exchange: HTTPExchange)
}

/// A request with all of its content.
public struct HTTPRequest: Sendable {
  public var method: String
  /// As the client wrote it: path and query.
  public var target: String
  /// Names are lower case.
  public var headers: [(String, String)]
  public var body: ByteBuffer
  public var peer: Peer

  public init(
    method: String, target: String, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer(),
    peer: Peer = Peer()
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
    self.peer = peer
  }

  /// The target up to its query, not decoded.
  public var path: Substring {
    target.prefix { $0 != "?" }
  }

  /// What follows the `?`, not decoded; nil without one.
  public var query: Substring? {
    target.firstIndex(of: "?").map { target[target.index(after: $0)...] }
  }

  /// The first value of a header field; the name is lower case.
  public func header(_ name: String) -> String? {
    headers.first { $0.0 == name }?.1
  }
}
