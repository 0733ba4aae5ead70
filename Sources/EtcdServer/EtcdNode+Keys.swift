import EtcdAPI
import EtcdState

extension EtcdNode {
  public func range(_ request: RangeRequest, by caller: Caller, then: @escaping Completion<RangeResponse>) {
    do throws(EtcdError) { try request.validate() } catch { return then(.failure(error)) }
    metrics.countRange()
    if request.isShort {
      answer(then) { core throws(EtcdError) in try core.state.range(request, by: caller) }
    } else {
      answerBeside(then) { state throws(EtcdError) in try state.range(request, by: caller) }
    }
  }

  public func put(_ request: PutRequest, by caller: Caller, then: @escaping Completion<PutResponse>) {
    do throws(EtcdError) {
      try request.validate()
      try checkSize(request.key.count + request.value.count)
    } catch {
      return then(.failure(error))
    }
    propose(.put(request), by: caller, then: then) { if case .put(let response) = $0 { response } else { nil } }
  }

  public func deleteRange(
    _ request: DeleteRangeRequest, by caller: Caller, then: @escaping Completion<DeleteRangeResponse>
  ) {
    do throws(EtcdError) { try request.validate() } catch { return then(.failure(error)) }
    propose(.deleteRange(request), by: caller, then: then) {
      if case .deleteRange(let response) = $0 { response } else { nil }
    }
  }

  public func txn(_ request: TxnRequest, by caller: Caller, then: @escaping Completion<TxnResponse>) {
    do throws(EtcdError) {
      try request.validate(maxOperations: maxTxnOps)
      try checkSize(request.approximateByteCount)
    } catch {
      return then(.failure(error))
    }
    if request.isReadOnly {
      answerBeside(then) { [metrics] state throws(EtcdError) in
        let response = try state.readOnlyTxn(request, by: caller)
        metrics.count(request, response)
        return response
      }
    } else {
      propose(.txn(request), by: caller, then: then) { if case .txn(let response) = $0 { response } else { nil } }
    }
  }

  /// etcd refuses what would make a log entry larger than its limit.
  private func checkSize(_ byteCount: Int) throws(EtcdError) {
    // What an entry has besides keys and values.
    let framing = 64
    if byteCount + framing > maxRequestBytes {
      throw .requestTooLarge(byteCount: byteCount + framing, limit: maxRequestBytes)
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
