/// When history is compacted by itself, and up to where: etcd's rules (server/etcdserver/api/v3compactor).
///
///     periodic, 1 h      a revision is noted every 6 minutes; from the first hour on, once an hour, everything before
///                        the revision of an hour ago goes. Above an hour likewise, below every period.
///     revision, 1000     every 5 minutes, all but the last 1000 revisions go.
///
/// Time comes in by the arguments: ``due(at:revision:)`` is to be asked after each ``interval``.
struct CompactionSchedule {
  /// How long to wait before the next question.
  let interval: Duration
  private let rule: Rule
  /// Revisions as they were, `interval` apart, oldest first.
  private var noted: [Int64]
  private var lastRevision: Int64 = 0
  private var lastTime: Duration
  private var isFirst = true

  private enum Rule {
    case periodic(Duration)
    case revision(Int64)
  }

  /// - Parameters:
  ///   - now: by any clock that never jumps.
  ///   - revision: the store's, now.
  /// - Returns: nil when nothing is ever to be compacted.
  init?(_ mode: AutoCompaction, at now: Duration, revision: Int64) {
    switch mode {
    case .off, .periodic(...Duration.zero), .revision(...0): return nil
    case .periodic(let period):
      rule = .periodic(period)
      interval = Self.pace(of: period) / 10
    case .revision(let count):
      rule = .revision(count)
      interval = .seconds(300)
    }
    noted = [revision]
    lastTime = now
  }

  /// Long periods are taken in steps of an hour.
  private static func pace(of period: Duration) -> Duration { min(period, .seconds(3600)) }

  /// The revision to compact at now, if any.
  mutating func due(at now: Duration, revision: Int64) -> Int64? {
    switch rule {
    case .revision(let count):
      let target = revision - count
      return target > 0 && target != lastRevision ? target : nil
    case .periodic(let period):
      let target = noted[0]
      noted.append(revision)
      if noted.count > Int(period / interval) + 1 { noted.removeFirst() }
      let pace = isFirst ? period : Self.pace(of: period)
      guard now - lastTime >= pace, target != lastRevision else { return nil }
      isFirst = false
      return target
    }
  }

  /// Notes that history up to a revision is gone. What failed is due again after the next interval.
  mutating func completed(_ revision: Int64, at now: Duration) {
    lastRevision = revision
    lastTime = now
  }
}
