import EtcdAPI
import EtcdState

extension EtcdNode {
  public func range(_ request: RangeRequest) async throws(EtcdError) -> RangeResponse {
    try request.validate()
    var response: RangeResponse
    if request.isShort {
      if Task.isCancelled { throw .cancelledByCaller }
      response = try core.withLock { core throws(EtcdError) in
        if core.isClosed { throw .stopped }
        return try core.state.range(request)
      }
    } else {
      response = try snapshot().range(request)
    }
    fill(&response.header)
    return response
  }

  public func range(_ request: RangeRequest, at endpoint: String) async throws(EtcdError) -> RangeResponse {
    try await range(request)
  }

  public func put(_ request: PutRequest) async throws(EtcdError) -> PutResponse {
    try request.validate()
    try checkSize(request.key.count + request.value.count)
    guard case .put(var response) = try await propose(.put(request)) else { preconditionFailure("a put answers a put") }
    fill(&response.header)
    return response
  }

  public func deleteRange(_ request: DeleteRangeRequest) async throws(EtcdError) -> DeleteRangeResponse {
    try request.validate()
    guard case .deleteRange(var response) = try await propose(.deleteRange(request)) else {
      preconditionFailure("a delete answers a delete")
    }
    fill(&response.header)
    return response
  }

  public func txn(_ request: TxnRequest) async throws(EtcdError) -> TxnResponse {
    try request.validate()
    try checkSize(request.approximateByteCount)
    var response: TxnResponse
    if request.isReadOnly {
      response = try snapshot().readOnlyTxn(request)
    } else {
      guard case .txn(let reply) = try await propose(.txn(request)) else {
        preconditionFailure("a transaction answers a transaction")
      }
      response = reply
    }
    fill(&response.header)
    return response
  }

  public func compact(_ request: CompactionRequest) async throws(EtcdError) -> CompactionResponse {
    guard case .compaction(var response) = try await propose(.compaction(request)) else {
      preconditionFailure("a compaction answers a compaction")
    }
    fill(&response.header)
    return response
  }

  /// etcd refuses what would make a log entry larger than its limit.
  private func checkSize(_ byteCount: Int) throws(EtcdError) {
    // What an entry has besides keys and values.
    let framing = 64
    if byteCount + framing > NodeConfiguration.maximumRequestBytes {
      throw .requestTooLarge(byteCount: byteCount + framing)
    }
  }
}

extension RangeRequest {
  /// Whether answering takes microseconds, however many keys there are: one key, or a few of a range as it is now.
  fileprivate var isShort: Bool {
    if rangeEnd.isEmpty { return true }
    let isFiltered =
      minModRevision != 0 || maxModRevision != 0 || minCreateRevision != 0 || maxCreateRevision != 0
    return revision == 0 && sortOrder == .none && sortTarget == .key && !isFiltered
      && (countOnly || (1...100).contains(limit))
  }
}

extension TxnRequest {
  /// Bytes of keys and values, and a little for each operation.
  fileprivate var approximateByteCount: Int {
    let perOperation = 8
    var total = compare.reduce(0) { $0 + $1.key.count + $1.value.count + perOperation }
    for operation in success + failure {
      total += perOperation
      switch operation.request {
      case .requestPut(let put): total += put.key.count + put.value.count
      case .requestDeleteRange(let deleteRange): total += deleteRange.key.count + deleteRange.rangeEnd.count
      case .requestRange(let range): total += range.key.count + range.rangeEnd.count
      case .requestTxn(let nested): total += nested.approximateByteCount
      case nil: break
      }
    }
    return total
  }
}
