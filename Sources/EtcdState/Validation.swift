import EtcdAPI
import MVCC

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What etcd refuses before a request reaches the log (server/etcdserver/api/v3rpc/key.go), in its order.

extension RangeRequest {
  public func validate() throws(EtcdError) {
    if key.isEmpty { throw .emptyKey }
    if case .UNRECOGNIZED = sortOrder { throw .invalidSortOption }
    if case .UNRECOGNIZED = sortTarget { throw .invalidSortOption }
  }
}

extension PutRequest {
  public func validate() throws(EtcdError) {
    if key.isEmpty { throw .emptyKey }
    if ignoreValue && !value.isEmpty { throw .valueProvided }
    if ignoreLease && lease != 0 { throw .leaseProvided }
  }
}

extension DeleteRangeRequest {
  public func validate() throws(EtcdError) {
    if key.isEmpty { throw .emptyKey }
  }
}

extension TxnRequest {
  /// - Parameter maxOperations: etcd's `--max-txn-ops`.
  public func validate(maxOperations: Int) throws(EtcdError) {
    try checkOperations(atMost: maxOperations)
    _ = try Writes(of: success)
    _ = try Writes(of: failure)
  }

  /// A level may have as many operations as its parents leave over.
  fileprivate func checkOperations(atMost limit: Int) throws(EtcdError) {
    let count = max(compare.count, success.count, failure.count)
    if count > limit {
      throw .tooManyOps.explained(
        cause: "\(count) compares or operations where \(limit) are allowed",
        remedy: "split the transaction")
    }
    for compare in compare where compare.key.isEmpty { throw .emptyKey }
    for operation in success { try operation.validate(atMost: limit - count) }
    for operation in failure { try operation.validate(atMost: limit - count) }
  }
}

extension RequestOp {
  fileprivate func validate(atMost limit: Int) throws(EtcdError) {
    switch request {
    case .requestRange(let range): try range.validate()
    case .requestPut(let put): try put.validate()
    case .requestDeleteRange(let deleteRange): try deleteRange.validate()
    case .requestTxn(let txn): try txn.checkOperations(atMost: limit)
    case nil: throw .keyNotFound
    }
  }
}

/// The keys that one list of operations writes. No key may be put twice, or put and deleted: the order of the two
/// would decide, and a transaction has none. Branches of one nested transaction exclude each other, so both may put a
/// key.
private struct Writes {
  var puts: Set<Data> = []
  var deletes: [KeyRange] = []

  init(of operations: [RequestOp]) throws(EtcdError) {
    for case .requestDeleteRange(let request) in operations.lazy.compactMap(\.request) {
      // A range without bound is spelled with an end of "\0". etcd takes that literally here, so that such a delete
      // overlaps nothing, and the operations' order decides after all.
      let end = Array(request.rangeEnd)
      deletes.append(KeyRange(start: Array(request.key), end: end.isEmpty ? .single : .below(end)))
    }
    for case .requestTxn(let nested) in operations.lazy.compactMap(\.request) {
      let success = try Writes(of: nested.success)
      let failure = try Writes(of: nested.failure)
      for key in success.puts { try add(key) }
      for key in failure.puts where !success.puts.contains(key) { try add(key) }
      deletes += success.deletes + failure.deletes
    }
    for case .requestPut(let request) in operations.lazy.compactMap(\.request) { try add(request.key) }
  }

  private mutating func add(_ key: Data) throws(EtcdError) {
    let isDeleted = deletes.contains { range in key.withUnsafeBytes { range.contains($0) } }
    if isDeleted || !puts.insert(key).inserted { throw .duplicateKey }
  }
}
