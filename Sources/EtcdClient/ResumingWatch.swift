import EtcdAPI
import GRPCWire
import NIOCore
import Synchronization

/// A watch that outlives connections.
///
/// Each has its own gRPC stream. A shared one, as etcd's Go client has, would save the server two goroutines a watch,
/// but one reader that is slow would hold up all the others behind it; here HTTP/2's flow control holds up that one
/// alone, back to the server.
///
/// Its stream asks for a leader, so a member that is cut off from the others ends it, and another endpoint is tried.
final class ResumingWatch: Sendable {
  private struct State {
    var position: WatchPosition
    var stream: GRPCStream?
    var live: Connector.Live?
    /// The token that the stream was opened with.
    var generation = 0
    /// The first response, read while opening.
    var pending: WatchResponse?
    var reopening: Task<Result<Void, EtcdError>, Never>?
    /// Streams in a row that ended before they brought anything.
    var failures = 0
    var hasRenewedToken = false
    var wantsProgress = false
    var isOver = false
  }

  private let etcd: RemoteEtcd
  private let state: Mutex<State>

  private init(_ etcd: RemoteEtcd, _ request: WatchCreateRequest) {
    self.etcd = etcd
    state = Mutex(State(position: WatchPosition(request)))
  }

  deinit { state.withLock { $0.stream }?.cancel() }

  /// Opens a watch and waits until the server has created it.
  static func open(_ request: WatchCreateRequest, on etcd: RemoteEtcd) async throws(EtcdError) -> ResumingWatch {
    let watch = ResumingWatch(etcd, request)
    while true {
      let opened = try await etcd.attempt(EtcdMethod.watch) {
        (live, metadata, timeLeft) async throws(GRPCStatus) -> (stream: GRPCStream, first: ByteBuffer) in
        let stream = try await watch.openStream(over: live, metadata)
        let timer = StreamTimer(stream, timeLeft, on: etcd.dialer.loop)
        defer { timer.stop() }
        do throws(GRPCStatus) {
          if let first = try await stream.next() { return (stream, first) }
        } catch {
          throw timer.hasFired ? .timedOutHere : error
        }
        throw GRPCStatus(.unavailable, "the server ended the watch without an answer")
      }
      let (stream, first) = opened.result
      watch.use(stream, opened.live)
      let response = try WatchResponse.decoded(from: first, of: opened.live.endpoint)
      switch watch.state.withLock({ $0.position.received(response) }) {
      case .deliver(let response), .last(let response):
        watch.state.withLock { $0.pending = response }
        return watch
      case .refused(let response):
        stream.cancel()
        guard try await watch.renewToken(after: response) else { throw watch.refusal(response) }
      case .nothing:
        throw EtcdError(.internal, "\(opened.live.endpoint.text) answered a watch out of order")
      }
    }
  }

  /// The next response; nil after ``cancel()`` or the last one.
  func next() async throws(EtcdError) -> WatchResponse? {
    while true {
      let (pending, stream, isOver) = state.withLock { state in
        (state.pending.take(), state.stream, state.isOver)
      }
      if let pending {
        if pending.canceled { finish() }
        return pending
      }
      if isOver { return nil }
      guard let stream else {
        try await reopen()
        continue
      }
      guard let message = try await message(from: stream) else { continue }
      let response = try WatchResponse.decoded(from: message, of: state.withLock { $0.live!.endpoint })
      switch state.withLock({ $0.position.received(response) }) {
      case .deliver(let response):
        state.withLock { state in
          state.failures = 0
          state.hasRenewedToken = false
        }
        return response
      case .last(let response):
        finish()
        return response
      case .refused(var response):
        drop(stream)
        if try await renewTokenIfPossible(after: response) { continue }
        finish()
        // The caller knows this watch as created; for him it ends here.
        response.created = false
        return response
      case .nothing:
        state.withLock { $0.failures = 0 }
      }
    }
  }

  func cancel() {
    finish()
  }

  func requestProgress() async throws(EtcdError) {
    // While there is no stream, the next one begins with it.
    guard
      let stream = state.withLock({ state -> GRPCStream? in
        state.wantsProgress = state.stream == nil
        return state.stream
      })
    else { return }
    // When it fails the stream is lost, which next() finds and mends.
    try? await stream.send(Self.progressRequest)
  }

  // MARK: Streams

  private static let progressRequest: ByteBuffer = {
    var request = WatchRequest()
    request.progressRequest = WatchProgressRequest()
    // It has no content that could fail to encode.
    return try! request.encoded()
  }()

  private func openStream(
    over live: Connector.Live, _ metadata: Authenticator.Metadata
  ) async throws(GRPCStatus) -> GRPCStream {
    let stream = try await live.connection.open(
      path: EtcdMethod.watch, metadata: metadata + [("hasleader", "true")])
    let (create, wantsProgress) = state.withLock { state in
      state.position.reconnected()
      defer { state.wantsProgress = false }
      return (state.position.request, state.wantsProgress)
    }
    var request = WatchRequest()
    request.createRequest = create
    guard let message = try? request.encoded() else {
      throw GRPCStatus(.invalidArgument, "the watch request cannot be encoded")
    }
    try await stream.send(message)
    if wantsProgress { try await stream.send(Self.progressRequest) }
    return stream
  }

  private func use(_ stream: GRPCStream, _ live: Connector.Live) {
    let generation = etcd.authenticator.metadata?.generation ?? 0
    let isOver = state.withLock { state in
      state.stream = stream
      state.live = live
      state.generation = generation
      return state.isOver
    }
    if isOver { stream.cancel() }
  }

  private func drop(_ stream: GRPCStream) {
    stream.cancel()
    state.withLock { if $0.stream === stream { $0.stream = nil } }
  }

  private func finish() {
    let (stream, reopening) = state.withLock { state in
      state.isOver = true
      return (state.stream.take(), state.reopening.take())
    }
    stream?.cancel()
    reopening?.cancel()
  }

  /// A message, or nil when the stream is lost and another is to be opened.
  private func message(from stream: GRPCStream) async throws(EtcdError) -> ByteBuffer? {
    let status: GRPCStatus
    do throws(GRPCStatus) {
      if let message = try await stream.next() { return message }
      status = GRPCStatus(.unavailable, "the server ended the watch")
    } catch {
      status = error
    }
    drop(stream)
    let (live, isOver) = state.withLock { state in
      state.failures += 1
      return (state.live!, state.isOver)
    }
    if isOver { return nil }
    if Task.isCancelled { throw .cancelled }
    try giveUp(on: status, over: live)
    return nil
  }

  /// Throws when opening the watch again cannot help; etcd's client goes on after `unavailable` and `internal` only.
  private func giveUp(on status: GRPCStatus, over live: Connector.Live) throws(EtcdError) {
    switch status.origin {
    case .local(.connectionClosed, _), .local(.refused, _), .local(.reset, _): return
    case .local(.notGRPC, _) where status.code == .internal: return
    case .peer where status.code == .unavailable || status.code == .internal: etcd.connector.leave(live)
    default: throw EtcdError(status, facts(live))
    }
  }

  private func facts(_ live: Connector.Live) -> CallFacts {
    CallFacts(
      method: EtcdMethod.watch, endpoint: live.endpoint.text, user: etcd.authenticator.user?.name,
      commandTimeout: etcd.commandTimeout)
  }

  // MARK: Resuming

  private func reopen() async throws(EtcdError) {
    // A task of its own, so that cancel() can end the wait for a connection.
    let task = Task { await self.reopened() }
    let isOver = state.withLock { state in
      state.reopening = task
      return state.isOver
    }
    if isOver { task.cancel() }
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    state.withLock { $0.reopening = nil }
    if state.withLock({ $0.isOver }) { return }
    if Task.isCancelled { throw .cancelled }
    try result.get()
  }

  private func reopened() async -> Result<Void, EtcdError> {
    do throws(EtcdError) {
      while true {
        let failures = state.withLock { $0.failures }
        // At once after a stream that worked; then 50 ms, doubling up to 1.6 s.
        if failures > 1 {
          do { try await Task.sleep(for: .milliseconds(25 << min(failures - 1, 6))) } catch {
            throw EtcdError.cancelled
          }
        }
        let live = try await etcd.connector.connection(until: nil, .untilDeadline)
        do throws(GRPCStatus) {
          use(try await openStream(over: live, etcd.authenticator.metadata?.fields ?? []), live)
          return .success(())
        } catch {
          state.withLock { $0.failures += 1 }
          try giveUp(on: error, over: live)
        }
      }
    } catch {
      return .failure(error)
    }
  }

  /// Gets a new token when the watch was refused for want of one: etcd refuses a watch with an expired token as it
  /// does one without permission.
  ///
  /// - Returns: true when the watch should be opened again.
  private func renewToken(after refusal: WatchResponse) async throws(EtcdError) -> Bool {
    let (live, generation, hasRenewed) = state.withLock { ($0.live!, $0.generation, $0.hasRenewedToken) }
    guard etcd.authenticator.user != nil, !hasRenewed,
      Self.tokenComplaints.contains(GRPCStatus(cancelReason: refusal.cancelReason).message)
    else { return false }
    state.withLock { $0.hasRenewedToken = true }
    try await etcd.authenticator.renew(after: generation, over: live, timeout: etcd.commandTimeout)
    return true
  }

  /// As ``renewToken(after:)``, for a watch that goes on: a server that cannot be asked now is asked again later.
  private func renewTokenIfPossible(after refusal: WatchResponse) async throws(EtcdError) -> Bool {
    do throws(EtcdError) {
      return try await renewToken(after: refusal)
    } catch {
      guard error.code == .unavailable || error.code == .deadlineExceeded else { throw error }
      state.withLock { state in
        state.hasRenewedToken = false
        state.failures += 1
      }
      return true
    }
  }

  private static let tokenComplaints: Set<String> = [
    EtcdError.permissionDenied.message, EtcdError.invalidAuthToken.message, EtcdError.authOldRevision.message,
  ]

  private func refusal(_ response: WatchResponse) -> EtcdError {
    EtcdError(GRPCStatus(cancelReason: response.cancelReason), facts(state.withLock { $0.live! }))
  }
}

extension GRPCStatus {
  /// Reads why a server refused a watch. Some releases write it as Go prints an error:
  /// `rpc error: code = PermissionDenied desc = etcdserver: permission denied`.
  init(cancelReason: String) {
    let marker = " desc = "
    var text = cancelReason[...]
    if text.hasPrefix("rpc error: code = "), let found = text.firstRange(of: marker) {
      text = text[found.upperBound...]
    }
    let code: Code =
      switch String(text) {
      case EtcdError.permissionDenied.message: .permissionDenied
      case EtcdError.invalidAuthToken.message: .unauthenticated
      default: .invalidArgument
      }
    self.init(code, text.isEmpty ? "the server refused the watch" : String(text))
  }
}

extension RemoteEtcd {
  public func watch(_ request: WatchCreateRequest) async throws(EtcdError) -> WatchStream {
    let watch = try await ResumingWatch.open(request, on: self)
    return WatchStream(
      responses: ResponseStream {
        () async throws(EtcdError) -> WatchResponse? in
        try await watch.next()
      } cancel: {
        watch.cancel()
      }
    ) { () async throws(EtcdError) in try await watch.requestProgress() }
  }
}
