import Dispatch
import EtcdAPI
import EtcdState
import MVCC
import Synchronization

/// An open watch: whoever reads it asks for one response after another, and is woken when there may be more.
///
///     poll -> response | nothing: wake(…), then poll again | behind: replay(), then poll again | ended
///
/// A watch that is not asked costs the node next to nothing: see ``WatchTable``.
public final class NodeWatch: Sendable {
  /// A watch that is further behind than this reads history from a snapshot, so that the node is not held up.
  private static let longBacklog: Int64 = 1000

  private let node: EtcdNode
  private let entry: WatchTable.ID
  public let watchID: Int64
  private let isFragmented: Bool
  private let state: Mutex<State>

  private struct State {
    /// Responses ready to be handed out, oldest first.
    var ready: [WatchResponse]
    var isEnded = false
    /// Whether there were events since progress was last told, which say as much.
    var hadEvents = false
  }

  public enum Next: Sendable {
    case response(WatchResponse)
    /// There is nothing to be told now.
    case nothing
    /// History has to be read first, which may take long: ``NodeWatch/replay()``.
    case behind
    /// The watch was cancelled, its last response has been handed out, or the node has stopped.
    case ended
  }

  init(node: EtcdNode, entry: WatchTable.ID, watchID: Int64, isFragmented: Bool, first: WatchResponse) {
    self.node = node
    self.entry = entry
    self.watchID = watchID
    self.isFragmented = isFragmented
    self.state = Mutex(State(ready: [first]))
  }

  deinit { cancel() }

  /// What the watch has to be told next.
  public func poll() -> Next {
    let (ready, isEnded) = state.withLock { state in
      (state.ready.isEmpty ? nil : state.ready.removeFirst(), state.isEnded)
    }
    if let ready { return .response(ready) }
    if isEnded { return .ended }
    enum Found {
      case delivery(WatchDelivery)
      case instead(Next)
    }
    let found = node.core.withLock { core -> Found in
      let store = core.state.store
      if let backlog = core.watches.backlog(entry), store.revision - backlog.from > Self.longBacklog {
        return .instead(.behind)
      }
      if let delivery = core.watches.take(entry, from: store) { return .delivery(delivery) }
      return .instead(core.isClosed ? .ended : .nothing)
    }
    switch found {
    case .instead(let next): return next
    case .delivery(let delivery):
      var responses = self.responses(for: delivery)
      let first = responses.removeFirst()
      note(delivery, responses)
      return .response(first)
    }
  }

  /// Reads a batch of a long history on the calling thread, which may take a while.
  public func replay() {
    let (backlog, store) = node.core.withLock { ($0.watches.backlog(entry), $0.state.store) }
    guard let backlog else { return }
    let replay = WatchTable.replay(backlog.interest, from: backlog.from, in: store)
    let delivery = node.core.withLock { core in core.watches.settle(entry, replay, at: core.state.store.revision) }
    if let delivery { note(delivery, responses(for: delivery)) }
  }

  /// The same on another thread, which calls `then`.
  public func replay(then: @escaping @Sendable () -> Void) {
    node.longReads.async { [self] in
      replay()
      then()
    }
  }

  /// Has `awaken` called once, on any thread, when the watch may have something to be told; at once if it may have now.
  public func wake(_ awaken: @escaping @Sendable () -> Void) {
    let isReady = node.core.withLock { core in
      if core.isClosed || core.watches.isReady(entry) { return true }
      core.wakers[entry] = awaken
      return false
    }
    if isReady { awaken() }
  }

  /// Whether everything up to the node's revision has been handed out.
  public var isCaughtUp: Bool {
    state.withLock { $0.ready.isEmpty } && node.core.withLock { !$0.watches.isReady(entry) }
  }

  public func cancel() {
    state.withLock {
      $0.isEnded = true
      $0.ready = []
    }
    node.core.withLock { $0.watches.close(entry) }
    awaken()
  }

  /// Asks for a response that tells how far the watch is, once it has had everything before.
  public func requestProgress() {
    node.core.withLock { $0.watches.requestProgress(entry) }
    awaken()
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

  // MARK: Parts

  private func awaken() {
    let waker = node.core.withLock { $0.wakers.removeValue(forKey: entry) }
    waker?()
  }

  private func note(_ delivery: WatchDelivery, _ responses: [WatchResponse]) {
    state.withLock { state in
      state.ready += responses
      switch delivery {
      case .events: state.hadEvents = true
      case .compacted: state.isEnded = true
      case .progress: break
      }
    }
  }

  private func responses(for delivery: WatchDelivery) -> [WatchResponse] {
    var response = WatchResponse()
    response.watchID = watchID
    switch delivery {
    case .progress(let revision): response.header = node.header(revision: revision)
    case .compacted(let revision):
      // etcd leaves the header's revision out here.
      response.header = node.header(revision: 0)
      response.canceled = true
      response.compactRevision = revision
    case .events(let events, let revision):
      response.header = node.header(revision: revision)
      response.events = events.map(Event.init)
      node.metrics.eventsSent.add(events.count)
    }
    return isFragmented ? response.fragments(of: node.maxMessageSize) : [response]
  }
}

extension Event {
  fileprivate init(_ event: WatchEvent) {
    self.init()
    type = event.record.isTombstone ? .delete : .put
    kv = KeyValue(event.record)
    if let previous = event.previous { prevKv = KeyValue(previous) }
  }

  /// At least the bytes that the event takes in a message.
  fileprivate var approximateByteCount: Int {
    let numbers = 64
    return numbers + kv.key.count + kv.value.count + (hasPrevKv ? numbers + prevKv.key.count + prevKv.value.count : 0)
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
