import EtcdAPI
import EtcdServer
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct EtcdNodeTests {
  @Test("A fresh node stands where a fresh etcd does")
  func fresh() async throws {
    let node = try EtcdNode.boot()
    let status = try await node.status(StatusRequest(), at: EtcdNode.endpoint)
    #expect(status.header.clusterID == 14_841_639_068_965_178_418)
    #expect(status.header.memberID == 10_276_657_743_932_975_437)
    #expect(status.header.revision == 1)
    #expect(status.header.raftTerm == 2)
    #expect(status.raftIndex == 4)
    #expect(status.raftAppliedIndex == 4)
    #expect(status.leader == status.header.memberID)
    #expect(status.version == "3.5.1")

    let members = try await node.memberList(MemberListRequest())
    #expect(members.header.revision == 0)
    #expect(members.members.map(\.name) == ["default"])
    #expect(members.members[0].peerUrls == ["http://localhost:2380"])
    #expect(members.members[0].clientUrls == ["http://localhost:2379"])
    await node.close()
  }

  @Test("What is put can be read, with its revisions and versions")
  func putAndGet() async throws {
    let node = try EtcdNode.boot()
    let put = try await node.put(.with(key: "a", value: "1"))
    #expect(put.header.revision == 2)
    _ = try await node.put(.with(key: "a", value: "2"))
    var get = RangeRequest()
    get.key = Data("a".utf8)
    let found = try await node.range(get)
    #expect(found.header.revision == 3)
    #expect(found.count == 1)
    #expect(found.kvs.map(\.value) == [Data("2".utf8)])
    #expect(found.kvs[0].createRevision == 2)
    #expect(found.kvs[0].modRevision == 3)
    #expect(found.kvs[0].version == 2)
    await node.close()
    await #expect(throws: EtcdError.stopped) { try await node.range(get) }
  }

  @Test("A watch tells what happened since its start, then what happens")
  func watch() async throws {
    let node = try EtcdNode.boot()
    _ = try await node.put(.with(key: "a/1", value: "old"))
    var request = WatchCreateRequest()
    request.key = Data("a/".utf8)
    request.rangeEnd = Data("a0".utf8)
    request.startRevision = 2
    request.prevKv = true
    let watch = try await node.watch(request)
    #expect(try await watch.responses.next()?.created == true)
    let history = try #require(try await watch.responses.next())
    #expect(history.events.map(\.kv.value) == [Data("old".utf8)])

    async let next = watch.responses.next()
    _ = try await node.put(.with(key: "b", value: "unseen"))
    _ = try await node.put(.with(key: "a/1", value: "new"))
    let live = try #require(try await next)
    #expect(live.header.revision == 4)
    #expect(live.events.map(\.kv.value) == [Data("new".utf8)])
    #expect(live.events.map(\.prevKv.value) == [Data("old".utf8)])

    try await watch.requestProgress()
    let progress = try #require(try await watch.responses.next())
    #expect(progress.events.isEmpty)
    #expect(progress.header.revision == 4)
    watch.cancel()
    #expect(try await watch.responses.next() == nil)
    await node.close()
  }

  @Test("A watch that waits ends when its task is cancelled, and when the node closes")
  func watchEnds() async throws {
    let node = try EtcdNode.boot()
    var request = WatchCreateRequest()
    request.key = Data("a".utf8)
    let first = try await node.watch(request)
    _ = try await first.responses.next()
    let task = Task { try await first.responses.next() }
    task.cancel()
    await #expect(throws: EtcdError.self) { try await task.value }

    let second = try await node.watch(request)
    _ = try await second.responses.next()
    async let last = second.responses.next()
    await node.close()
    #expect(try await last == nil)
  }

  @Test("A watch whose history was compacted is told so, and ends")
  func compactedWatch() async throws {
    let node = try EtcdNode.boot()
    for value in ["1", "2", "3"] { _ = try await node.put(.with(key: "a", value: value)) }
    var compaction = CompactionRequest()
    compaction.revision = 4
    _ = try await node.compact(compaction)
    var request = WatchCreateRequest()
    request.key = Data("a".utf8)
    request.startRevision = 2
    let watch = try await node.watch(request)
    _ = try await watch.responses.next()
    let last = try #require(try await watch.responses.next())
    #expect(last.canceled)
    #expect(last.compactRevision == 4)
    #expect(try await watch.responses.next() == nil)
    await node.close()
  }

  @Test("An expired lease takes its keys with it, in one revision")
  func leaseExpires() async throws {
    let node = try EtcdNode.boot()
    var grant = LeaseGrantRequest()
    grant.ttl = 1
    let lease = try await node.leaseGrant(grant)
    #expect(lease.ttl == 2)
    for key in ["x", "y"] {
      var put = PutRequest.with(key: key, value: "v")
      put.lease = lease.id
      _ = try await node.put(put)
    }
    var request = WatchCreateRequest()
    request.key = Data([0])
    request.rangeEnd = Data([0])
    let watch = try await node.watch(request)
    _ = try await watch.responses.next()
    let gone = try #require(try await watch.responses.next())
    #expect(gone.events.map(\.type) == [.delete, .delete])
    #expect(gone.events.map(\.kv.key) == [Data("x".utf8), Data("y".utf8)])
    #expect(gone.header.revision == 4)
    let leases = try await node.leaseLeases(LeaseLeasesRequest())
    #expect(leases.leases.isEmpty)
    await node.close()
  }
}

extension PutRequest {
  static func with(key: String, value: String) -> PutRequest {
    var request = PutRequest()
    request.key = Data(key.utf8)
    request.value = Data(value.utf8)
    return request
  }
}
