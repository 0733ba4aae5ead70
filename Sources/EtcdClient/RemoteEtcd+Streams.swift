import EtcdAPI
import GRPCWire
import NIOCore
import Synchronization

extension RemoteEtcd {
  public func leaseKeepAlive(
    _ request: LeaseKeepAliveRequest
  ) async throws(EtcdError) -> LeaseKeepAliveResponse {
    let message = try request.encoded()
    let method = EtcdMethod.leaseKeepAlive
    let loop = dialer.loop
    let answer = try await attempt(method) {
      (live, metadata, timeLeft) async throws(GRPCStatus) -> ByteBuffer in
      let stream = try await live.connection.open(path: method, metadata: metadata)
      let timer = StreamTimer(stream, timeLeft, on: loop)
      defer {
        timer.stop()
        stream.cancel()
      }
      do throws(GRPCStatus) {
        try await stream.send(message)
        if let answer = try await stream.next() { return answer }
      } catch {
        throw timer.hasFired ? .timedOutHere : error
      }
      throw GRPCStatus(.unavailable, "the server ended the stream of lease renewals without an answer")
    }
    return try LeaseKeepAliveResponse.decoded(from: answer.result, of: answer.live.endpoint)
  }

  public func snapshot(
    _ request: SnapshotRequest, at endpoint: String
  ) async throws(EtcdError) -> ResponseStream<SnapshotResponse> {
    let message = try request.encoded()
    let method = EtcdMethod.snapshot
    let loop = dialer.loop
    // The first chunk belongs to the attempt: until it is there, the call may be made again.
    let opened = try await attempt(method, at: connector(at: endpoint)) {
      (live, metadata, timeLeft) async throws(GRPCStatus) -> (stream: GRPCStream, first: ByteBuffer?) in
      let stream = try await live.connection.open(path: method, metadata: metadata)
      let timer = StreamTimer(stream, timeLeft, on: loop)
      defer { timer.stop() }
      do throws(GRPCStatus) {
        try await stream.send(message)
        stream.finish()
        return (stream, try await stream.next())
      } catch {
        throw timer.hasFired ? .timedOutHere : error
      }
    }
    let live = opened.live
    let (stream, first) = opened.result
    let reading = Reading(first)
    return ResponseStream {
      () async throws(EtcdError) -> SnapshotResponse? in
      var chunk = reading.takeFirst()
      if chunk == nil {
        do throws(GRPCStatus) {
          chunk = try await stream.next()
        } catch {
          if reading.isCancelled { return nil }
          throw EtcdError(
            error,
            CallFacts(
              method: method, endpoint: endpoint, user: self.authenticator.user?.name,
              commandTimeout: self.commandTimeout))
        }
      }
      guard let chunk else { return nil }
      return try SnapshotResponse.decoded(from: chunk, of: live.endpoint)
    } cancel: {
      reading.cancel()
      stream.cancel()
    }
  }
}

/// Where the reader of a stream stands whose first message was read while opening it.
private final class Reading: Sendable {
  private let state: Mutex<(first: ByteBuffer?, isCancelled: Bool)>

  init(_ first: ByteBuffer?) { state = Mutex((first, false)) }

  func takeFirst() -> ByteBuffer? { state.withLock { $0.first.take() } }

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func cancel() { state.withLock { $0.isCancelled = true } }
}

/// Ends a stream when its time is over.
final class StreamTimer: Sendable {
  private let fired = Atomic(false)
  private let scheduled = Mutex<Scheduled<Void>?>(nil)

  init(_ stream: GRPCStream, _ time: Duration, on loop: any EventLoop) {
    let timer = loop.scheduleTask(in: .nanoseconds(max(0, time.nanoseconds))) {
      self.fired.store(true, ordering: .releasing)
      stream.cancel()
    }
    scheduled.withLock { $0 = timer }
  }

  var hasFired: Bool { fired.load(ordering: .acquiring) }

  func stop() { scheduled.withLock { $0.take() }?.cancel() }
}

extension GRPCStatus {
  static let timedOutHere = GRPCStatus(
    .deadlineExceeded, "context deadline exceeded", origin: .local(.deadlineExceeded, wasProcessedMaybe: true))
}
