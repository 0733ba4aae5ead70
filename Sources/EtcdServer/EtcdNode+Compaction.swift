import Dispatch
import EtcdAPI
import EtcdState
import MVCC

extension EtcdNode {
  /// Answers at once, or with `physical` when what was compacted away has been swept, too.
  public func compact(_ request: CompactionRequest, by caller: Caller, then: @escaping Completion<CompactionResponse>) {
    propose(.compaction(request), by: caller) { [self] result in
      let answer: @Sendable () -> Void = { [self] in
        then(
          result.map {
            guard case .compaction(var response) = $0 else { preconditionFailure("a compaction answers a compaction") }
            fill(&response.header)
            return response
          })
      }
      guard request.physical, case .success = result else { return answer() }
      let isSwept = core.withLock { core in
        if core.isClosed || !core.state.needsSweep { return true }
        core.sweepWaiters.append(answer)
        return false
      }
      if isSwept { answer() }
    }
  }

  // MARK: Sweeping

  /// How many records of history a step of a sweep looks at: the node's lock is held for that long.
  private static let sweepStep = 256

  /// Removes, beside everything else, what was compacted away; see ``NodeCore/beginSweep()``.
  func sweep() {
    sweeping.async { [self] in sweepInSteps() }
  }

  private func sweepInSteps() {
    let begun = ContinuousClock.now
    while true {
      let (removed, waiters) = core.withLock { core -> ([Record], [@Sendable () -> Void]?) in
        let removed = core.isClosed ? [] : core.state.sweep(visiting: Self.sweepStep)
        if core.state.needsSweep && !core.isClosed { return (removed, nil) }
        core.isSweeping = false
        defer { core.sweepWaiters = [] }
        return (removed, core.sweepWaiters)
      }
      metrics.compactedRecords.add(removed.count)
      // Dropped here, outside the lock.
      _ = consume removed
      guard let waiters else { continue }
      metrics.countCompaction(took: begun.duration(to: .now))
      for answer in waiters { answer() }
      return
    }
  }

  // MARK: Automatic compaction

  /// Compacts history from time to time, as told by the configuration.
  func beginAutoCompaction(_ mode: AutoCompaction) {
    let revision = core.withLock { $0.state.store.revision }
    guard let schedule = CompactionSchedule(mode, at: uptime, revision: revision) else { return }
    wait(for: schedule)
  }

  private func wait(for schedule: CompactionSchedule) {
    sweeping.asyncAfter(deadline: .now() + DispatchTimeInterval(schedule.interval)) { [weak self] in
      self?.follow(schedule)
    }
  }

  private func follow(_ schedule: CompactionSchedule) {
    var schedule = schedule
    let (revision, isClosed) = core.withLock { ($0.state.store.revision, $0.isClosed) }
    if isClosed { return }
    guard let target = schedule.due(at: uptime, revision: revision) else { return wait(for: schedule) }
    logger.info("starting auto compaction", metadata: ["revision": "\(target)"])
    let begun = uptime
    var request = CompactionRequest()
    request.revision = target
    compact(request, by: .root) { [weak self, schedule] result in
      guard let self else { return }
      var schedule = schedule
      switch result {
      case .failure(let error) where error.message != EtcdError.compacted.message:
        logger.warning(
          "failed auto compaction",
          metadata: [
            "revision": "\(target)", "retry-interval": "\(schedule.interval)", "error": "\(error.message)",
          ])
      case .success, .failure:
        schedule.completed(target, at: uptime)
        logger.info(
          "completed auto compaction", metadata: ["revision": "\(target)", "took": "\(uptime - begun)"])
      }
      wait(for: schedule)
    }
  }
}

extension NodeCore {
  /// Whether what was compacted away has to be removed and nobody is at it: the caller must do so.
  mutating func beginSweep() -> Bool {
    guard state.needsSweep, !isSweeping, !isClosed else { return false }
    isSweeping = true
    return true
  }
}
