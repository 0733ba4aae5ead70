#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A set of keys, kept as intervals that neither overlap nor touch, so that a range lies in the set when it lies in one
/// of them.
///
///     added     [a,c)  [b,d)  [d,e)  k  [x,∞)
///     kept      [a,               e)  k  [x,∞)
struct KeyIntervals: Sendable {
  private struct Interval {
    var start: [UInt8]
    /// The first key after it; nil when there is none.
    var end: [UInt8]?
  }

  /// Ascending.
  private var intervals: [Interval] = []

  /// Adds the keys of many ranges, each spelled as in a request: an end of nothing means the one key, a zero byte no
  /// end. A range that ends before it starts has no keys, nor has one that starts with the empty key, which etcd takes
  /// for the largest.
  init(_ ranges: [(key: Data, rangeEnd: Data)]) {
    var added: [Interval] = []
    for (key, rangeEnd) in ranges where !key.isEmpty {
      let start = Array(key)
      if rangeEnd.isEmpty {
        added.append(Interval(start: start, end: start + [0]))
      } else if rangeEnd.elementsEqual([0]) {
        added.append(Interval(start: start, end: nil))
      } else if start.lexicographicallyPrecedes(rangeEnd) {
        added.append(Interval(start: start, end: Array(rangeEnd)))
      }
    }
    added.sort { $0.start.lexicographicallyPrecedes($1.start) }
    for interval in added {
      guard let last = intervals.last else {
        intervals.append(interval)
        continue
      }
      guard let lastEnd = last.end else { return }
      if lastEnd.lexicographicallyPrecedes(interval.start) {
        intervals.append(interval)
      } else if interval.end.map({ lastEnd.lexicographicallyPrecedes($0) }) ?? true {
        intervals[intervals.count - 1].end = interval.end
      }
    }
  }

  /// Whether the set has all keys of a range, spelled as in a request. Of a range that ends before it starts, which has
  /// none, it must have the start, as in etcd.
  func covers(key: Data, rangeEnd: Data) -> Bool {
    guard let interval = key.withUnsafeBytes({ self.interval(startingBefore: $0) }) else { return false }
    guard let end = interval.end else { return true }
    if !key.withUnsafeBytes({ $0.lexicographicallyPrecedes(end) }) { return false }
    if rangeEnd.isEmpty { return true }
    return rangeEnd.withUnsafeBytes { wanted in
      let isUnbounded = wanted.count == 1 && wanted[0] == 0
      return !isUnbounded && !end.withUnsafeBytes { $0.lexicographicallyPrecedes(wanted) }
    }
  }

  /// The last interval that starts at a key or before it.
  private func interval(startingBefore key: UnsafeRawBufferPointer) -> Interval? {
    var low = 0
    var high = intervals.count
    while low < high {
      let middle = (low + high) / 2
      if key.lexicographicallyPrecedes(intervals[middle].start) { high = middle } else { low = middle + 1 }
    }
    return low == 0 ? nil : intervals[low - 1]
  }
}
