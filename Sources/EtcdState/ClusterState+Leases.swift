import EtcdAPI
import Leases
import MVCC

extension ClusterState {
  mutating func grant(_ request: LeaseGrantRequest) throws(EtcdError) -> LeaseGrantResponse {
    var response = LeaseGrantResponse()
    do throws(LeaseBook.Refusal) {
      response.ttl = try leases.grant(request.id, timeToLive: request.ttl)
    } catch {
      throw EtcdError(error)
    }
    response.id = request.id
    response.header.revision = store.revision
    return response
  }

  /// Ends a lease and deletes the keys that hang on it, ascending, in one revision.
  mutating func revoke(_ request: LeaseRevokeRequest) throws(EtcdError) -> LeaseRevokeResponse {
    do throws(LeaseBook.Refusal) {
      try leases.revoke(request.id)
    } catch {
      throw EtcdError(error)
    }
    for key in store.keys(of: request.id) { store.delete(KeyRange(key: key)) }
    var response = LeaseRevokeResponse()
    response.header.revision = store.readRevision
    return response
  }
}

extension EtcdError {
  init(_ refusal: LeaseBook.Refusal) {
    switch refusal {
    case .notFound: self = .leaseNotFound
    case .exists: self = .leaseExists
    case .timeToLiveTooLarge:
      self = .leaseTTLTooLarge.explained(
        remedy: "grant \(LeaseBook.maximumTimeToLive) seconds at most")
    }
  }
}
