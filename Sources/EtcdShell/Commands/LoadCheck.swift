import EtcdAPI
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Puts written at a steady rate, or as fast as they go, by many clients at once, and how long each took.
struct LoadCheck: Sendable {
  /// How many may be under way at once.
  var clients: Int
  /// Writes a second; nil for as many as there can be.
  var rate: Int?
  /// The last is sent before this has passed; nil without an end.
  var duration: Duration?
  /// How many are sent; nil without an end.
  var count: Int?
  var prefix: Data
  var keySize: Int
  var valueSize: Int

  struct Figures: Sendable {
    /// Of the writes that were answered, in seconds.
    var latencies: [Double] = []
    /// How often each error was seen.
    var errors: [String: Int] = [:]
    /// Seconds from the first to the last answer.
    var seconds = 0.0

    var perSecond: Double { seconds > 0 ? Double(latencies.count) / seconds : 0 }
    var slowest: Double { latencies.max() ?? 0 }

    /// The standard deviation of the latencies.
    var deviation: Double {
      if latencies.isEmpty { return 0 }
      let mean = latencies.reduce(0, +) / Double(latencies.count)
      let squares = latencies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Double(latencies.count)).squareRoot()
    }
  }

  /// Gives each write its number.
  private final class Numbers: Sendable {
    private let given = Atomic<Int>(0)

    func next() -> Int { given.wrappingAdd(1, ordering: .relaxed).oldValue }
  }

  /// - Parameter answered: called after each write, from any thread.
  /// - Throws: `CancellationError` when the caller is cancelled.
  func run(on etcd: any Etcd, answered: @escaping @Sendable () -> Void = {}) async throws -> Figures {
    let numbers = Numbers()
    let start = ContinuousClock.now
    var figures = Figures()
    await withTaskGroup(of: Figures.self) { group in
      for _ in 0..<clients {
        group.addTask {
          await write(to: etcd, from: start, numbers, answered)
        }
      }
      for await part in group {
        figures.latencies += part.latencies
        figures.errors.merge(part.errors, uniquingKeysWith: +)
      }
    }
    figures.seconds = (ContinuousClock.now - start) / .seconds(1)
    try Task.checkCancellation()
    return figures
  }

  /// One client: takes the next write that is due, again and again.
  private func write(
    to etcd: any Etcd, from start: ContinuousClock.Instant, _ numbers: Numbers, _ answered: @Sendable () -> Void
  ) async -> Figures {
    var figures = Figures()
    let value = Data(count: valueSize)
    while !Task.isCancelled {
      let number = numbers.next()
      if let count, number >= count { break }
      if let rate {
        let due = Duration.seconds(1) * number / rate
        if let duration, due >= duration { break }
        do { try await Task.sleep(until: start + due) } catch { break }
      }
      var request = PutRequest()
      request.key = prefix + key()
      request.value = value
      let sent = ContinuousClock.now
      if let duration, sent - start >= duration { break }
      do throws(EtcdError) {
        _ = try await etcd.put(request)
        figures.latencies.append((ContinuousClock.now - sent) / .seconds(1))
      } catch {
        if error.code == .cancelled { break }
        figures.errors[error.message, default: 0] += 1
      }
      answered()
    }
    return figures
  }

  /// A number that is like no other, and zeros.
  private func key() -> Data {
    var key = Data(count: keySize)
    withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { key.replaceSubrange(0..<8, with: $0) }
    return key
  }
}
