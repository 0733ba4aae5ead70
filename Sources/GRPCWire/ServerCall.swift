import NIOCore

/// A call that a client has made. Everything but the immutable properties is for its event loop only: work that is
/// completed elsewhere comes back with `eventLoop.execute`. After its end all sending is ignored.
public final class ServerCall {
  /// `/package.Service/Method`.
  public let path: String
  /// Header fields, without those of HTTP and gRPC itself; names are lower case.
  public let metadata: [(String, String)]
  /// When the client gives up; the call ends then by itself.
  public let deadline: NIODeadline?
  public let peer: Peer
  public let eventLoop: any EventLoop
  /// False when a good deal waits for the client to read: what is sent all the same is kept. `CallReceiver.writable` comes
  /// when it is true again.
  public private(set) var isWritable = true

  let stream: UInt32
  var receiver: (any CallReceiver)?
  private var handler: ServerHandler?

  init(stream: UInt32, head: RequestHead, handler: ServerHandler, now: NIODeadline) {
    self.stream = stream
    self.handler = handler
    path = head.path
    metadata = head.metadata.map { ($0.name, $0.value) }
    deadline = head.timeout.map { now + .nanoseconds($0) }
    peer = handler.peer
    eventLoop = handler.loop
  }

  /// The first value of a header field.
  public func metadata(_ name: String) -> String? {
    metadata.first { $0.0 == name }?.1
  }

  public var hasEnded: Bool { handler == nil }

  /// Sends the head of the answer, if it isn't out yet. Otherwise the first message sends it.
  public func respond(metadata: [(String, String)] = []) {
    handler?.respond(stream, metadata: metadata)
  }

  /// Sends one message.
  public func send(_ message: ByteBuffer) {
    guard let handler else { return }
    if !handler.send(message, on: stream) { isWritable = false }
  }

  /// Sends one message of exactly `size` bytes, which `encode` appends to the buffer it is given.
  public func send(reserving size: Int, encode: (inout ByteBuffer) -> Void) {
    guard let handler else { return }
    if !handler.send(reserving: size, on: stream, encode) { isWritable = false }
  }

  /// Ends the call after all that was sent.
  public func finish(_ status: GRPCStatus = GRPCStatus(.ok, ""), metadata: [(String, String)] = []) {
    guard let handler else { return }
    detach()
    handler.finish(stream, status, metadata: metadata)
  }

  /// Cuts the call from its connection and its receiver, which is returned.
  @discardableResult
  func detach() -> (any CallReceiver)? {
    defer { (handler, receiver) = (nil, nil) }
    return receiver
  }

  func becameWritable() {
    isWritable = true
    receiver?.writable()
  }
}
