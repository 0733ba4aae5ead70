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
  /// Told of what goes to and fro, for whoever counts. May be shared by calls.
  public var observer: (any CallObserver)?

  /// Whether messages are handed to the receiver. Those that come while it is false wait, and hold up the client
  /// when there are many.
  public var isReceiving = true {
    didSet { if isReceiving, !oldValue { handOverWaiting() } }
  }

  private var receiver: (any CallReceiver)?
  /// What came while `isReceiving` was false; nil stands for the end.
  private var waiting = CircularBuffer<ByteBuffer?>()
  private var isHandingOver = false
  private var transport: (any CallTransport)?

  /// For who brings calls by another way than gRPC's wire. Its work is: `open`, then what the client does.
  public init(
    path: String, metadata: [(String, String)], deadline: NIODeadline?, peer: Peer, eventLoop: any EventLoop,
    transport: any CallTransport
  ) {
    self.path = path
    self.metadata = metadata
    self.deadline = deadline
    self.peer = peer
    self.eventLoop = eventLoop
    self.transport = transport
  }

  /// The first value of a header field.
  public func metadata(_ name: String) -> String? {
    metadata.first { $0.0 == name }?.1
  }

  public var hasEnded: Bool { transport == nil }

  /// Sends the head of the answer, if it isn't out yet. Otherwise the first message sends it.
  public func respond(metadata: [(String, String)] = []) {
    transport?.respond(metadata: metadata)
  }

  /// Sends one message.
  public func send(_ message: ByteBuffer) {
    guard let transport else { return }
    observer?.sent(message.readableBytes)
    if !transport.send(message) { isWritable = false }
  }

  /// Sends one message of exactly `size` bytes, which `encode` appends to the buffer it is given.
  public func send(reserving size: Int, encode: (inout ByteBuffer) -> Void) {
    guard let transport else { return }
    observer?.sent(size)
    if !transport.send(reserving: size, encode) { isWritable = false }
  }

  /// Ends the call after all that was sent.
  public func finish(_ status: GRPCStatus = GRPCStatus(.ok, ""), metadata: [(String, String)] = []) {
    guard let transport else { return }
    detach(status)
    transport.finish(status, metadata: metadata)
  }

  /// Cuts the call from its connection and its receiver, which is returned.
  @discardableResult
  fileprivate func detach(_ status: GRPCStatus) -> (any CallReceiver)? {
    observer?.ended(status.code)
    waiting.removeAll()
    defer { (transport, receiver, observer) = (nil, nil, nil) }
    return receiver
  }
}

/// What the client does.
extension ServerCall {
  /// Hands the call to whoever serves its path; false when nobody does.
  public func open(_ router: any CallRouter) -> Bool {
    guard let receiver = router.open(self) else { return false }
    if !hasEnded { self.receiver = receiver }
    return true
  }

  public func received(_ message: ByteBuffer) {
    observer?.received(message.readableBytes)
    take(message)
  }

  public func receivedEnd() {
    take(nil)
  }

  private func take(_ message: ByteBuffer?) {
    guard isReceiving, waiting.isEmpty else { return waiting.append(message) }
    handOver(message)
  }

  private func handOver(_ message: ByteBuffer?) {
    guard let message else {
      receiver?.receivedEnd()
      return
    }
    let transport = self.transport
    receiver?.received(message)
    transport?.consumed(message)
  }

  private func handOverWaiting() {
    guard !isHandingOver else { return }
    isHandingOver = true
    while isReceiving, let message = waiting.popFirst() { handOver(message) }
    isHandingOver = false
  }

  /// The client has gone, or will not have the answer.
  public func ended(_ status: GRPCStatus) {
    detach(status)?.ended(status)
  }

  public func becameWritable() {
    isWritable = true
    receiver?.writable()
  }
}

/// Counts what a call does, on the call's event loop.
public protocol CallObserver: AnyObject {
  /// A message of so many bytes has come, or been sent.
  func received(_ byteCount: Int)
  func sent(_ byteCount: Int)
  /// The call is over, whoever ended it. The last word.
  func ended(_ code: GRPCStatus.Code)
}

/// How a call's answer reaches the client.
public protocol CallTransport {
  func respond(metadata: [(String, String)])
  /// False when no more should be sent for now.
  func send(_ message: ByteBuffer) -> Bool
  func send(reserving size: Int, _ encode: (inout ByteBuffer) -> Void) -> Bool
  func finish(_ status: GRPCStatus, metadata: [(String, String)])
  /// The receiver has had a message, which makes room for more.
  func consumed(_ message: ByteBuffer)
}

extension CallTransport {
  public func consumed(_ message: ByteBuffer) {}

  public func send(reserving size: Int, _ encode: (inout ByteBuffer) -> Void) -> Bool {
    var message = ByteBuffer()
    message.reserveCapacity(size)
    encode(&message)
    return send(message)
  }
}
