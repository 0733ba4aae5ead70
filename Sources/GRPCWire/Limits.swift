/// How much of a peer's doing a connection bears.
struct Limits {
  /// Streams that the peer may have open at a time (server role).
  var maxConcurrentStreams = 1000
  /// Bytes of one received message.
  var maxMessageSize = Int(Int32.max)
  /// Bytes of a decoded header list, counted as RFC 9113 does (name, value, 32 for each field). Beyond it a stream is
  /// refused; beyond four times this or an encoded block of this size the connection ends, as the compression state is lost.
  var maxHeaderListSize = 65_536
  var maxContinuations = 32
  /// Receive windows in bytes: how much may be under way, and (the stream's) how much a slow consumer can pile up.
  var streamWindow = 1 << 20
  var connectionWindow = 1 << 23
  /// Bytes of messages that haven't come in full or haven't been consumed, over all streams: a call that brings them
  /// above this is ended (server role).
  var maxHeld = 128 << 20
  /// Bytes waiting for the peer's window on a stream, above which its producer is asked to wait.
  var maxBacklog = 65_536

  /// Streams opened and reset by the peer (CVE-2023-44487). etcd clients cancel watches and calls, but not by the thousand.
  var resets = Allowance(burst: 1000, perSecond: 100)
  var settings = Allowance(burst: 100, perSecond: 10)
  /// Go's gRPC measures its bandwidth with a PING for nearly every call, so their number says little. What a PING
  /// flood could really do, pile up answers, is prevented by not reading from a peer that doesn't read.
  var pings = Allowance(burst: 100_000, perSecond: 50_000)
  /// What a server's client is held to beyond that; nanoseconds.
  var minPingInterval: UInt64?
  /// Frames that cost work and carry nothing: empty DATA, PRIORITY, unknown types, frames for streams already closed.
  var idleFrames = Allowance(burst: 10_000, perSecond: 1000)
}

extension Limits {
  init(_ limits: ServerLimits) {
    maxConcurrentStreams = limits.maxConcurrentStreams
    maxMessageSize = limits.maxMessageSize
    minPingInterval = UInt64(max(0, limits.minPingInterval.nanoseconds))
  }
}

/// A token bucket: a burst, refilled at a steady rate.
struct Allowance: Equatable {
  let burst: Int
  let perSecond: Int
  private var left: Int
  private var refilled: UInt64 = 0

  init(burst: Int, perSecond: Int) {
    self.burst = burst
    self.perSecond = perSecond
    self.left = burst
  }

  /// Takes one; false when none is left. `now` is in nanoseconds on a clock that never goes back.
  mutating func spend(now: UInt64) -> Bool {
    let nanosecondsEach = 1_000_000_000 / UInt64(perSecond)
    let earned = (now - refilled) / nanosecondsEach
    if earned > 0 {
      refilled += earned * nanosecondsEach
      left = Int(min(UInt64(burst), UInt64(left) + min(earned, UInt64(burst))))
    }
    guard left > 0 else { return false }
    left -= 1
    return true
  }
}
