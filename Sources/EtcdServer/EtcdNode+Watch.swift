import Dispatch
import EtcdAPI
import EtcdState
import MVCC
import Synchronization

extension EtcdNode {
  public func watch(_ request: WatchCreateRequest) async throws(EtcdError) -> WatchStream {
    if Task.isCancelled { throw .cancelledByCaller }
    // etcd reads an absent key as the smallest there is.
    let range = KeyRange(key: request.key.isEmpty ? [0] : Array(request.key), rangeEnd: Array(request.rangeEnd))
    if case .below(let end) = range.end, !range.start.lexicographicallyPrecedes(end) {
      throw EtcdError(
        .invalidArgument, "mvcc: watcher range is empty", cause: "its end is not after its key",
        remedy: "give an end that sorts after the key")
    }
    let interest = WatchTable.Interest(
      range: range, startRevision: request.startRevision, wantsPuts: !request.filters.contains(.noput),
      wantsDeletes: !request.filters.contains(.nodelete), wantsPrevious: request.prevKv)
    let opened = core.withLock { core -> (id: WatchTable.ID, revision: Int64, term: UInt64)? in
      if core.isClosed { return nil }
      let revision = core.state.store.revision
      return (core.watches.open(interest, at: revision), revision, core.term)
    }
    guard let opened else { throw .stopped }

    var created = WatchResponse()
    created.created = true
    created.watchID = request.watchID
    created.header.revision = opened.revision
    fill(&created.header)
    let watch = NodeWatch(node: self, id: opened.id, request: request, first: created)
    if request.progressNotify { watch.notifyOfProgress() }
    return WatchStream(
      responses: ResponseStream(
        next: { () async throws(EtcdError) in try await watch.next() }, cancel: { watch.cancel() }),
      requestProgress: { () async throws(EtcdError) in watch.requestProgress() })
  }
}

/// An open watch on an embedded node: it asks the node for one response after another.
final class NodeWatch: Sendable {
  /// etcd's limit for a response when fragments are asked for: the largest request and what gRPC adds.
  static let fragmentByteLimit = NodeConfiguration.maximumRequestBytes + 512 * 1024
  /// A watch that is further behind than this reads history from a snapshot, so that the node is not held up.
  private static let longBacklog: Int64 = 1000

  private let node: EtcdNode
  private let id: WatchTable.ID
  private let watchID: Int64
  private let isFragmented: Bool
  private let state: Mutex<State>

  private struct State {
    /// Responses ready to be handed out, oldest first.
    var ready: [WatchResponse]
    var isEnded = false
    /// Whether there were events since progress was last told, which say as much.
    var hadEvents = false
  }

  init(node: EtcdNode, id: WatchTable.ID, request: WatchCreateRequest, first: WatchResponse) {
    self.node = node
    self.id = id
    self.watchID = request.watchID
    self.isFragmented = request.fragment
    self.state = Mutex(State(ready: [first]))
  }

  deinit { cancel() }

  func cancel() {
    state.withLock {
      $0.isEnded = true
      $0.ready = []
    }
    node.core.withLock { $0.watches.close(id) }
    wake()
  }

  func requestProgress() {
    node.core.withLock { $0.watches.requestProgress(id) }
    wake()
  }

  /// Tells the watch how far it is whenever it had no events for a while, as long as it is open.
  func notifyOfProgress() {
    let interval = DispatchTimeInterval(node.progressNotifyInterval)
    DispatchQueue.global().asyncAfter(deadline: .now() + interval) { [weak self] in
      guard let self else { return }
      let (isEnded, hadEvents) = state.withLock { state in
        defer { state.hadEvents = false }
        return (state.isEnded, state.hadEvents)
      }
      if isEnded { return }
      if !hadEvents { requestProgress() }
      notifyOfProgress()
    }
  }

  func next() async throws(EtcdError) -> WatchResponse? {
    while true {
      if Task.isCancelled {
        cancel()
        throw .cancelledByCaller
      }
      let (ready, isEnded) = state.withLock { state in
        (state.ready.isEmpty ? nil : state.ready.removeFirst(), state.isEnded)
      }
      if let ready { return ready }
      if isEnded { return nil }
      if let delivery = poll() {
        let responses = self.responses(for: delivery)
        state.withLock { state in
          state.ready += responses
          if case .events = delivery { state.hadEvents = true }
        }
      } else if node.core.withLock({ $0.isClosed }) {
        return nil
      } else {
        await waitUntilReady()
      }
    }
  }

  // MARK: Parts

  private func poll() -> WatchDelivery? {
    let (delivery, backlog, store) = node.core.withLock {
      core -> (WatchDelivery?, (WatchTable.Interest, Int64)?, Store?) in
      let store = core.state.store
      if let backlog = core.watches.backlog(id), store.revision - backlog.from > Self.longBacklog {
        return (nil, backlog, store)
      }
      return (core.watches.take(id, from: store), nil, nil)
    }
    guard let (interest, from) = backlog, let store else { return delivery }
    let replay = WatchTable.replay(interest, from: from, in: store)
    return node.core.withLock { core in core.watches.settle(id, replay, at: core.state.store.revision) }
  }

  private func waitUntilReady() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = node.core.withLock { core in
          if core.isClosed || core.watches.isReady(id) || Task.isCancelled { return true }
          core.waiters[id] = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      wake()
    }
  }

  private func wake() {
    let waiter = node.core.withLock { $0.waiters.removeValue(forKey: id) }
    waiter?.resume()
  }

  private func responses(for delivery: WatchDelivery) -> [WatchResponse] {
    var response = WatchResponse()
    response.watchID = watchID
    node.fill(&response.header)
    switch delivery {
    case .progress(let revision):
      response.header.revision = revision
    case .compacted(let revision):
      response.header.revision = 0
      response.canceled = true
      response.compactRevision = revision
      state.withLock { $0.isEnded = true }
    case .events(let events, let revision):
      response.header.revision = revision
      response.events = events.map { event in
        var message = Event()
        message.type = event.record.isTombstone ? .delete : .put
        message.kv = KeyValue(event.record)
        if let previous = event.previous { message.prevKv = KeyValue(previous) }
        return message
      }
    }
    return isFragmented ? response.fragments(of: Self.fragmentByteLimit) : [response]
  }
}

extension WatchResponse {
  /// The response cut so that no part with several events is larger than `limit` bytes; all parts but the last have
  /// `fragment` set.
  func fragments(of limit: Int) -> [WatchResponse] {
    var parts: [WatchResponse] = []
    var part = self
    part.events = []
    var byteCount = 0
    for event in events {
      let size = event.approximateByteCount
      if !part.events.isEmpty && byteCount + size >= limit {
        part.fragment = true
        parts.append(part)
        part.events = []
        byteCount = 0
      }
      part.events.append(event)
      byteCount += size
    }
    part.fragment = false
    return parts + [part]
  }
}

extension Event {
  /// At least the bytes that the event takes in a message.
  fileprivate var approximateByteCount: Int {
    let numbers = 64
    return numbers + kv.key.count + kv.value.count + (hasPrevKv ? numbers + prevKv.key.count + prevKv.value.count : 0)
  }
}
