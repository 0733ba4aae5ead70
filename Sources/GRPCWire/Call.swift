import NIOCore

/// A client's call, from its start to its end. It is touched on its connection's event loop only; that, and not a lock,
/// is what makes it safe to hand about.
class Call: @unchecked Sendable {
  enum State {
    case new
    /// Waits until the server takes one more stream.
    case waiting
    case open(UInt32)
    case ended
  }

  let head: RequestHead
  /// On the clock of NIODeadline, in nanoseconds.
  let deadline: UInt64?
  var state = State.new

  init(path: String, metadata: [(String, String)], timeout: Duration?) {
    var list = HeaderList()
    list.append(metadata: metadata)
    let nanoseconds = timeout.map { max(0, $0.nanoseconds) }
    head = RequestHead(path: path, timeout: nanoseconds, metadata: list.fields)
    deadline = nanoseconds.map { NIODeadline.now().uptimeNanoseconds + UInt64($0) }
  }

  var hasEnded: Bool {
    if case .ended = state { true } else { false }
  }

  /// The stream is open: sends may follow.
  func opened(_ stream: UInt32, by handler: ClientHandler) {}

  func received(_ message: ByteBuffer, on stream: UInt32, by handler: ClientHandler) {}

  func writable() {}

  /// Called once.
  func ended(_ status: GRPCStatus) {}
}

/// One message each way.
final class UnaryCall: Call, @unchecked Sendable {
  typealias Outcome = Result<ByteBuffer, GRPCStatus>

  private let request: ByteBuffer
  private var response: ByteBuffer?
  private var outcome: Outcome?
  private var continuation: CheckedContinuation<Outcome, Never>?

  init(path: String, metadata: [(String, String)], message: ByteBuffer, timeout: Duration?) {
    request = message
    super.init(path: path, metadata: metadata, timeout: timeout)
  }

  func whenEnded(_ continuation: CheckedContinuation<Outcome, Never>) {
    if let outcome {
      continuation.resume(returning: outcome)
    } else {
      self.continuation = continuation
    }
  }

  override func opened(_ stream: UInt32, by handler: ClientHandler) {
    handler.codec.send(request, on: stream, last: true)
  }

  override func received(_ message: ByteBuffer, on stream: UInt32, by handler: ClientHandler) {
    handler.codec.consume(stream, messageSize: message.readableBytes)
    guard response == nil else {
      return handler.cancel(self, .local(.internal, "the server answered a unary call more than once", .notGRPC))
    }
    response = message
  }

  override func ended(_ status: GRPCStatus) {
    let outcome: Outcome
    if status.code != .ok {
      outcome = .failure(status)
    } else if let response {
      outcome = .success(response)
    } else {
      outcome = .failure(.local(.internal, "the server answered a unary call without a message", .notGRPC))
    }
    self.outcome = outcome
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}

/// Any number of messages each way.
final class StreamedCall: Call, @unchecked Sendable {
  typealias Incoming = Result<ByteBuffer?, GRPCStatus>
  typealias Progress = Result<Void, GRPCStatus>

  private var messages = CircularBuffer<ByteBuffer>()
  private var outcome: GRPCStatus?
  private var receiver: CheckedContinuation<Incoming, Never>?
  private var opener: CheckedContinuation<Progress, Never>?
  private var senders: [CheckedContinuation<Progress, Never>] = []

  init(path: String, metadata: [(String, String)]) {
    super.init(path: path, metadata: metadata, timeout: nil)
  }

  // MARK: From the connection

  override func opened(_ stream: UInt32, by handler: ClientHandler) {
    opener?.resume(returning: .success(()))
    opener = nil
  }

  override func received(_ message: ByteBuffer, on stream: UInt32, by handler: ClientHandler) {
    if let receiver {
      self.receiver = nil
      handler.codec.consume(stream, messageSize: message.readableBytes)
      receiver.resume(returning: .success(message))
    } else {
      messages.append(message)
    }
  }

  override func writable() {
    for sender in senders { sender.resume(returning: .success(())) }
    senders.removeAll()
  }

  override func ended(_ status: GRPCStatus) {
    outcome = status
    opener?.resume(returning: .failure(status))
    opener = nil
    receiver?.resume(returning: ending(status))
    receiver = nil
    for sender in senders { sender.resume(returning: .failure(status)) }
    senders.removeAll()
  }

  // MARK: From the caller

  func whenOpened(_ continuation: CheckedContinuation<Progress, Never>) {
    if let outcome {
      continuation.resume(returning: .failure(outcome))
    } else if case .open = state {
      continuation.resume(returning: .success(()))
    } else {
      opener = continuation
    }
  }

  /// A message that is there already, or the end; nil when one must wait.
  func take(by handler: ClientHandler) -> Incoming? {
    if let message = messages.popFirst() {
      if case .open(let stream) = state {
        handler.codec.consume(stream, messageSize: message.readableBytes)
        handler.scheduleFlush()
      }
      return .success(message)
    }
    return outcome.map(ending)
  }

  func whenReceived(_ continuation: CheckedContinuation<Incoming, Never>, by handler: ClientHandler) {
    precondition(receiver == nil, "a stream is read by one task at a time")
    if let incoming = take(by: handler) {
      continuation.resume(returning: incoming)
    } else {
      receiver = continuation
    }
  }

  /// Hands a message over; nil when the sender must wait for `whenWritable`.
  func send(_ message: ByteBuffer, by handler: ClientHandler) -> Progress? {
    guard case .open(let stream) = state else { return .failure(sendingAfterEnd) }
    defer { handler.scheduleFlush() }
    return handler.codec.send(message, on: stream) ? .success(()) : nil
  }

  func whenWritable(_ continuation: CheckedContinuation<Progress, Never>) {
    if case .open = state {
      senders.append(continuation)
    } else {
      continuation.resume(returning: .failure(sendingAfterEnd))
    }
  }

  func finishSending(by handler: ClientHandler) {
    guard case .open(let stream) = state else { return }
    handler.codec.finishSending(stream)
    handler.scheduleFlush()
  }

  private func ending(_ status: GRPCStatus) -> Incoming {
    status.code == .ok ? .success(nil) : .failure(status)
  }

  private var sendingAfterEnd: GRPCStatus {
    guard let outcome, outcome.code != .ok else {
      return .local(.failedPrecondition, "the server has ended the call", .cancelled)
    }
    return outcome
  }
}
