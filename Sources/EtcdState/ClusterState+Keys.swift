import EtcdAPI
import MVCC

extension ClusterState {
  mutating func put(_ request: PutRequest, checkingLease: Bool) throws(EtcdError) -> PutResponse {
    if checkingLease { try checkLease(request.lease) }
    var lease = request.lease
    var response = PutResponse()
    var previous: Record?
    if request.ignoreValue || request.ignoreLease {
      previous = request.key.withUnsafeBytes { store.current($0) }
      guard let previous else { throw .keyNotFound }
      if request.ignoreLease { lease = previous.lease }
    }
    let change = request.key.withUnsafeBytes { key in
      if request.ignoreValue, let previous {
        previous.withValue { store.put(key: key, value: $0, lease: lease) }
      } else {
        request.value.withUnsafeBytes { store.put(key: key, value: $0, lease: lease) }
      }
    }
    if request.prevKv, let previous = change.previous { response.prevKv = KeyValue(previous) }
    response.header.revision = store.readRevision
    return response
  }

  mutating func deleteRange(_ request: DeleteRangeRequest) -> DeleteRangeResponse {
    let changes = store.delete(KeyRange(key: request.key, rangeEnd: request.rangeEnd))
    var response = DeleteRangeResponse()
    response.deleted = Int64(changes.count)
    if request.prevKv { response.prevKvs = changes.map { KeyValue($0.previous!) } }
    response.header.revision = store.readRevision
    return response
  }

  mutating func compact(_ request: CompactionRequest) throws(EtcdError) -> CompactionResponse {
    do throws(RevisionError) {
      try store.compact(at: request.revision)
    } catch {
      throw EtcdError(error, wanted: request.revision)
    }
    var response = CompactionResponse()
    response.header.revision = store.revision
    return response
  }

  func checkLease(_ id: Int64) throws(EtcdError) {
    if id != 0 && leases[id] == nil { throw .leaseNotFound }
  }
}
