import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Recipe {
  func lock(_ request: LockRequest) async throws(EtcdError) -> LockResponse {
    let lease = try await lease(request.lease)
    let prefix = Self.prefix(request.name)
    let key = Self.key(prefix, lease: lease)
    let owner = RequestOp.OneOf_Request.requestRange(first(of: prefix))
    let taken = try await txn(
      TxnRequest(
        ifCreated: key, at: 0, then: [RequestOp.put(key, Data(), lease: lease), owner],
        else: [RequestOp.get(key), owner]))
    // Whoever holds the lease may have had the key before.
    let revision =
      taken.succeeded ? taken.header.revision : taken.responses[0].responseRange.kvs[0].createRevision
    var response = LockResponse()
    response.key = key
    response.header = taken.header
    let first = taken.responses[1].responseRange.kvs.first
    if first == nil || first?.createRevision == revision { return response }

    do throws(EtcdError) {
      try await waitForDeletion(of: prefix, createdBy: revision - 1)
      var mine = RangeRequest()
      mine.key = key
      let found = try await range(mine)
      if found.kvs.isEmpty { throw EtcdError(.unknown, "mutex: session is expired") }
      response.header = found.header
      return response
    } catch {
      clear(key)
      throw error
    }
  }

  func unlock(_ request: UnlockRequest) async throws(EtcdError) -> UnlockResponse {
    var response = UnlockResponse()
    response.header = try await delete(request.key).header
    return response
  }
}
