import Dispatch
import EtcdAPI
import EtcdState
import Leases

extension EtcdNode {
  public func leaseGrant(_ request: LeaseGrantRequest) async throws(EtcdError) -> LeaseGrantResponse {
    var request = request
    if request.id == 0 { request.id = Int64(nextID()) }
    guard case .leaseGrant(var response) = try await propose(.leaseGrant(request)) else {
      preconditionFailure("a grant answers a grant")
    }
    fill(&response.header)
    return response
  }

  public func leaseRevoke(_ request: LeaseRevokeRequest) async throws(EtcdError) -> LeaseRevokeResponse {
    guard case .leaseRevoke(var response) = try await propose(.leaseRevoke(request)) else {
      preconditionFailure("a revocation answers a revocation")
    }
    fill(&response.header)
    return response
  }

  public func leaseKeepAlive(_ request: LeaseKeepAliveRequest) async throws(EtcdError) -> LeaseKeepAliveResponse {
    if Task.isCancelled { throw .cancelledByCaller }
    var response = LeaseKeepAliveResponse()
    response.id = request.id
    fill(&response.header)
    let now = uptime
    let (ttl, tick) = core.withLock { core -> (Int64, Duration?) in
      // A lease past its deadline is about to be revoked; it cannot be saved any more.
      guard let terms = core.state.leases[request.id],
        let remaining = core.expiry.remaining(request.id, now: now), remaining > .zero
      else { return (0, nil) }
      core.expiry.set(request.id, deadline: now + .seconds(terms.timeToLive))
      return (terms.timeToLive, core.tickToSchedule())
    }
    if let tick { scheduleTick(at: tick) }
    response.ttl = ttl
    return response
  }

  public func leaseTimeToLive(_ request: LeaseTimeToLiveRequest) async throws(EtcdError) -> LeaseTimeToLiveResponse {
    if Task.isCancelled { throw .cancelledByCaller }
    var response = LeaseTimeToLiveResponse()
    response.id = request.id
    let now = uptime
    let (state, remaining) = core.withLock { ($0.state, $0.expiry.remaining(request.id, now: now)) }
    if let terms = state.leases[request.id] {
      response.grantedTtl = terms.timeToLive
      response.ttl = remaining?.components.seconds ?? terms.timeToLive
      if request.keys { response.keys = state.keys(of: request.id) }
    } else {
      response.ttl = -1
    }
    fill(&response.header)
    return response
  }

  public func leaseLeases(_ request: LeaseLeasesRequest) async throws(EtcdError) -> LeaseLeasesResponse {
    if Task.isCancelled { throw .cancelledByCaller }
    var response = LeaseLeasesResponse()
    response.leases = core.withLock { $0.expiry.idsByDeadline }.map { id in
      var status = LeaseStatus()
      status.id = id
      return status
    }
    fill(&response.header)
    return response
  }

  // MARK: Expiry

  /// Arranges for a ``tick()`` at an uptime.
  func scheduleTick(at due: Duration) {
    DispatchQueue.global().asyncAfter(deadline: .now() + DispatchTimeInterval(due - uptime)) { [weak self] in
      guard let self else { return }
      Task { await self.tick() }
    }
  }

  /// Revokes the leases that have expired.
  func tick() async {
    let now = uptime
    let expired = core.withLock { core in
      core.scheduledTick = nil
      // etcd revokes no more than this at once, so that a pile of expired leases leaves room for others.
      return core.isClosed ? [] : core.expiry.takeExpired(now: now, limit: 500)
    }
    for id in expired {
      var request = LeaseRevokeRequest()
      request.id = id
      // A revocation that fails is tried again when the queue reports the lease again.
      _ = try? await propose(.leaseRevoke(request))
    }
    let next = core.withLock { $0.isClosed ? nil : $0.tickToSchedule() }
    if let next { scheduleTick(at: next) }
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
