/// A stream of responses that is pulled: its producer is asked for one element at a time, so a slow reader holds the
/// producer back instead of filling memory.
public struct ResponseStream<Response: Sendable>: AsyncSequence, Sendable {
  private let pull: @Sendable () async throws(EtcdError) -> Response?
  private let onCancel: @Sendable () -> Void

  /// - Parameters:
  ///   - next: the next response, or nil at the end. Called by one task at a time.
  ///   - cancel: ends the stream at its source. Must be safe to call more than once and from any thread.
  public init(
    next: @escaping @Sendable () async throws(EtcdError) -> Response?, cancel: @escaping @Sendable () -> Void
  ) {
    self.pull = next
    self.onCancel = cancel
  }

  public func next() async throws(EtcdError) -> Response? { try await pull() }

  /// Ends the stream; a pending ``next()`` returns nil.
  public func cancel() { onCancel() }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let stream: ResponseStream

    public mutating func next() async throws(EtcdError) -> Response? { try await stream.next() }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(EtcdError) -> Response? {
      try await stream.next()
    }
  }
}

/// An open watch.
public struct WatchStream: Sendable {
  public let responses: ResponseStream<WatchResponse>
  private let onProgress: @Sendable () async throws(EtcdError) -> Void

  public init(
    responses: ResponseStream<WatchResponse>, requestProgress: @escaping @Sendable () async throws(EtcdError) -> Void
  ) {
    self.responses = responses
    self.onProgress = requestProgress
  }

  /// Asks for a response without events that tells up to which revision everything has been delivered.
  public func requestProgress() async throws(EtcdError) { try await onProgress() }

  public func cancel() { responses.cancel() }
}
