import EtcdAPI
import EtcdServer
import EtcdState
import GRPCWire
import NIOCore

/// A stream of many watches.
///
///     requests   create(id) cancel(id) progress
///     control    what answers a request and belongs to no open watch
///     ready      watches that may have something to be told, each once, served in turn
///
/// Nothing is sent while the client does not read: events then stay in the store, and a watch that has fallen behind
/// reads them from there.
final class WatchCall: CallReceiver {
  /// Answers that may wait for a client that asks without reading.
  private static let controlLimit = 1000

  private let router: ServiceRouter
  private let call: ServerCall
  private var watches: [Int64: NodeWatch] = [:]
  /// The least ID that was not yet given to a watch that left the choice to the server.
  private var nextID: Int64 = 0
  private var control = CircularBuffer<WatchResponse>()
  private var ready = CircularBuffer<NodeWatch>()
  private var isProgressWanted = false
  private var isSending = false

  init(_ router: ServiceRouter, _ call: ServerCall) {
    self.router = router
    self.call = call
    router.node.metrics.watchStreams.add(1)
    call.respond()
  }

  deinit { router.node.metrics.watchStreams.add(-1) }

  func received(_ message: ByteBuffer) {
    do throws(EtcdError) {
      switch try WatchRequest(message).requestUnion {
      case .createRequest(let request): create(request)
      case .cancelRequest(let request): cancel(request.watchID)
      case .progressRequest: isProgressWanted = true
      case nil: break
      }
    } catch {
      return call.finish(GRPCStatus(error))
    }
    if control.count > Self.controlLimit {
      end()
      return call.finish(
        GRPCStatus(.resourceExhausted, "\(control.count) answers to watch requests wait for the client to read them"))
    }
    send()
  }

  /// etcd goes on sending to a client that has no more to ask.
  func receivedEnd() {}

  func writable() { send() }

  func ended(_ status: GRPCStatus) { end() }

  private func end() {
    for watch in watches.values { watch.cancel() }
    watches = [:]
    ready.removeAll()
    control.removeAll()
  }

  // MARK: Requests

  private func create(_ request: WatchCreateRequest) {
    do throws(EtcdError) {
      let caller = try router.caller(of: call)
      try router.node.checkWatch(request, by: caller)
      let watch = try router.node.openWatch(request, id: try chooseID(request.watchID), by: caller)
      watches[watch.watchID] = watch
      ready.append(watch)
    } catch {
      var response = WatchResponse()
      response.header = router.node.header(revision: router.node.revision)
      // It is none of the stream's watches (etcd since 3.5.6; before, it answered with the ID that was asked for).
      response.watchID = -1
      response.created = true
      response.canceled = true
      response.cancelReason = Self.reason(error)
      control.append(response)
    }
  }

  /// etcd writes as Go prints a status what is wrong with the caller, and in bare words what is wrong with the watch.
  private static func reason(_ error: EtcdError) -> String {
    switch error {
    case .permissionDenied: "rpc error: code = PermissionDenied desc = \(error.message)"
    case .invalidAuthToken: "rpc error: code = Unauthenticated desc = \(error.message)"
    case .userEmpty, .authOldRevision: "rpc error: code = InvalidArgument desc = \(error.message)"
    default: error.message
    }
  }

  private func chooseID(_ wanted: Int64) throws(EtcdError) -> Int64 {
    if wanted != 0 {
      if watches[wanted] != nil {
        throw EtcdError(.invalidArgument, "mvcc: duplicate watch ID provided on the WatchStream")
      }
      return wanted
    }
    while watches[nextID] != nil { nextID += 1 }
    defer { nextID += 1 }
    return nextID
  }

  private func cancel(_ id: Int64) {
    guard let watch = watches.removeValue(forKey: id) else { return }
    watch.cancel()
    ready.removeAll { $0 === watch }
    var response = WatchResponse()
    response.header = router.node.header(revision: router.node.revision)
    response.watchID = id
    response.canceled = true
    control.append(response)
  }

  // MARK: Sending

  private func send() {
    // A watch that is woken at once comes back here.
    if isSending { return }
    isSending = true
    defer { isSending = false }
    while call.isWritable, !call.hasEnded {
      if !control.isEmpty {
        call.send(control.removeFirst())
      } else if !ready.isEmpty {
        sendNext(of: ready.removeFirst())
      } else if isProgressWanted, watches.values.allSatisfy(\.isCaughtUp) {
        isProgressWanted = false
        var response = WatchResponse()
        response.header = router.node.header(revision: router.node.revision)
        // Not about one watch, but about all of the stream.
        response.watchID = -1
        call.send(response)
      } else {
        return
      }
    }
  }

  private func sendNext(of watch: NodeWatch) {
    switch watch.poll() {
    case .response(let response):
      call.send(response)
      if response.canceled { watches[watch.watchID] = nil } else { ready.append(watch) }
    case .nothing:
      let bound = NIOLoopBound(self, eventLoop: call.eventLoop)
      watch.wake { bound.run { $0.becameReady(watch) } }
    case .behind:
      let bound = NIOLoopBound(self, eventLoop: call.eventLoop)
      watch.replay { bound.run { $0.becameReady(watch) } }
    case .ended:
      end()
      call.finish(GRPCStatus(.stopped))
    }
  }

  private func becameReady(_ watch: NodeWatch) {
    // It may have been cancelled meanwhile, and its ID given to another.
    guard watches[watch.watchID] === watch else { return }
    ready.append(watch)
    send()
  }
}
