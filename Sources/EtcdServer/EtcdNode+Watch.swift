import EtcdAPI
import EtcdState
import MVCC

extension EtcdNode {
  /// Opens a watch. Its first response has `created` set.
  ///
  /// - Parameters:
  ///   - id: the watch ID that its responses carry.
  ///   - caller: who has to be permitted to read the keys now; etcd does not ask again later.
  public func openWatch(
    _ request: WatchCreateRequest, id: Int64, by caller: Caller
  ) throws(EtcdError) -> NodeWatch {
    // etcd reads an absent key as the smallest there is.
    let range = KeyRange(key: request.key.isEmpty ? [0] : Array(request.key), rangeEnd: Array(request.rangeEnd))
    let interest = WatchTable.Interest(
      range: range, startRevision: request.startRevision, wantsPuts: !request.filters.contains(.noput),
      wantsDeletes: !request.filters.contains(.nodelete), wantsPrevious: request.prevKv)
    let (entry, revision) = try core.withLock { core throws(EtcdError) -> (WatchTable.ID, Int64) in
      if core.isClosed { throw .stopped }
      try core.state.checkRead(request, by: caller)
      if case .below(let end) = range.end, !range.start.lexicographicallyPrecedes(end) { throw .emptyWatchRange }
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

extension EtcdError {
  static let emptyWatchRange = EtcdError(
    .invalidArgument, "mvcc: watcher range is empty", cause: "its end is not after its key",
    remedy: "give an end that sorts after the key")
}
