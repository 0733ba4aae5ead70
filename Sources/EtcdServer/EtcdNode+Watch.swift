import EtcdAPI
import EtcdState
import MVCC

extension EtcdNode {
  /// Refuses a watch as etcd does, in its order: whoever asks has to be permitted to read the keys now, and the range
  /// must not be empty.
  public func checkWatch(_ request: WatchCreateRequest, by caller: Caller) throws(EtcdError) {
    try core.withLock { core throws(EtcdError) in try core.state.checkRead(request, by: caller) }
    let range = request.range
    if case .below(let end) = range.end, !range.start.lexicographicallyPrecedes(end) { throw .emptyWatchRange }
  }

  /// Opens a watch. Its first response has `created` set.
  ///
  /// - Parameter id: the watch ID that its responses carry.
  public func openWatch(_ request: WatchCreateRequest, id: Int64, by caller: Caller) throws(EtcdError) -> NodeWatch {
    try checkWatch(request, by: caller)
    let interest = WatchTable.Interest(
      range: request.range, startRevision: request.startRevision, wantsPuts: !request.filters.contains(.noput),
      wantsDeletes: !request.filters.contains(.nodelete), wantsPrevious: request.prevKv)
    let (entry, revision) = try core.withLock { core throws(EtcdError) -> (WatchTable.ID, Int64) in
      if core.isClosed { throw .stopped }
      let revision = core.state.store.revision
      return (core.watches.open(interest, at: revision), revision)
    }

    var created = WatchResponse()
    created.header = header(revision: revision)
    created.created = true
    created.watchID = id
    let watch = NodeWatch(node: self, entry: entry, watchID: id, isFragmented: request.fragment, first: created)
    if request.progressNotify { watch.notifyOfProgress() }
    return watch
  }
}

extension WatchCreateRequest {
  /// etcd reads an absent key as the smallest there is.
  fileprivate var range: KeyRange { KeyRange(key: key.isEmpty ? [0] : Array(key), rangeEnd: Array(rangeEnd)) }
}

extension EtcdError {
  static let emptyWatchRange = EtcdError(
    .invalidArgument, "mvcc: watcher range is empty", cause: "its end is not after its key",
    remedy: "give an end that sorts after the key")
}
