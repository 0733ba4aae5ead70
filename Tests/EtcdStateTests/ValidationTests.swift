import EtcdAPI
import EtcdState
import Foundation
import Testing

@Suite struct ValidationTests {
  @Test("A request without a key is refused")
  func keys() {
    #expect(throws: EtcdError.emptyKey) { try RangeRequest("").validate() }
    #expect(throws: EtcdError.emptyKey) { try PutRequest("").validate() }
    #expect(throws: EtcdError.emptyKey) { try DeleteRangeRequest("").validate() }
    #expect(throws: EtcdError.emptyKey) { try TxnRequest([.version("", .equal, 1)], []).validate() }
    #expect(throws: EtcdError.keyNotFound) { try TxnRequest([], [RequestOp()]).validate() }
  }

  @Test("A put that keeps the value or the lease must not bring one")
  func keeping() {
    var put = PutRequest("a", "1")
    put.ignoreValue = true
    #expect(throws: EtcdError.valueProvided) { try put.validate() }
    put.value = Data()
    #expect(throws: Never.self) { try put.validate() }
    put.ignoreLease = true
    put.lease = 5
    #expect(throws: EtcdError.leaseProvided) { try put.validate() }
  }

  @Test("Sort options that etcd does not know are refused")
  func sorting() {
    var range = RangeRequest("a")
    range.sortTarget = .UNRECOGNIZED(9)
    #expect(throws: EtcdError.invalidSortOption) { try range.validate() }
  }

  @Test("A transaction has so many operations at most, and a nested one what its parent leaves over")
  func operations() {
    func puts(_ count: Int) -> [RequestOp] { (0..<count).map { .put("k\($0)") } }
    #expect(throws: Never.self) { try TxnRequest([], puts(128)).validate() }
    #expect {
      try TxnRequest([], puts(129)).validate()
    } throws: {
      ($0 as! EtcdError).message == EtcdError.tooManyOps.message
    }
    #expect(throws: Never.self) { try TxnRequest([], [.txn(TxnRequest([], puts(127)))]).validate() }
    #expect(throws: EtcdError.self) { try TxnRequest([], [.txn(TxnRequest([], puts(128)))]).validate() }
    #expect(throws: EtcdError.self) { try TxnRequest([], puts(4)).validate(maxOperations: 3) }
    #expect(throws: Never.self) { try TxnRequest([], puts(129)).validate(maxOperations: 129) }
  }

  @Test(
    "No key is put twice, or put and deleted",
    arguments: [
      [.put("a"), .put("a")],
      [.put("a"), .delete("a")],
      [.delete("a", "c"), .put("b")],
      [.txn(TxnRequest([], [.put("a")])), .put("a")],
      [.txn(TxnRequest([], [.put("a")])), .txn(TxnRequest([], [], else: [.put("a")]))],
      [.txn(TxnRequest([], [.delete("a", "c")])), .put("b")],
    ] as [[RequestOp]])
  func overlaps(operations: [RequestOp]) {
    #expect(throws: EtcdError.duplicateKey) { try TxnRequest([], operations).validate() }
    #expect(throws: EtcdError.duplicateKey) { try TxnRequest([], [], else: operations).validate() }
  }

  @Test("Branches exclude each other, so both may put a key")
  func branches() {
    #expect(throws: Never.self) { try TxnRequest([], [.put("a")], else: [.put("a")]).validate() }
    #expect(throws: Never.self) {
      try TxnRequest([], [.txn(TxnRequest([], [.put("a")], else: [.put("a")])), .put("b")]).validate()
    }
  }
}

extension TxnRequest {
  /// As a node does that was told nothing else.
  fileprivate func validate() throws(EtcdError) { try validate(maxOperations: 128) }
}
