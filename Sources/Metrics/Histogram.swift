import Synchronization

/// How often values fell below each of some bounds.
///
///     bounds      0.001   0.002   0.004
///     slots     2       0       1       3        <- 3 above every bound
///     written as  2       2       3    +Inf 6    <- each bucket holds those before it
///
/// An observation is two atomic additions. The count is the sum of the slots, so the two always agree in one scrape;
/// `sum` may be an observation ahead or behind.
public final class Histogram: Sendable {
  /// Ascending upper bounds, each inclusive.
  public let bounds: [Double]
  private let slots: [Counter]
  private let sumBits = Atomic<UInt64>(0)

  public init(bounds: [Double]) {
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must ascend")
    self.bounds = bounds
    slots = (0...bounds.count).map { _ in Counter() }
  }

  public func observe(_ value: Double) {
    slots[bounds.firstIndex { value <= $0 } ?? bounds.count].add()
    var current = sumBits.load(ordering: .relaxed)
    while true {
      let next = (Double(bitPattern: current) + value).bitPattern
      let attempt = sumBits.weakCompareExchange(expected: current, desired: next, ordering: .relaxed)
      if attempt.exchanged { return }
      current = attempt.original
    }
  }

  public func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    observe(Double(seconds) + Double(attoseconds) / 1e18)
  }

  public var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }
  public var count: UInt64 { slots.reduce(0) { $0 + $1.value } }

  /// How many values were at most each bound, and last how many there were.
  var cumulativeCounts: [UInt64] {
    var total: UInt64 = 0
    return slots.map { slot in
      total += slot.value
      return total
    }
  }
}

extension [Double] {
  /// Bounds that double: `first`, 2 `first`, 4 `first`, …
  public static func doubling(from first: Double, count: Int) -> [Double] {
    (0..<count).map { first * Double(1 << $0) }
  }
}
