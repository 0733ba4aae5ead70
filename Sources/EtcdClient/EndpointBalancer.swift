/// Decides which endpoint is connected to, and when. Pure: time comes in, steps come out.
///
///     endpoints:  a      b      c          one connection is enough; it is kept until it breaks or its server
///     0 ms        ->                       says that it is unavailable
///     250 ms      ->     ->                no answer yet: the next is tried beside it
///     260 ms      ->     x      ->         one that fails hands on to the next at once
///     270 ms      ok            (left)     the first to answer wins
///
/// An endpoint that failed is left alone for 100 ms, and twice as long after every further failure, up to 0.8 s. When
/// every endpoint has failed the round is over, and the next begins when the first is due again.
struct EndpointBalancer: Sendable {
  typealias Instant = ContinuousClock.Instant

  enum Step: Equatable, Sendable {
    case connect(Int)
    /// Call ``wake(at:)`` then; a later one of these replaces it.
    case wake(at: Instant)
    /// Every endpoint has failed since the round began.
    case allFailed
  }

  static let stagger = Duration.milliseconds(250)
  static let backoff = Duration.milliseconds(100)
  static let backoffDoublingsMax = 3

  private enum State: Sendable {
    case idle
    case connecting
    case resting(until: Instant)
  }

  private enum Phase: Sendable {
    case idle
    case racing
    case using(Int)
  }

  private var states: [State]
  private var failures: [Int]
  private var phase = Phase.idle
  /// The endpoints in the order in which this round tries them, those tried already taken off.
  private var queue: [Int] = []
  /// Where a round begins: the endpoint that worked last, or the one after it when it was left.
  private var first = 0

  init(count: Int) {
    precondition(count > 0)
    states = Array(repeating: .idle, count: count)
    failures = Array(repeating: 0, count: count)
  }

  /// A connection is wanted. Does nothing while there is one or a round is under way.
  ///
  /// - Parameter ignoringRest: tries those that failed a moment ago too: for a person's command, which is not repeated
  ///   by itself.
  mutating func begin(at now: Instant, ignoringRest: Bool = false) -> [Step] {
    guard case .idle = phase else { return [] }
    phase = .racing
    if ignoringRest {
      for index in states.indices { states[index] = .idle }
    }
    return beginRound(at: now)
  }

  /// This endpoint's connection is the one to use; the other attempts are over.
  mutating func connected(_ endpoint: Int) {
    failures[endpoint] = 0
    for index in states.indices {
      if case .connecting = states[index] { states[index] = .idle }
    }
    phase = .using(endpoint)
    queue = []
    first = endpoint
  }

  mutating func failed(_ endpoint: Int, at now: Instant) -> [Step] {
    rest(endpoint, at: now)
    guard case .racing = phase else { return [] }
    if let next = tryNext(at: now) { return next }
    return states.contains { if case .connecting = $0 { true } else { false } } ? [] : endRound(at: now)
  }

  /// The time of a `wake` step has come.
  mutating func wake(at now: Instant) -> [Step] {
    guard case .racing = phase else { return [] }
    if let next = tryNext(at: now) { return next }
    return states.contains { if case .connecting = $0 { true } else { false } } ? [] : beginRound(at: now)
  }

  /// The connection in use broke, or its server said that it is unavailable: another endpoint is to be tried first.
  mutating func left(_ endpoint: Int, at now: Instant) {
    guard case .using(endpoint) = phase else { return }
    rest(endpoint, at: now)
    phase = .idle
    first = (endpoint + 1) % states.count
  }

  /// No connection is wanted any more, for now.
  mutating func pause() {
    if case .racing = phase { phase = .idle }
  }

  private mutating func rest(_ endpoint: Int, at now: Instant) {
    let wait = Self.backoff * (1 << min(failures[endpoint], Self.backoffDoublingsMax))
    failures[endpoint] += 1
    states[endpoint] = .resting(until: now + wait)
  }

  private mutating func beginRound(at now: Instant) -> [Step] {
    let order = states.indices.map { (first + $0) % states.count }
    let ready = order.filter { isReady($0, at: now) }
    // With all of them resting, waiting is all there is to do.
    guard !ready.isEmpty else { return [.wake(at: soonest())] }
    queue = ready
    return tryNext(at: now) ?? []
  }

  private mutating func tryNext(at now: Instant) -> [Step]? {
    guard !queue.isEmpty else { return nil }
    let endpoint = queue.removeFirst()
    states[endpoint] = .connecting
    return queue.isEmpty ? [.connect(endpoint)] : [.connect(endpoint), .wake(at: now + Self.stagger)]
  }

  private mutating func endRound(at now: Instant) -> [Step] {
    first = 0
    return [.wake(at: soonest()), .allFailed]
  }

  private func isReady(_ endpoint: Int, at now: Instant) -> Bool {
    if case .resting(let until) = states[endpoint] { return until <= now }
    return true
  }

  private func soonest() -> Instant {
    states.compactMap { if case .resting(let until) = $0 { until } else { nil } }.min()!
  }
}
