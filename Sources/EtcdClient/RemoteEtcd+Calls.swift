import EtcdAPI
import GRPCWire
import NIOCore
import SwiftProtobuf

extension RemoteEtcd {
  /// Makes a unary call, again where ``RetryPolicy`` says so.
  ///
  /// - Parameter single: the connector of the one endpoint to ask; nil for whichever serves.
  func call<Response: Message>(
    _ method: String, _ request: some Message, at single: Connector? = nil
  ) async throws(EtcdError) -> Response {
    let message = try request.encoded()
    let answer = try await attempt(method, at: single) {
      (live, metadata, left) async throws(GRPCStatus) -> ByteBuffer in
      try await live.connection.unary(path: method, metadata: metadata, message: message, timeout: left)
    }
    return try Response.decoded(from: answer.result, of: answer.live.endpoint)
  }

  /// One attempt of a call over a connection: what it is to carry, and how long it may take.
  typealias Attempt<Result> = (
    _ live: Connector.Live, _ metadata: Authenticator.Metadata, _ timeLeft: Duration
  ) async throws(GRPCStatus) -> Result

  func attempt<Result>(
    _ method: String, at single: Connector? = nil, _ body: Attempt<Result>
  ) async throws(EtcdError) -> (result: Result, live: Connector.Live) {
    let connector = single ?? self.connector
    let timeout = commandTimeout
    let deadline = ContinuousClock.now + timeout
    var attempts = 0
    var hasRenewedToken = false
    /// What the server said the last time, which tells more than that time was up after it.
    var refusal: (status: GRPCStatus, facts: CallFacts)?
    while true {
      let live: Connector.Live
      if let present = connector.live {
        live = present
      } else {
        live = try await connector.connection(until: deadline, single == nil ? nil : .oneRound)
      }
      if authenticator.metadata == nil {
        try await authenticator.renew(after: 0, over: live, timeout: deadline - .now)
        hasRenewedToken = true
      }
      let (metadata, generation) = authenticator.metadata!
      let start = ContinuousClock.now
      func report(_ failure: String?) {
        configuration.observer?(
          CallReport(method: method, endpoint: live.endpoint.text, took: .now - start, failure: failure))
      }
      do throws(GRPCStatus) {
        let result = try await body(live, metadata, deadline - .now)
        report(nil)
        return (result, live)
      } catch {
        report(error.message)
        attempts += 1
        let facts = CallFacts(
          method: method, endpoint: live.endpoint.text, user: authenticator.user?.name, commandTimeout: timeout)
        let decision = RetryPolicy.of(method).decide(
          code: EtcdError.Code(rawValue: error.code.rawValue) ?? .unknown, message: error.message,
          isUnsent: error.isSafeToRetry && error.code == .unavailable,
          canAuthenticate: authenticator.user != nil && !hasRenewedToken, hasOthers: connector.endpoints.count > 1)
        let isTimeOver = deadline <= .now || attempts >= RetryPolicy.attemptsMax
        switch decision {
        case .againWithNewToken where !isTimeOver:
          try await authenticator.renew(after: generation, over: live, timeout: deadline - .now)
          hasRenewedToken = true
        case .again where !isTimeOver:
          connector.leave(live)
          if attempts % connector.endpoints.count == 0 { try await pause(until: deadline) }
        default:
          if case .local(.deadlineExceeded, _) = error.origin, let refusal {
            throw EtcdError(refusal.status, refusal.facts)
          }
          throw await investigated(error, facts, over: live)
        }
        if error.origin == .peer { refusal = (error, facts) }
      }
    }
  }

  private func pause(until deadline: ContinuousClock.Instant) async throws(EtcdError) {
    do {
      try await Task.sleep(until: min(deadline, .now + RetryPolicy.pause))
    } catch {
      throw .cancelled
    }
  }

  /// The error with what a second question to the member tells about it.
  private func investigated(
    _ status: GRPCStatus, _ facts: CallFacts, over live: Connector.Live
  ) async -> EtcdError {
    let error = EtcdError(status, facts)
    switch error.message {
    case _ where error.code == .deadlineExceeded:
      return error.explained(cause: await silenceCause(over: live))
    case EtcdError.compacted.message:
      guard facts.method == EtcdMethod.range, let oldest = await oldestRevision() else { return error }
      return error.explained(
        cause: "the history before revision \(oldest) was compacted away",
        remedy: "ask for revision \(oldest) or later")
    default: return error
    }
  }

  private static let questionTimeout = Duration.milliseconds(500)

  /// Why a connected member did not answer in time: it says itself whether it has a leader.
  private func silenceCause(over live: Connector.Live) async -> String {
    do throws(GRPCStatus) {
      let answer = try await live.connection.unary(
        path: EtcdMethod.status, metadata: authenticator.metadata?.fields ?? [], message: ByteBuffer(),
        timeout: Self.questionTimeout)
      guard let status = try? StatusResponse.decoded(from: answer, of: live.endpoint) else {
        return "the server answers, but not as etcd does"
      }
      return status.leader == 0
        ? "the member is up, but its cluster has no leader: fewer than half of the members are up or reach each other"
        : "the member is up and has a leader, but did not finish the request in time"
    } catch {
      return error.origin == .peer
        ? "the member is up, but did not finish the request in time"
        : "the server is connected, but answers nothing: frozen, overloaded or cut off"
    }
  }

  /// The oldest revision that was kept, learnt from how a watch of the first revision is refused.
  private func oldestRevision() async -> Int64? {
    var request = WatchCreateRequest()
    request.key = .init([0])
    request.startRevision = 1
    guard let watch = try? await watch(request) else { return nil }
    defer { watch.cancel() }
    let deadline = dialer.loop.scheduleTask(in: .nanoseconds(Self.questionTimeout.nanoseconds)) { watch.cancel() }
    defer { deadline.cancel() }
    while let response = try? await watch.responses.next() {
      if response.compactRevision > 0 { return response.compactRevision }
    }
    return nil
  }
}
