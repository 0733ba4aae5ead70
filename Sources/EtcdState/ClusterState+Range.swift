import EtcdAPI
import MVCC

extension ClusterState {
  /// Answers a range read as etcd does (server/etcdserver/apply.go, `Range`).
  ///
  /// `count` is the number of keys in the range before filters and limit; `more` says that the limit cut something off
  /// after filters and sorting.
  public func range(_ request: RangeRequest) throws(EtcdError) -> RangeResponse {
    let needsAll =
      request.sortOrder != .none || request.minModRevision != 0 || request.maxModRevision != 0
      || request.minCreateRevision != 0 || request.maxCreateRevision != 0
    let limit = Int(clamping: request.limit)
    // One more than wanted tells whether there is more.
    let fetched = needsAll || limit <= 0 ? 0 : limit.addingReportingOverflow(1).overflow ? 0 : limit + 1

    let found: RangeResult
    do throws(RevisionError) {
      found = try store.range(
        KeyRange(key: request.key, rangeEnd: request.rangeEnd), at: request.revision, limit: fetched,
        countOnly: request.countOnly)
    } catch {
      throw EtcdError(error, wanted: request.revision)
    }

    var records = found.records
    Self.filter(&records, by: request)
    Self.sort(&records, by: request)
    var response = RangeResponse()
    if limit > 0 && records.count > limit {
      records.removeSubrange(limit...)
      response.more = true
    }
    response.header.revision = found.revision
    response.count = Int64(found.count)
    response.kvs = records.map { KeyValue($0, withValue: !request.keysOnly) }
    return response
  }

  private static func filter(_ records: inout [Record], by request: RangeRequest) {
    if request.maxModRevision != 0 { records.removeAll { $0.modRevision > request.maxModRevision } }
    if request.minModRevision != 0 { records.removeAll { $0.modRevision < request.minModRevision } }
    if request.maxCreateRevision != 0 { records.removeAll { $0.createRevision > request.maxCreateRevision } }
    if request.minCreateRevision != 0 { records.removeAll { $0.createRevision < request.minCreateRevision } }
  }

  /// Records come ascending by key; a target other than the key sorts ascending unless told otherwise.
  private static func sort(_ records: inout [Record], by request: RangeRequest) {
    if request.sortOrder == .none && request.sortTarget == .key { return }
    let isDescending = request.sortOrder == .descend
    func sort(_ isBefore: (Record, Record) -> Bool) {
      records.sort { isDescending ? isBefore($1, $0) : isBefore($0, $1) }
    }
    switch request.sortTarget {
    case .key: if isDescending { records.reverse() }
    case .version: sort { $0.version < $1.version }
    case .create: sort { $0.createRevision < $1.createRevision }
    case .mod: sort { $0.modRevision < $1.modRevision }
    case .value: sort { $0.hasLesserValue(than: $1) }
    case .UNRECOGNIZED: preconditionFailure("validation lets no unknown sort target through")
    }
  }
}
