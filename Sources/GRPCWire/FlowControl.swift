/// Flow control counts the payload bytes of DATA frames, for each stream and for the connection (RFC 9113, 5.2).
enum FlowControl {
  static let maxWindow = Int(Int32.max)

  /// Widens a send window; nil when it would overflow. A window may be negative after the peer shrank its settings.
  static func widened(_ window: Int, by increment: Int) -> Int? {
    let wider = window + increment
    return wider <= maxWindow ? wider : nil
  }
}

/// What we let a peer send. It is widened again in large steps, and only as far as received messages have been consumed:
///
///     |<------------------- capacity ------------------->|
///     | unconsumed messages | available | to be granted  |
///
/// Bytes of a message that isn't complete yet are not counted as unconsumed: a message longer than the window must still
/// be able to arrive. So a stream holds at most `capacity` and one message of the permitted size.
struct ReceiveWindow: Equatable {
  let capacity: Int
  private(set) var available: Int
  private(set) var unconsumed = 0

  init(capacity: Int) {
    self.capacity = capacity
    self.available = capacity
  }

  /// False when the peer has sent more than it may.
  mutating func receive(_ count: Int) -> Bool {
    available -= count
    return available >= 0
  }

  mutating func hold(_ count: Int) {
    unconsumed += count
  }

  mutating func consume(_ count: Int) {
    unconsumed -= count
  }

  /// The increment that is worth a WINDOW_UPDATE now, which is then counted as sent; nil below half the capacity.
  mutating func grant() -> Int? {
    let increment = capacity - unconsumed - available
    guard increment >= capacity / 2 else { return nil }
    available += increment
    return increment
  }
}
