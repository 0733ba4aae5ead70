import EtcdAPI

/// Where a watch stands: what its caller was given, and so from which revision it must go on after a lost connection.
/// Pure: responses in, what to do with them out.
///
///     created @7 | events 8, 9 | progress @12 |  -- connection lost --  | created | events 13
///     next is  8 |          10 |           13 |  asks from 13           | (kept)  |
struct WatchPosition: Sendable {
  enum Outcome: Equatable, Sendable {
    case deliver(WatchResponse)
    /// Delivered, and nothing comes after it.
    case last(WatchResponse)
    /// The server does not open this watch.
    case refused(WatchResponse)
    /// Nothing for the caller: a second `created`, or a fragment with more to come.
    case nothing
  }

  /// What to ask for now: the caller's request with the revision moved on.
  private(set) var request: WatchCreateRequest
  private var isCreated = false
  /// The fragments of a response that is not complete yet. The position moves when it is: half of a revision's events
  /// delivered, and the other half lost with the connection, could not be asked for again.
  private var fragments: WatchResponse?

  init(_ request: WatchCreateRequest) { self.request = request }

  /// The next responses come from a new stream.
  mutating func reconnected() { fragments = nil }

  mutating func received(_ response: WatchResponse) -> Outcome {
    if response.canceled {
      guard response.created else { return .last(response) }
      return .refused(response)
    }
    if response.created {
      if request.startRevision == 0 { request.startRevision = response.header.revision + 1 }
      defer { isCreated = true }
      return isCreated ? .nothing : .deliver(response)
    }
    guard let whole = assembled(response) else { return .nothing }
    if let last = whole.events.last {
      request.startRevision = last.kv.modRevision + 1
    } else if whole.watchID != Self.everyWatch {
      request.startRevision = max(request.startRevision, whole.header.revision + 1)
    }
    return .deliver(whole)
  }

  /// The watch ID in an answer to a progress request. It does not move the position: before 3.5.8 etcd sends it past
  /// events that are still on their way (etcd issue 15220).
  private static let everyWatch: Int64 = -1

  private mutating func assembled(_ response: WatchResponse) -> WatchResponse? {
    var whole = response
    if let fragments {
      whole = fragments
      whole.events += response.events
    }
    guard !response.fragment else {
      fragments = whole
      return nil
    }
    fragments = nil
    whole.fragment = false
    return whole
  }
}
