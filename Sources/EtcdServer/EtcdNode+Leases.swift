import Dispatch
import EtcdAPI
import EtcdState
import Leases

extension EtcdNode {
  /// A lease without an ID gets one.
  public func leaseGrant(
    _ request: LeaseGrantRequest, by caller: Caller, then: @escaping Completion<LeaseGrantResponse>
  ) {
    var request = request
    if request.id == 0 { request.id = Int64(nextID()) }
    do throws(EtcdError) { try admit(.leaseGrant(request), by: caller) } catch { return then(.failure(error)) }
    propose(.leaseGrant(request), by: caller, then: then) {
      if case .leaseGrant(let response) = $0 { response } else { nil }
    }
  }

  public func leaseRevoke(
    _ request: LeaseRevokeRequest, by caller: Caller, then: @escaping Completion<LeaseRevokeResponse>
  ) {
    do throws(EtcdError) { try admit(.leaseRevoke(request), by: caller) } catch { return then(.failure(error)) }
    propose(.leaseRevoke(request), by: caller, then: then) {
      if case .leaseRevoke(let response) = $0 { response } else { nil }
    }
  }

  /// Renews a lease once. One that is gone answers with a TTL of 0.
  public func leaseKeepAlive(
    _ request: LeaseKeepAliveRequest, by caller: Caller, then: Completion<LeaseKeepAliveResponse>
  ) {
    let now = uptime
    answer(then) { core throws(EtcdError) in
      try core.state.checkLeaseRenewal(request.id, by: caller)
      var response = LeaseKeepAliveResponse()
      response.id = request.id
      // A lease past its deadline is about to be revoked; it cannot be saved any more. A later deadline needs no tick of
      // its own: the one for the old deadline finds it.
      if let terms = core.state.leases[request.id],
        let remaining = core.expiry.remaining(request.id, now: now), remaining > .zero
      {
        core.expiry.set(request.id, deadline: now + .seconds(terms.timeToLive))
        response.ttl = terms.timeToLive
        metrics.leasesRenewed.add()
      }
      return response
    }
  }

  public func leaseTimeToLive(
    _ request: LeaseTimeToLiveRequest, by caller: Caller, then: Completion<LeaseTimeToLiveResponse>
  ) {
    let now = uptime
    answer(then) { core throws(EtcdError) in
      try core.state.checkTimeToLive(request, by: caller)
      var response = LeaseTimeToLiveResponse()
      response.id = request.id
      response.ttl = -1
      if let terms = core.state.leases[request.id] {
        response.grantedTtl = terms.timeToLive
        response.ttl = core.expiry.remaining(request.id, now: now)?.components.seconds ?? terms.timeToLive
        if request.keys { response.keys = core.state.keys(of: request.id) }
      }
      return response
    }
  }

  public func leaseLeases(
    _ request: LeaseLeasesRequest, by caller: Caller, then: Completion<LeaseLeasesResponse>
  ) {
    answer(then) { core throws(EtcdError) in
      try core.state.checkLeaseList(by: caller)
      var response = LeaseLeasesResponse()
      response.leases = core.expiry.idsByDeadline.map { id in
        var status = LeaseStatus()
        status.id = id
        return status
      }
      return response
    }
  }

  // MARK: Expiry

  /// Arranges for a ``tick()`` at an uptime.
  func scheduleTick(at due: Duration) {
    DispatchQueue.global().asyncAfter(deadline: .now() + DispatchTimeInterval(due - uptime)) { [weak self] in
      self?.tick()
    }
  }

  /// Revokes the leases that have expired. A revocation that fails is tried again when the queue reports the lease
  /// again.
  func tick() {
    let now = uptime
    let (expired, next) = core.withLock { core -> ([Int64], Duration?) in
      core.scheduledTick = nil
      if core.isClosed { return ([], nil) }
      // etcd revokes no more than this at once, so that a pile of expired leases leaves room for others.
      return (core.expiry.takeExpired(now: now, limit: 500), core.tickToSchedule())
    }
    if let next { scheduleTick(at: next) }
    metrics.leasesExpired.add(expired.count)
    for id in expired {
      var request = LeaseRevokeRequest()
      request.id = id
      propose(.leaseRevoke(request), by: .root) { _ in }
    }
  }
}

extension NodeCore {
  /// When a tick has to be scheduled because none is due early enough.
  mutating func tickToSchedule() -> Duration? {
    guard let next = expiry.nextDeadline, scheduledTick.map({ next < $0 }) ?? true else { return nil }
    scheduledTick = next
    return next
  }
}

extension DispatchTimeInterval {
  /// The duration in nanoseconds; what is negative becomes nothing, what is too long for a timer its longest.
  init(_ duration: Duration) {
    let longest = Duration.nanoseconds(Int.max / 4)
    let (seconds, attoseconds) = max(min(duration, longest), .zero).components
    self = .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
  }
}
