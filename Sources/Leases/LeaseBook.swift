/// Which leases are granted and for how long: the part of leases that every replica computes alike.
///
/// It knows no time (``ExpiryQueue`` does) and no keys: which keys hang on a lease is told by the keys themselves, so
/// the two can never disagree.
public struct LeaseBook: Sendable, Equatable {
  public struct Terms: Sendable, Equatable {
    /// Seconds as granted.
    public var timeToLive: Int64
    /// Seconds left at the last checkpoint of the lease; 0 when it was never checkpointed.
    public var remaining: Int64

    public init(timeToLive: Int64, remaining: Int64 = 0) {
      self.timeToLive = timeToLive
      self.remaining = remaining
    }

    /// Seconds a new primary gives the lease.
    public var renewal: Int64 { remaining > 0 ? remaining : timeToLive }
  }

  /// Why a lease request is refused (server/lease/lessor.go).
  public enum Refusal: Error, Sendable, Equatable {
    case notFound, exists, timeToLiveTooLarge
  }

  /// etcd's limit, about 285 years.
  public static let maximumTimeToLive: Int64 = 9_000_000_000

  /// Shorter grants are lengthened to this many seconds. etcd's is 1.5 election timeouts, rounded up.
  public var minimumTimeToLive: Int64
  public private(set) var terms: [Int64: Terms] = [:]

  public init(minimumTimeToLive: Int64 = 2) { self.minimumTimeToLive = minimumTimeToLive }

  /// The terms of a lease, nil if there is none.
  public subscript(id: Int64) -> Terms? { terms[id] }

  /// IDs in ascending order.
  public var ids: [Int64] { terms.keys.sorted() }

  /// - Returns: the time to live in seconds as granted.
  @discardableResult
  public mutating func grant(_ id: Int64, timeToLive: Int64) throws(Refusal) -> Int64 {
    if id == 0 { throw .notFound }
    if timeToLive > Self.maximumTimeToLive { throw .timeToLiveTooLarge }
    if terms[id] != nil { throw .exists }
    let granted = max(timeToLive, minimumTimeToLive)
    terms[id] = Terms(timeToLive: granted)
    return granted
  }

  public mutating func revoke(_ id: Int64) throws(Refusal) {
    if terms.removeValue(forKey: id) == nil { throw .notFound }
  }

  /// Notes how many seconds a lease has left; 0 forgets it. A lease that is gone is passed over, as in etcd.
  public mutating func checkpoint(_ id: Int64, remaining: Int64) { terms[id]?.remaining = remaining }

  /// Takes a lease from a checkpoint file.
  public mutating func restore(_ id: Int64, terms restored: Terms) {
    terms[id] = Terms(timeToLive: max(restored.timeToLive, minimumTimeToLive), remaining: restored.remaining)
  }
}
