import EtcdAPI
import EtcdClient
import Foundation
import TestSupport
import Testing

@Suite("Watches, against real etcd", .timeLimit(.minutes(2)))
struct WatchTests {
  /// The values that a watch brings, up to and with `last`.
  private func values(of watch: WatchStream, until last: String) async throws -> [String] {
    var values: [String] = []
    for try await response in watch.responses {
      values += response.values
      if values.last == last { break }
    }
    return values
  }

  @Test("A watch brings history, then what comes", arguments: RealEtcd.installed)
  func historyAndPresent(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientURL)
    for value in ["1", "2"] { _ = try await etcd.put(PutRequest("/a", value)) }
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/", from: 2))
    #expect(try await watch.responses.next()?.created == true)
    #expect(try await values(of: watch, until: "2") == ["1", "2"])
    _ = try await etcd.put(PutRequest("/b", "3"))
    #expect(try await values(of: watch, until: "3") == ["3"])
    try await watch.requestProgress()
    let progress = try await watch.responses.next()
    #expect(progress?.events.isEmpty == true)
    #expect(progress?.header.revision == 4)
    watch.cancel()
    #expect(try await watch.responses.next() == nil)
  }

  @Test(
    "A watch misses nothing and repeats nothing while its server is stopped and killed under writes",
    arguments: RealEtcd.installed)
  func restarts(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientURL)
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/"))
    etcd.commandTimeout = .seconds(2)
    let reader = Task { try await values(of: watch, until: "last") }
    let writer = Task {
      var index = 0
      while !Task.isCancelled {
        // A write that fails with its connection may or may not have taken place.
        _ = try? await etcd.put(PutRequest("/\(index % 7)", "\(index)"))
        index += 1
      }
    }
    for round in 0..<3 {
      let target = try await latest(server) + 200
      while try await latest(server) < target { try await Task.sleep(for: .milliseconds(5)) }
      if round == 1 { server.kill() } else { server.stop() }
      try await server.restart()
    }
    writer.cancel()
    await writer.value
    etcd.commandTimeout = .seconds(60)
    _ = try await etcd.put(PutRequest("/end", "last"))
    let seen = try await reader.value

    let truth = try await RemoteEtcd(server.clientURL).watch(WatchCreateRequest(prefix: "/", from: 1))
    let written = try await values(of: truth, until: "last")
    #expect(seen.count > 600)
    #expect(seen == written)
  }

  private func latest(_ server: RealEtcd) async throws -> Int64 {
    try await RemoteEtcd(server.clientURL).status(StatusRequest(), at: server.clientURL).header.revision
  }

  @Test("A watch moves to another member when its own dies", .needsEtcd35)
  func failover() async throws {
    let members = try await RealEtcd.startCluster(of: 3)
    let etcd = try RemoteEtcd(members[0].clientURL, members[1].clientURL, members[2].clientURL)
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/"))
    let other = try RemoteEtcd(members[1].clientURL)
    _ = try await other.put(PutRequest("/a", "1"))
    #expect(try await values(of: watch, until: "1") == ["1"])
    members[0].kill()
    let dead = try await other.memberList(MemberListRequest()).members.first { $0.name == "node-a" }?.id
    var leader: UInt64? = 0
    while leader == 0 || leader == dead {
      leader = try await other.status(StatusRequest(), at: members[1].clientURL).leader
    }
    _ = try await other.put(PutRequest("/a", "2"))
    _ = try await other.put(PutRequest("/a", "3"))
    #expect(try await values(of: watch, until: "3") == ["2", "3"])
  }

  @Test("A watch leaves a member that is cut off from its leader", .needsEtcd35)
  func withoutLeader() async throws {
    let members = try await RealEtcd.startCluster(of: 2)
    let single = try await RealEtcd.start()
    // The first endpoint's cluster loses its quorum; the second is another cluster that still has one.
    let etcd = try RemoteEtcd(members[0].clientURL, single.clientURL)
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/", from: 2))
    members[1].kill()
    _ = try await RemoteEtcd(single.clientURL).put(PutRequest("/a", "from the other"))
    #expect(try await values(of: watch, until: "from the other") == ["from the other"])
  }

  @Test("Compaction of what a watch has still to read ends it with the revision", arguments: RealEtcd.installed)
  func compactionGap(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientURL)
    for index in 0..<5 { _ = try await etcd.put(PutRequest("/a", "\(index)")) }
    _ = try await etcd.compact(.with { $0.revision = 5 })
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/", from: 2))
    var last: WatchResponse?
    while let response = try await watch.responses.next() { last = response }
    #expect(last?.canceled == true)
    #expect(last?.compactRevision == 5)
  }

  @Test("Compaction while a watch was disconnected ends it with the revision", .needsEtcd35)
  func compactionWhileAway() async throws {
    let server = try await RealEtcd.start()
    let proxy = try await Relay(to: server.clientPort)
    let etcd = try RemoteEtcd("127.0.0.1:\(proxy.port)")
    let direct = try RemoteEtcd(server.clientURL)
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/"))
    #expect(try await watch.responses.next()?.created == true)
    try await proxy.cut()
    for index in 0..<5 { _ = try await direct.put(PutRequest("/a", "\(index)")) }
    _ = try await direct.compact(.with { $0.revision = 5 })
    proxy.mend()
    let last = try await watch.responses.next()
    #expect(last?.canceled == true)
    #expect(last?.compactRevision == 5)
    #expect(try await watch.responses.next() == nil)
  }

  @Test("Large transactions come whole in fragments", .needsEtcd35)
  func fragments() async throws {
    let server = try await RealEtcd.start(.v35, .init(arguments: ["--max-request-bytes", "10000000"]))
    let etcd = try RemoteEtcd(server.clientURL)
    var request = WatchCreateRequest(prefix: "/")
    request.fragment = true
    let watch = try await etcd.watch(request)
    #expect(try await watch.responses.next()?.created == true)
    var txn = TxnRequest()
    txn.success = (0..<100).map { index in
      .with { $0.requestPut = PutRequest("/\(index)", String(repeating: "v", count: 90_000)) }
    }
    _ = try await etcd.txn(txn)
    let response = try await watch.responses.next()
    #expect(response?.events.count == 100)
    #expect(response?.fragment == false)
  }

  @Test("A slow reader gets everything, and memory is not where it waits", .needsEtcd35)
  func slowReader() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientURL)
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/"))
    for index in 0..<400 {
      _ = try await etcd.put(PutRequest("/a", "\(index)" + String(repeating: "v", count: 20_000)))
    }
    _ = try await etcd.put(PutRequest("/a", "last"))
    #expect(try await values(of: watch, until: "last").count == 401)
  }

  @Test("A cancelled reader throws, and the next one reads on", .needsEtcd35)
  func cancelledReader() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientURL)
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/"))
    #expect(try await watch.responses.next()?.created == true)
    let reader = Task { await failure { () async throws(EtcdError) in try await watch.responses.next() } }
    reader.cancel()
    #expect(await reader.value?.code == .cancelled)
    _ = try await etcd.put(PutRequest("/a", "1"))
    #expect(try await values(of: watch, until: "1") == ["1"])
  }

  @Test("A watch that is cancelled while its server is away ends", .needsEtcd35)
  func cancelledWhileAway() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientURL)
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/"))
    #expect(try await watch.responses.next()?.created == true)
    server.kill()
    let reader = Task { try await watch.responses.next() }
    watch.cancel()
    #expect(try await reader.value == nil)
  }
}
