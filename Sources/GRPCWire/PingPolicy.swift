/// How often a server's client may send PINGs, counted as Go's gRPC does, which clients of etcd are made for.
///
/// A PING sooner than `minInterval` after the last one is a strike, and so is one within two hours while no call is
/// open. Whenever the server has sent HEADERS or DATA, the next PING is free and the strikes are forgotten: Go's clients
/// measure the way with a PING for nearly every answer. The third strike in a row ends the connection.
struct PingPolicy {
  let minInterval: UInt64
  private var last: UInt64?
  private var strikes = 0
  private var hasSentSince = false

  init(minInterval: UInt64) {
    self.minInterval = minInterval
  }

  mutating func sent() {
    hasSentSince = true
  }

  /// False when the client has to go. `now` is in nanoseconds.
  mutating func permits(now: UInt64, isIdle: Bool) -> Bool {
    defer { last = now }
    if hasSentSince {
      (hasSentSince, strikes) = (false, 0)
      return true
    }
    if let last, now < last + (isIdle ? Self.idleInterval : minInterval) { strikes += 1 }
    return strikes <= Self.maxStrikes
  }

  private static let maxStrikes = 2
  private static let idleInterval: UInt64 = 7_200_000_000_000
}
