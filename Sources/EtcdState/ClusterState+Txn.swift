import EtcdAPI
import MVCC

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ClusterState {
  /// Applies a transaction: all compares, nested ones too, are decided on the state before it; then everything that may
  /// fail is checked; then the operations run as one revision.
  ///
  ///     txn  if A  then [ op, txn if B then … else … ]  else …
  ///     branches, in the order they are met:   A?  B?  …
  mutating func txn(_ request: TxnRequest) throws(EtcdError) -> TxnResponse {
    var branches: [Bool] = []
    decide(request, into: &branches)
    var decided = branches[...]
    let hasIgnoringPut = try check(request, branches: &decided)

    // A nested sibling may delete what an ignoring put relies on; only then can an operation fail midway.
    let before = hasIgnoringPut ? store : nil
    decided = branches[...]
    do throws(EtcdError) {
      var response = try perform(request, branches: &decided)
      response.header.revision = store.readRevision
      return response
    } catch {
      if let before { store = before }
      throw error
    }
  }

  /// Answers a transaction that only reads, without touching the state.
  public func readOnlyTxn(_ request: TxnRequest) throws(EtcdError) -> TxnResponse {
    var copy = self
    return try copy.txn(request)
  }

  // MARK: Deciding

  private func decide(_ request: TxnRequest, into branches: inout [Bool]) {
    let holds = request.compare.allSatisfy(holds)
    branches.append(holds)
    for operation in holds ? request.success : request.failure {
      if case .requestTxn(let nested) = operation.request { decide(nested, into: &branches) }
    }
  }

  private func holds(_ compare: Compare) -> Bool {
    guard let found = try? store.range(KeyRange(key: compare.key, rangeEnd: compare.rangeEnd)).records else {
      return false
    }
    // A value that is not there is no empty value; everything else of an absent key is 0.
    if found.isEmpty { return compare.target != .value && compare.holds(for: nil) }
    return found.allSatisfy { compare.holds(for: $0) }
  }

  // MARK: Checking

  /// Checks the operations of the branches taken: puts first, then ranges, each in order.
  /// - Returns: whether one of them is a put that keeps the old value or lease.
  private func check(_ request: TxnRequest, branches: inout ArraySlice<Bool>) throws(EtcdError) -> Bool {
    var puts: [PutRequest] = []
    var ranges: [RangeRequest] = []
    Self.collect(request, branches: &branches, puts: &puts, ranges: &ranges)
    var hasIgnoringPut = false
    for put in puts {
      if put.ignoreValue || put.ignoreLease {
        hasIgnoringPut = true
        if put.key.withUnsafeBytes({ store.current($0) }) == nil { throw .keyNotFound }
      }
      try checkLease(put.lease)
    }
    for range in ranges where range.revision != 0 {
      if range.revision > store.revision {
        throw EtcdError(RevisionError.future(current: store.revision), wanted: range.revision)
      }
      if range.revision < store.compactedRevision {
        throw EtcdError(RevisionError.compacted(oldest: store.compactedRevision), wanted: range.revision)
      }
    }
    return hasIgnoringPut
  }

  private static func collect(
    _ request: TxnRequest, branches: inout ArraySlice<Bool>, puts: inout [PutRequest], ranges: inout [RangeRequest]
  ) {
    for operation in branches.removeFirst() ? request.success : request.failure {
      switch operation.request {
      case .requestPut(let put): puts.append(put)
      case .requestRange(let range): ranges.append(range)
      case .requestTxn(let nested): collect(nested, branches: &branches, puts: &puts, ranges: &ranges)
      case .requestDeleteRange, nil: break
      }
    }
  }

  // MARK: Performing

  private mutating func perform(
    _ request: TxnRequest, branches: inout ArraySlice<Bool>
  ) throws(EtcdError) -> TxnResponse {
    var response = TxnResponse()
    response.succeeded = branches.removeFirst()
    for operation in response.succeeded ? request.success : request.failure {
      var answer = ResponseOp()
      switch operation.request {
      case .requestRange(let range): answer.responseRange = try self.range(range)
      case .requestPut(let put): answer.responsePut = try self.put(put, checkingLease: false)
      case .requestDeleteRange(let deleteRange): answer.responseDeleteRange = self.deleteRange(deleteRange)
      case .requestTxn(let nested):
        var nestedResponse = try perform(nested, branches: &branches)
        // etcd answers a nested transaction with an empty header.
        nestedResponse.header = ResponseHeader()
        answer.responseTxn = nestedResponse
      case nil: break
      }
      response.responses.append(answer)
    }
    return response
  }
}

extension Compare {
  /// Whether a key satisfies the compare; nil stands for a key that does not exist, whose numbers are all 0.
  func holds(for record: Record?) -> Bool {
    let order: Int
    switch target {
    case .value:
      order = value.withUnsafeBytes { wanted in
        record!.withValue { actual in
          actual.lexicographicallyPrecedes(wanted) ? -1 : actual.elementsEqual(wanted) ? 0 : 1
        }
      }
    case .create: order = Self.order(record?.createRevision, createRevision)
    case .mod: order = Self.order(record?.modRevision, modRevision)
    case .version: order = Self.order(record?.version, version)
    case .lease: order = Self.order(record?.lease, lease)
    // etcd compares nothing then, and finds it equal.
    case .UNRECOGNIZED: order = 0
    }
    switch result {
    case .equal: return order == 0
    case .notEqual: return order != 0
    case .greater: return order > 0
    case .less: return order < 0
    case .UNRECOGNIZED: return true
    }
  }

  private static func order(_ actual: Int64?, _ wanted: Int64) -> Int {
    let actual = actual ?? 0
    return actual < wanted ? -1 : actual == wanted ? 0 : 1
  }
}
