import EtcdAPI
import EtcdState
import Foundation
import Testing

@Suite struct TxnTests {
  @Test("A transaction takes one branch, and is one revision")
  func branches() throws {
    var state = ClusterState()
    try state.put("a", "1")
    let request = TxnRequest(
      [.version("a", .equal, 1)], [.put("a", "2"), .put("b"), .range("a", "c")], else: [.put("c")])
    let response = try state.txn(request)
    #expect(response.succeeded)
    #expect(response.header.revision == 3)
    #expect(response.responses[2].responseRange.texts == ["a=2", "b="])
    #expect(response.responses.allSatisfy { $0.responsePut.header.revision == 3 || $0.responseRange.count == 2 })
    #expect(try state.txn(request).succeeded == false)
    #expect(try state.texts == ["a=2", "b=", "c="])
  }

  @Test("Nested compares are decided on the state before the transaction")
  func nested() throws {
    var state = ClusterState()
    let inner = TxnRequest([.version("a", .equal, 0)], [.put("b", "inner saw no a")], else: [.put("b", "inner saw a")])
    let response = try state.txn(TxnRequest([], [.put("a"), .txn(inner)]))
    #expect(response.responses[1].responseTxn.succeeded)
    #expect(try state.texts == ["a=", "b=inner saw no a"])
    #expect(state.store.revision == 2)
  }

  @Test("A value that does not exist equals nothing and differs from nothing")
  func absentValue() throws {
    var state = ClusterState()
    #expect(try state.txn(TxnRequest([.value("a", .equal, "")], [])).succeeded == false)
    #expect(try state.txn(TxnRequest([.value("a", .notEqual, "x")], [])).succeeded == false)
    #expect(try state.txn(TxnRequest([.version("a", .less, 1)], [])).succeeded)
  }

  @Test("A transaction that cannot run as a whole changes nothing")
  func atomicity() throws {
    var state = ClusterState()
    try state.put("a", "1")
    let before = state
    #expect(throws: EtcdError.leaseNotFound) { try state.txn(TxnRequest([], [.put("b"), .put("c", lease: 7)])) }
    let keepsValue = RequestOp.with {
      $0.requestPut = PutRequest("absent")
      $0.requestPut.ignoreValue = true
    }
    #expect(throws: EtcdError.keyNotFound) { try state.txn(TxnRequest([], [.put("b"), keepsValue])) }
    var future = RequestOp.range("a")
    future.requestRange.revision = 9
    #expect(throws: EtcdError.self) { try state.txn(TxnRequest([], [.put("b"), future])) }

    // What a put relies on is there when the transaction is checked, and deleted by a sibling before it runs.
    var keepsA = RequestOp.put("a")
    keepsA.requestPut.ignoreValue = true
    let siblings = TxnRequest([], [.txn(TxnRequest([], [.put("b"), .delete("a")])), .txn(TxnRequest([], [keepsA]))])
    #expect(throws: EtcdError.keyNotFound) { try state.txn(siblings) }

    #expect(try state.texts == before.texts)
    #expect(state.store.revision == before.store.revision)
    #expect(try state.store.hash() == before.store.hash())
  }

  @Test("A transaction that only reads needs no log, and answers the same")
  func readOnly() throws {
    var state = ClusterState()
    try state.put("a", "1")
    let request = TxnRequest([.version("a", .greater, 0)], [.range("a")], else: [])
    #expect(request.isReadOnly)
    #expect(!TxnRequest([], [.range("a")], else: [.put("a")]).isReadOnly)
    #expect(try state.readOnlyTxn(request) == state.txn(request))
  }
}
