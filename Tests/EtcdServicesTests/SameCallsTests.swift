import EtcdAPI
import Foundation
import SwiftProtobuf
import TestSupport
import Testing

/// Real etcd and a node are asked the same, call by call, and must answer the same: responses, headers, codes and texts.
@Suite(.timeLimit(.minutes(5))) struct SameCallsTests {
  @Test("Keys, leases, members and maintenance are answered as etcd 3.5 answers", .needsEtcd35)
  func unary() async throws {
    try await compare { peer in
      var answers: [String] = []
      func ask<Request: Message, Response: Message>(
        _ path: String, _: Request.Type, _ response: Response.Type, _ fill: (inout Request) -> Void = { _ in }
      ) async {
        var request = Request()
        fill(&request)
        answers.append("\(path) \("\(request)".prefix(200)) -> " + (await peer.ask(path, request, response)))
      }
      func put(_ fill: (inout PutRequest) -> Void) async {
        await ask(EtcdMethod.put, PutRequest.self, PutResponse.self, fill)
      }
      func range(_ fill: (inout RangeRequest) -> Void) async {
        await ask(EtcdMethod.range, RangeRequest.self, RangeResponse.self, fill)
      }
      func delete(_ fill: (inout DeleteRangeRequest) -> Void) async {
        await ask(EtcdMethod.deleteRange, DeleteRangeRequest.self, DeleteRangeResponse.self, fill)
      }
      func txn(_ fill: (inout TxnRequest) -> Void) async {
        await ask(EtcdMethod.txn, TxnRequest.self, TxnResponse.self, fill)
      }
      func compact(_ fill: (inout CompactionRequest) -> Void) async {
        await ask(EtcdMethod.compact, CompactionRequest.self, CompactionResponse.self, fill)
      }

      await put { $0.key = "a".data }
      await put {
        $0.key = "a".data
        $0.value = "1".data
        $0.prevKv = true
      }
      await put { _ in }
      await put {
        $0.key = "b".data
        $0.ignoreValue = true
      }
      await put {
        $0.key = "b".data
        $0.value = "x".data
        $0.ignoreValue = true
      }
      await put {
        $0.key = "b".data
        $0.lease = 3
        $0.ignoreLease = true
      }
      await put {
        $0.key = "b".data
        $0.lease = 77
      }
      await put {
        $0.key = "big".data
        $0.value = Data(count: 1_600_000)
      }
      await put {
        $0.key = "bigger".data
        $0.value = Data(count: 3_000_000)
      }
      await range { $0.key = "a".data }
      await range { _ in }
      await range {
        $0.key = "a".data
        $0.revision = 99
      }
      await range {
        $0.key = "a".data
        $0.rangeEnd = "z".data
        $0.limit = 1
        $0.serializable = true
      }
      await range {
        $0.key = "\0".data
        $0.rangeEnd = "\0".data
        $0.countOnly = true
      }
      await range { $0.key = "none".data }
      await delete { $0.key = "none".data }
      await delete { _ in }
      await delete {
        $0.key = "a".data
        $0.prevKv = true
      }
      await txn { _ in }
      await txn { $0.success = [RequestOp()] }
      await txn {
        $0.success = [.with { $0.requestPut.key = "c".data }, .with { $0.requestRange.key = "c".data }]
        $0.failure = [.with { $0.requestDeleteRange.key = "c".data }]
      }
      await txn { $0.success = Array(repeating: .with { $0.requestRange.key = "c".data }, count: 129) }
      await txn { $0.success = Array(repeating: .with { $0.requestPut.key = "c".data }, count: 2) }
      await txn { $0.success = [.with { $0.requestRange.key = "c".data }] }
      await compact { $0.revision = 99 }
      await compact { $0.revision = 3 }
      await compact { $0.revision = 2 }
      await compact {
        $0.revision = 4
        $0.physical = true
      }
      await range {
        $0.key = "a".data
        $0.revision = 2
      }

      func grant(_ fill: (inout LeaseGrantRequest) -> Void) async {
        await ask(EtcdMethod.leaseGrant, LeaseGrantRequest.self, LeaseGrantResponse.self, fill)
      }
      await grant {
        $0.id = 7
        $0.ttl = 100
      }
      await grant {
        $0.id = 7
        $0.ttl = 100
      }
      await grant {
        $0.id = 10
        $0.ttl = 9_000_000_001
      }
      await put {
        $0.key = "leased".data
        $0.lease = 7
      }
      await ask(EtcdMethod.leaseTimeToLive, LeaseTimeToLiveRequest.self, LeaseTimeToLiveResponse.self) {
        $0.id = 55
        $0.keys = true
      }
      await ask(EtcdMethod.leaseRevoke, LeaseRevokeRequest.self, LeaseRevokeResponse.self) { $0.id = 55 }
      await ask(EtcdMethod.leaseRevoke, LeaseRevokeRequest.self, LeaseRevokeResponse.self) { $0.id = 7 }
      await ask(EtcdMethod.leaseRevoke, LeaseRevokeRequest.self, LeaseRevokeResponse.self) { $0.id = 0 }

      await ask(EtcdMethod.memberRemove, MemberRemoveRequest.self, MemberRemoveResponse.self) { $0.id = 5 }
      await ask(EtcdMethod.memberAdd, MemberAddRequest.self, MemberAddResponse.self) { $0.peerUrls = ["x"] }
      await ask(EtcdMethod.memberAdd, MemberAddRequest.self, MemberAddResponse.self)

      func alarm(_ fill: (inout AlarmRequest) -> Void) async {
        await ask(EtcdMethod.alarm, AlarmRequest.self, AlarmResponse.self, fill)
      }
      await alarm { _ in }
      await alarm {
        $0.action = .activate
        $0.memberID = 5
        $0.alarm = .nospace
      }
      await put { $0.key = "full".data }
      await grant { $0.ttl = 100 }
      await delete { $0.key = "full".data }
      await alarm { _ in }
      await alarm {
        $0.action = .deactivate
        $0.memberID = 5
        $0.alarm = .nospace
      }
      await alarm {
        $0.action = .deactivate
        $0.memberID = 5
        $0.alarm = .nospace
      }
      await ask(EtcdMethod.defragment, DefragmentRequest.self, DefragmentResponse.self)
      await ask(EtcdMethod.hashKV, HashKVRequest.self, HashKVResponse.self)
      await ask(EtcdMethod.hashKV, HashKVRequest.self, HashKVResponse.self) { $0.revision = 99 }
      await ask(EtcdMethod.hashKV, HashKVRequest.self, HashKVResponse.self) { $0.revision = 2 }
      await ask(EtcdMethod.moveLeader, MoveLeaderRequest.self, MoveLeaderResponse.self) { $0.targetID = 5 }
      func downgrade(_ action: DowngradeRequest.DowngradeAction, _ version: String) async {
        await ask(EtcdMethod.downgrade, DowngradeRequest.self, DowngradeResponse.self) {
          $0.action = action
          $0.version = version
        }
      }
      await downgrade(.validate, "")
      await downgrade(.validate, "3.4.0")
      await downgrade(.validate, "3.3.0")
      await downgrade(.validate, "x")
      await downgrade(.cancel, "")
      await downgrade(.UNRECOGNIZED(7), "")
      return answers
    }
  }

  @Test("Methods that do not exist and messages that cannot be read are refused as etcd 3.5 refuses them", .needsEtcd35)
  func refusals() async throws {
    try await compare { peer in
      [
        await peer.ask("/etcdserverpb.KV/Get", bytes: []), await peer.ask("/nobody.KV/Get", bytes: []),
        await peer.ask("/grpc.health.v1.Health/Check", bytes: []),
        await peer.ask("/grpc.health.v1.Health/Check", bytes: [0x0a, 1, 0x61]),
        await peer.ask(EtcdMethod.put, bytes: []),
      ]
    }
  }

  @Test("Locks and elections are answered as etcd 3.5 answers", .needsEtcd35)
  func recipes() async throws {
    try await compare { peer in
      var answers: [String] = []
      func ask<Request: Message, Response: Message>(
        _ path: String, _: Request.Type, _ response: Response.Type, _ fill: (inout Request) -> Void = { _ in }
      ) async {
        var request = Request()
        fill(&request)
        answers.append("\(path) \("\(request)".prefix(200)) -> " + (await peer.ask(path, request, response)))
      }
      for lease in [7, 8] as [Int64] {
        await ask(EtcdMethod.leaseGrant, LeaseGrantRequest.self, LeaseGrantResponse.self) {
          $0.id = lease
          $0.ttl = 1000
        }
      }
      func lock(_ lease: Int64) async {
        await ask(EtcdMethod.lock, LockRequest.self, LockResponse.self) {
          $0.name = "door".data
          $0.lease = lease
        }
      }
      await lock(7)
      await lock(7)
      await lock(55)
      // One waits until the other lets go.
      async let second = peer.ask(
        EtcdMethod.lock,
        LockRequest.with {
          $0.name = "door".data
          $0.lease = 8
        }, LockResponse.self)
      while !(await peer.ask(
        EtcdMethod.range, RangeRequest.with { $0.key = "door/8".data }, RangeResponse.self
      )
      .contains("kvs")) {}
      await ask(EtcdMethod.unlock, UnlockRequest.self, UnlockResponse.self) { $0.key = "door/7".data }
      answers.append(await second)
      await ask(EtcdMethod.unlock, UnlockRequest.self, UnlockResponse.self) { $0.key = "door/7".data }
      await ask(EtcdMethod.unlock, UnlockRequest.self, UnlockResponse.self)

      func campaign(_ lease: Int64, _ value: String) async {
        await ask(EtcdMethod.campaign, CampaignRequest.self, CampaignResponse.self) {
          $0.name = "seat".data
          $0.lease = lease
          $0.value = value.data
        }
      }
      await ask(EtcdMethod.leader, LeaderRequest.self, LeaderResponse.self) { $0.name = "seat".data }
      await campaign(7, "one")
      await campaign(7, "one")
      await campaign(7, "uno")
      await campaign(55, "nobody")
      await ask(EtcdMethod.leader, LeaderRequest.self, LeaderResponse.self) { $0.name = "seat".data }
      await ask(EtcdMethod.proclaim, ProclaimRequest.self, ProclaimResponse.self)
      await ask(EtcdMethod.proclaim, ProclaimRequest.self, ProclaimResponse.self) {
        $0.leader.name = "seat".data
        $0.leader.key = "seat/7".data
        $0.leader.rev = 1
        $0.leader.lease = 7
        $0.value = "wrong".data
      }
      await ask(EtcdMethod.resign, ResignRequest.self, ResignResponse.self)
      await ask(EtcdMethod.resign, ResignRequest.self, ResignResponse.self) {
        $0.leader.name = "seat".data
        $0.leader.key = "seat/7".data
        $0.leader.rev = 1
        $0.leader.lease = 7
      }
      return answers
    }
  }

  @Test("Watches of one stream are answered as etcd 3.5 answers", .needsEtcd35)
  func watches() async throws {
    try await compare { peer in
      func put(_ key: String, _ value: String = "") async {
        _ = await peer.ask(
          EtcdMethod.put,
          PutRequest.with {
            $0.key = key.data
            $0.value = value.data
          }, PutResponse.self)
      }
      func delete(_ key: String) async {
        _ = await peer.ask(
          EtcdMethod.deleteRange, DeleteRangeRequest.with { $0.key = key.data }, DeleteRangeResponse.self)
      }
      let watch = try await RawStream<WatchRequest, WatchResponse>.open(EtcdMethod.watch, on: peer)
      var answers: [String] = []
      func create(_ responses: Int = 1, _ fill: (inout WatchCreateRequest) -> Void) async throws {
        try await watch.send(.with { fill(&$0.createRequest) })
        answers += try await watch.texts(responses)
      }
      func cancel(_ id: Int64) async throws {
        try await watch.send(.with { $0.cancelRequest.watchID = id })
      }
      try await create { $0.key = "a".data }
      try await create {
        $0.key = "a".data
        $0.prevKv = true
      }
      try await create {
        $0.key = "a".data
        $0.watchID = 5
        $0.filters = [.noput]
      }
      try await create {
        $0.key = "b".data
        $0.watchID = 5
      }
      try await create {
        $0.key = "b".data
        $0.rangeEnd = "a".data
      }
      try await create {
        $0.key = "b".data
        $0.rangeEnd = "b".data
        $0.watchID = 9
      }
      await put("a", "1")
      answers += try await watch.texts(2).sorted()
      await put("a", "2")
      answers += try await watch.texts(2).sorted()
      await delete("a")
      answers += try await watch.texts(3).sorted()
      try await cancel(1)
      try await cancel(77)
      answers += try await watch.texts(1)
      try await watch.send(.with { $0.progressRequest = WatchProgressRequest() })
      answers += try await watch.texts(1)
      // IDs go on where they were; one in the future begins when it is reached.
      try await create {
        $0.key = "c".data
        $0.startRevision = 6
      }
      await put("c", "too early")
      await put("c", "in time")
      answers += try await watch.texts(1)
      try await cancel(0)
      try await cancel(2)
      answers += try await watch.texts(2)
      // History, with everything a key went through.
      try await create(2) {
        $0.key = "a".data
        $0.startRevision = 2
        $0.prevKv = true
        $0.filters = [.nodelete]
      }
      try await create(2) {
        $0.key = Data()
        $0.rangeEnd = Data([0])
        $0.startRevision = 1
      }
      _ = await peer.ask(
        EtcdMethod.compact, CompactionRequest.with { $0.revision = 4 }, CompactionResponse.self)
      try await create(2) {
        $0.key = "a".data
        $0.startRevision = 3
      }
      watch.stream.cancel()
      return answers
    }
  }

  @Test("A stream of lease renewals is answered as etcd 3.5 answers", .needsEtcd35)
  func renewals() async throws {
    try await compare { peer in
      let grant = LeaseGrantRequest.with {
        $0.id = 7
        $0.ttl = 500
      }
      var answers = [await peer.ask(EtcdMethod.leaseGrant, grant, LeaseGrantResponse.self)]
      let renewals = try await RawStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>.open(
        EtcdMethod.leaseKeepAlive, on: peer)
      for id in [7, 8, 7] as [Int64] {
        try await renewals.send(.with { $0.id = id })
        answers += try await renewals.texts(1)
      }
      renewals.stream.finish()
      return answers + (try await renewals.texts(1))
    }
  }

  /// Asks a fresh etcd and a fresh node.
  private func compare(_ conversation: (RawPeer) async throws -> [String]) async throws {
    let etcd = try await RealEtcd.start(.v35)
    let real = try await RawPeer.connect(etcd.clientAddress)
    let served = try await ServedNode.start()
    let ours = try await RawPeer.connect(served.address)
    let expected = try await conversation(real)
    let actual = try await conversation(ours)
    for (expected, actual) in zip(expected, actual) { #expect(actual == expected) }
    real.connection.close(graceful: false)
    ours.connection.close(graceful: false)
    try await served.stop()
    etcd.stop()
  }
}

extension String {
  var data: Data { Data(utf8) }
}
