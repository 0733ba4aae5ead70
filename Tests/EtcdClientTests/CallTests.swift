import EtcdAPI
import EtcdClient
import Foundation
import TestSupport
import Testing

@Suite("Calls, against real etcd", .timeLimit(.minutes(2)))
struct CallTests {
  @Test("Keys are written, read, deleted and changed in transactions", arguments: RealEtcd.installed)
  func keys(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientURL)
    let put = try await etcd.put(PutRequest("a", "1"))
    #expect(put.header.revision == 2)
    #expect(try await etcd.range(RangeRequest("a")).values == ["1"])

    var txn = TxnRequest()
    txn.compare = [
      .with {
        $0.key = Data("a".utf8)
        $0.target = .version
        $0.version = 1
      }
    ]
    txn.success = [.with { $0.requestPut = PutRequest("a", "2") }]
    #expect(try await etcd.txn(txn).succeeded)
    #expect(try await etcd.txn(txn).succeeded == false)

    let deleted = try await etcd.deleteRange(.with { $0.key = Data("a".utf8) })
    #expect(deleted.deleted == 1)
    #expect(try await etcd.compact(.with { $0.revision = 3 }).header.revision == 4)
    await etcd.close()
  }

  @Test("Leases are granted, renewed, looked at, listed and revoked", arguments: RealEtcd.installed)
  func leases(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientAddress)
    let lease = try await etcd.leaseGrant(.with { $0.ttl = 100 })
    #expect(lease.ttl == 100)
    _ = try await etcd.put(PutRequest("leased", "1", lease: lease.id))
    #expect(try await etcd.leaseKeepAlive(.with { $0.id = lease.id }).ttl == 100)
    let left = try await etcd.leaseTimeToLive(
      .with {
        $0.id = lease.id
        $0.keys = true
      })
    #expect(left.grantedTtl == 100)
    #expect(left.keys == [Data("leased".utf8)])
    #expect(try await etcd.leaseLeases(LeaseLeasesRequest()).leases.map(\.id) == [lease.id])
    _ = try await etcd.leaseRevoke(.with { $0.id = lease.id })
    #expect(try await etcd.range(RangeRequest("leased")).values == [])
    #expect(try await etcd.leaseKeepAlive(.with { $0.id = lease.id }).ttl == 0)
  }

  @Test("Members are listed, added, updated and removed", arguments: RealEtcd.installed)
  func members(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientAddress)
    #expect(try await etcd.memberList(MemberListRequest()).members.map(\.name) == ["node-a"])
    let added = try await etcd.memberAdd(
      .with {
        $0.peerUrls = ["http://127.0.0.1:1"]
        $0.isLearner = true
      })
    // etcd drops a change, and never answers, while it has not put the one before behind it.
    etcd.commandTimeout = .seconds(2)
    var updated: MemberUpdateResponse?
    while updated == nil {
      updated = try? await etcd.memberUpdate(
        .with {
          $0.id = added.member.id
          $0.peerUrls = ["http://127.0.0.1:2"]
        })
    }
    #expect(updated?.members.count == 2)
    let promoting = await failure { () async throws(EtcdError) in
      try await etcd.memberPromote(.with { $0.id = added.member.id })
    }
    #expect(promoting?.message == "etcdserver: can only promote a learner member which is in sync with leader")
    while try await etcd.memberList(MemberListRequest()).members.count == 2 {
      _ = try? await etcd.memberRemove(.with { $0.id = added.member.id })
    }
  }

  @Test("A member is asked for its status, hash, alarms, and told to defragment", arguments: RealEtcd.installed)
  func maintenance(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientAddress)
    let status = try await etcd.status(StatusRequest(), at: server.clientURL)
    #expect(status.version.hasPrefix(release.rawValue))
    #expect(status.leader == status.header.memberID)
    let hash = try await etcd.hashKV(HashKVRequest(), at: server.clientURL)
    #expect(hash.hash != 0)
    _ = try await etcd.defragment(DefragmentRequest(), at: server.clientURL)
    #expect(try await etcd.alarm(AlarmRequest()).alarms.isEmpty)
    #expect(try await etcd.range(RangeRequest("health"), at: server.clientURL).count == 0)
  }

  @Test("Leadership moves, whichever member is asked", .needsEtcd35)
  func leadership() async throws {
    let members = try await RealEtcd.startCluster(of: 3)
    let endpoints = members.map(\.clientURL)
    for first in endpoints {
      let etcd = try RemoteEtcd(first)
      let status = try await etcd.status(StatusRequest(), at: first)
      let all = try await etcd.memberList(MemberListRequest()).members
      let other = try #require(all.first { $0.id != status.leader })
      _ = try await etcd.moveLeader(.with { $0.targetID = other.id })
      #expect(try await etcd.status(StatusRequest(), at: first).leader == other.id)
    }
  }

  @Test("A snapshot streams the whole backend file and its hash", arguments: RealEtcd.installed)
  func snapshot(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientAddress)
    for index in 0..<20 { _ = try await etcd.put(PutRequest("k\(index)", String(repeating: "v", count: 100_000))) }
    let folder = TemporaryFolder()
    var file = Data()
    var remaining: UInt64?
    for try await chunk in try await etcd.snapshot(SnapshotRequest(), at: server.clientURL) {
      file += chunk.blob
      remaining = chunk.remainingBytes
    }
    #expect(remaining == 0)
    #expect(file.count % 512 == 32)
    try file.write(to: URL(fileURLWithPath: folder.file("db")))
    let checked = try await server.etcdctl("snapshot", "status", folder.file("db"))
    #expect(checked.status == 0, "\(checked)")
  }

  @Test("A message of ten megabytes is refused by the server, with the way out", arguments: RealEtcd.installed)
  func tooLarge(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientAddress)
    let error = await failure { () async throws(EtcdError) in
      try await etcd.put(PutRequest("big", String(repeating: "v", count: 1_600_000)))
    }
    #expect(error?.message == "etcdserver: request is too large")
    #expect(error?.remedy != nil)
    let larger = await failure { () async throws(EtcdError) in
      try await etcd.put(PutRequest("big", String(repeating: "v", count: 10_000_000)))
    }
    #expect(larger?.code == .resourceExhausted)
    #expect(larger?.remedy != nil)
  }

  @Test("Many calls at once share one connection")
  func concurrentCalls() async throws {
    try #require(RealEtcd.is35Installed)
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientAddress)
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<50 {
        group.addTask {
          for index in 0..<20 {
            let answer = try? await etcd.put(PutRequest("\(task)/\(index)", "v"))
            #expect(answer != nil)
          }
        }
      }
    }
    let all = try await etcd.range(
      .with {
        $0.key = Data([0])
        $0.rangeEnd = Data([0])
        $0.countOnly = true
      })
    #expect(all.count == 1000)
  }

  @Test("A cancelled task ends its call", .needsEtcd35)
  func cancellation() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientAddress)
    _ = try await etcd.put(PutRequest("a", "1"))
    server.freeze()
    let task = Task { await failure { () async throws(EtcdError) in try await etcd.put(PutRequest("a", "2")) } }
    task.cancel()
    #expect(await task.value == EtcdError(.cancelled, "context canceled"))
    server.thaw()
    #expect(try await etcd.range(RangeRequest("a")).count == 1)
  }

  @Test("After close every call says that it is closed", .needsEtcd35)
  func closed() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientAddress)
    _ = try await etcd.put(PutRequest("a", "1"))
    await etcd.close()
    let error = await failure { () async throws(EtcdError) in try await etcd.put(PutRequest("a", "1")) }
    #expect(error?.message == "the connection to etcd was closed by this program")
    let named = await failure { () async throws(EtcdError) in
      try await etcd.status(StatusRequest(), at: server.clientURL)
    }
    #expect(named?.message == error?.message)
  }

  @Test("A task that runs on the client's own thread makes its calls there", .needsEtcd35)
  func preferredExecutor() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientAddress)
    try await withTaskExecutorPreference(etcd.preferredExecutor) {
      let watch = try await etcd.watch(WatchCreateRequest(prefix: "/"))
      _ = try await watch.responses.next()
      for index in 0..<50 { _ = try await etcd.put(PutRequest("/a", "\(index)")) }
      var seen = 0
      while seen < 50 { seen += try await watch.responses.next()?.events.count ?? 50 }
      #expect(seen == 50)
    }
  }

  @Test("A socket file is as good as a port", .needsEtcd35)
  func socketFile() async throws {
    let server = try await RealEtcd.start()
    let folder = TemporaryFolder()
    let relay = try await Relay(to: server.clientPort, at: folder.file("etcd.sock"))
    let etcd = try RemoteEtcd("unix://\(folder.file("etcd.sock"))")
    _ = try await etcd.put(PutRequest("a", "1"))
    #expect(try await etcd.range(RangeRequest("a")).values == ["1"])
    try await relay.cut()
  }
}
