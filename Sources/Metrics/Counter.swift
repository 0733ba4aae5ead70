import Synchronization

/// A count that only grows: one atomic addition, from any thread.
public final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)

  public init() {}

  public var value: UInt64 { count.load(ordering: .relaxed) }

  public func add(_ amount: Int = 1) {
    count.wrappingAdd(UInt64(amount), ordering: .relaxed)
  }
}

/// A number that goes up and down.
public final class Gauge: Sendable {
  private let number = Atomic<Int>(0)

  public init() {}

  public var value: Int { number.load(ordering: .relaxed) }

  public func set(_ value: Int) {
    number.store(value, ordering: .relaxed)
  }

  public func add(_ amount: Int) {
    number.wrappingAdd(amount, ordering: .relaxed)
  }
}
