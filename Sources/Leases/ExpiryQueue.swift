/// When each lease expires: what only the primary knows. Time comes in, as what a clock that never jumps has counted.
///
///     deadlines   7: 12.5 s   9: 30 s            the truth
///     heap        (10 s, 7) (12.5 s, 7) (30 s, 9)     entries that no longer match are dropped when they come up
public struct ExpiryQueue: Sendable {
  /// How long an expired lease may take to be revoked before it is reported again.
  static let retryInterval = Duration.seconds(3)

  private var deadlines: [Int64: Duration] = [:]
  private var heap: [Entry] = []

  private struct Entry: Sendable {
    var time: Duration
    var id: Int64
  }

  public init() {}

  /// Sets or renews a lease's deadline.
  public mutating func set(_ id: Int64, deadline: Duration) {
    deadlines[id] = deadline
    push(Entry(time: deadline, id: id))
    // Renewals leave one stale entry each; drop them all before they outnumber the leases.
    if heap.count > 64 + 2 * deadlines.count {
      heap = deadlines.map { Entry(time: $0.value, id: $0.key) }.sorted { $0.time < $1.time }
    }
  }

  public mutating func remove(_ id: Int64) { deadlines[id] = nil }

  /// Time left, negative once expired; nil if the lease is not known.
  public func remaining(_ id: Int64, now: Duration) -> Duration? { deadlines[id].map { $0 - now } }

  /// IDs, the one that expires first in front; of those at the same time the smaller.
  public var idsByDeadline: [Int64] {
    deadlines.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
  }

  /// When to look for expired leases next; nil when there is nothing to wait for.
  public var nextDeadline: Duration? { heap.first?.time }

  /// Leases past their deadline, at most `limit`. Each is reported again after a while until it is removed or renewed.
  public mutating func takeExpired(now: Duration, limit: Int) -> [Int64] {
    var expired: [Int64] = []
    while expired.count < limit, let first = heap.first, first.time <= now {
      pop()
      guard let deadline = deadlines[first.id] else { continue }
      if deadline > now { continue }
      expired.append(first.id)
      push(Entry(time: now + Self.retryInterval, id: first.id))
    }
    return expired
  }

  // MARK: Heap

  private mutating func push(_ entry: Entry) {
    heap.append(entry)
    var index = heap.count - 1
    while index > 0, heap[index].time < heap[(index - 1) / 2].time {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func pop() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
        if heap[child].time < heap[least].time { least = child }
      }
      if least == index { return }
      heap.swapAt(index, least)
      index = least
    }
  }
}
