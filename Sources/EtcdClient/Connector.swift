import EtcdAPI
import GRPCWire
import NIOCore
import Synchronization

/// Keeps one good connection to one of several endpoints: performs what ``EndpointBalancer`` decides.
final class Connector: Sendable {
  struct Live: Sendable {
    let endpoint: Endpoint
    let index: Int
    let connection: GRPCConnection
  }

  /// How long a caller waits for a connection when every endpoint has failed.
  enum Patience: Sendable {
    /// Until its time is over: what was connected once is expected to come back.
    case untilDeadline
    /// Not at all.
    case oneRound
  }

  private struct Waiter {
    let continuation: CheckedContinuation<Result<Live, EtcdError>, Never>
    let patience: Patience
    var timer: Scheduled<Void>?
  }

  private struct State {
    var balancer: EndpointBalancer
    var live: Live?
    var attempts: [Int: Task<Void, Never>] = [:]
    var failures: [Int: ConnectionFailure] = [:]
    var waiters: [UInt64: Waiter] = [:]
    var nextWaiter: UInt64 = 0
    var alarm: Scheduled<Void>?
    var hasConnected = false
    var isClosed = false
  }

  let endpoints: [Endpoint]
  private let dialer: Dialer
  private let state: Mutex<State>

  init(_ endpoints: [Endpoint], dialer: Dialer) {
    self.endpoints = endpoints
    self.dialer = dialer
    state = Mutex(State(balancer: EndpointBalancer(count: endpoints.count)))
  }

  /// The connection in use, if it can take calls.
  var live: Live? {
    state.withLock { state in
      guard let live = state.live, live.connection.isOpen else { return nil }
      return live
    }
  }

  /// The connection in use, or the first that can be had.
  ///
  /// - Parameters:
  ///   - deadline: nil to wait as long as it takes.
  ///   - patience: nil for `oneRound` before anything was ever connected and `untilDeadline` after.
  func connection(
    until deadline: ContinuousClock.Instant?, _ patience: Patience? = nil
  ) async throws(EtcdError) -> Live {
    if let live { return live }
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        enter(id, until: deadline, patience, continuation)
      }
    } onCancel: {
      leave(id, with: .cancelled)
    }
    return try result.get()
  }

  /// The server of this connection says that it is unavailable: with a choice, another is tried first. Calls under way
  /// on it go on.
  func leave(_ live: Live) {
    guard endpoints.count > 1 else { return }
    state.withLock { state in
      guard state.live?.connection === live.connection else { return }
      state.live = nil
      state.balancer.left(live.index, at: .now)
    }
    live.connection.close(graceful: true)
  }

  func close() {
    let (live, attempts, waiters) = state.withLock { state in
      defer {
        state.live = nil
        state.attempts = [:]
        state.waiters = [:]
        state.isClosed = true
        state.alarm?.cancel()
      }
      return (state.live, state.attempts, state.waiters)
    }
    live?.connection.close(graceful: false)
    for attempt in attempts.values { attempt.cancel() }
    for waiter in waiters.values { answer(waiter, .failure(.closedHere)) }
  }

  // MARK: Waiters

  private func enter(
    _ id: UInt64, until deadline: ContinuousClock.Instant?, _ patience: Patience?,
    _ continuation: CheckedContinuation<Result<Live, EtcdError>, Never>
  ) {
    let now = ContinuousClock.now
    let steps: [EndpointBalancer.Step] = state.withLock { state in
      if state.isClosed {
        continuation.resume(returning: .failure(.closedHere))
        return []
      }
      if let live = state.live {
        if live.connection.isOpen {
          continuation.resume(returning: .success(live))
          return []
        }
        state.live = nil
        state.balancer.left(live.index, at: now)
      }
      var waiter = Waiter(
        continuation: continuation, patience: patience ?? (state.hasConnected ? .untilDeadline : .oneRound))
      if let deadline {
        waiter.timer = dialer.loop.scheduleTask(in: .nanoseconds(max(0, (deadline - now).nanoseconds))) {
          self.timeOut(id)
        }
      }
      state.waiters[id] = waiter
      return state.balancer.begin(at: now, ignoringRest: waiter.patience == .oneRound)
    }
    perform(steps)
    // The handler of a task that was cancelled before the waiter was there has found none.
    if Task.isCancelled { leave(id, with: .cancelled) }
  }

  private func leave(_ id: UInt64, with error: EtcdError) {
    if let waiter = state.withLock({ $0.waiters.removeValue(forKey: id) }) { answer(waiter, .failure(error)) }
  }

  private func timeOut(_ id: UInt64) {
    let failures = state.withLock { $0.failures }
    leave(id, with: combined(failures))
  }

  private func answer(_ waiter: Waiter, _ result: Result<Live, EtcdError>) {
    waiter.timer?.cancel()
    waiter.continuation.resume(returning: result)
  }

  // MARK: Steps

  private func perform(_ steps: [EndpointBalancer.Step]) {
    for step in steps {
      switch step {
      case .connect(let index): dial(index)
      case .wake(let time): wake(at: time)
      case .allFailed: endRound()
      }
    }
  }

  private func wake(at time: ContinuousClock.Instant) {
    let delay = max(0, (time - .now).nanoseconds)
    state.withLock { state in
      state.alarm?.cancel()
      guard !state.isClosed else { return }
      state.alarm = dialer.loop.scheduleTask(in: .nanoseconds(delay)) { [weak self] in
        guard let self else { return }
        self.perform(
          self.state.withLock { state in
            guard state.waiters.isEmpty else { return state.balancer.wake(at: .now) }
            state.balancer.pause()
            return []
          })
      }
    }
  }

  private func dial(_ index: Int) {
    let endpoint = endpoints[index]
    let attempt = Task(executorPreference: dialer.executor) { [weak self, dialer] in
      do throws(ConnectionFailure) {
        let connection = try await dialer.connect(to: endpoint)
        self?.connected(Live(endpoint: endpoint, index: index, connection: connection))
      } catch {
        self?.failed(index, error)
      }
    }
    state.withLock { state in
      if state.isClosed || state.live != nil { attempt.cancel() } else { state.attempts[index] = attempt }
    }
  }

  private func connected(_ live: Live) {
    let won: (waiters: [Waiter], losers: [Task<Void, Never>])? = state.withLock { state in
      guard !state.isClosed, state.live == nil else { return nil }
      defer {
        state.waiters = [:]
        state.attempts = [:]
        state.failures = [:]
      }
      state.balancer.connected(live.index)
      state.live = live
      state.hasConnected = true
      state.attempts[live.index] = nil
      state.alarm?.cancel()
      return (Array(state.waiters.values), Array(state.attempts.values))
    }
    guard let won else { return live.connection.close(graceful: true) }
    for loser in won.losers { loser.cancel() }
    for waiter in won.waiters { answer(waiter, .success(live)) }
  }

  private func failed(_ index: Int, _ failure: ConnectionFailure) {
    let steps: [EndpointBalancer.Step] = state.withLock { state in
      state.attempts[index] = nil
      guard !state.isClosed, state.live == nil else { return [] }
      state.failures[index] = failure
      return state.balancer.failed(index, at: .now)
    }
    perform(steps)
  }

  private func endRound() {
    let (impatient, failures) = state.withLock { state in
      let impatient = state.waiters.filter { $0.value.patience == .oneRound }
      for id in impatient.keys { state.waiters[id] = nil }
      if state.waiters.isEmpty {
        state.alarm?.cancel()
        state.balancer.pause()
      }
      return (impatient.values, state.failures)
    }
    guard !impatient.isEmpty else { return }
    let error = combined(failures)
    for waiter in impatient { answer(waiter, .failure(error)) }
  }

  private func combined(_ failures: [Int: ConnectionFailure]) -> EtcdError {
    ConnectionFailure.combined(endpoints.indices.map { (endpoints[$0], failures[$0] ?? .silent) })
  }
}

extension EtcdError {
  static let cancelled = EtcdError(.cancelled, "context canceled")
  static let closedHere = EtcdError(.cancelled, "the connection to etcd was closed by this program")
}

extension Duration {
  /// At most what Int64 holds, 292 years.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    guard abs(seconds) < 9_000_000_000 else { return seconds < 0 ? .min : .max }
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
