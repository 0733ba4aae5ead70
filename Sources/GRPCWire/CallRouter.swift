import NIOCore

/// What a server does with calls.
public protocol CallRouter: Sendable {
  /// Takes a call, on its connection's event loop; nil when there is no such method.
  func open(_ call: ServerCall) -> (any CallReceiver)?

  /// Whether any method of this service exists, as `package.Service`: only the text of UNIMPLEMENTED depends on it.
  func hasService(_ name: String) -> Bool
}

/// The server's end of one call. Everything is called on the call's event loop.
///
///     (received)* receivedEnd?            ended, at any time, if the call ends otherwise than by `ServerCall.finish`
public protocol CallReceiver: AnyObject {
  /// One gRPC message.
  func received(_ message: ByteBuffer)
  /// The client has sent all it will.
  func receivedEnd()
  /// Cancelled by the client, out of time, against the rules, or its connection lost: nothing can be sent any more.
  func ended(_ status: GRPCStatus)
  /// More may be sent again, after `ServerCall.isWritable` was false.
  func writable()
}

extension CallReceiver {
  public func ended(_ status: GRPCStatus) {}
  public func writable() {}
}
