import EtcdAPI

/// What a caller may read. Users and roles are not kept yet, so everyone may.
extension ClusterState {
  /// Answers a range read if the caller may read those keys.
  public func range(_ request: RangeRequest, by caller: Caller) throws(EtcdError) -> RangeResponse {
    try range(request)
  }

  /// Answers a transaction that only reads, if the caller may read what it compares and reads.
  public func readOnlyTxn(_ request: TxnRequest, by caller: Caller) throws(EtcdError) -> TxnResponse {
    try readOnlyTxn(request)
  }

  /// Refuses a caller that may not read every key of a range. etcd checks a watch so when it is created.
  public func checkRead(_ request: WatchCreateRequest, by caller: Caller) throws(EtcdError) {}

  /// Refuses a caller that may not see the keys of a lease.
  public func checkRead(ofLease id: Int64, by caller: Caller) throws(EtcdError) {}

  /// Refuses a caller that does not have the root role: etcd's members and maintenance are the administrator's.
  public func checkAdministrator(_ caller: Caller) throws(EtcdError) {}
}
