import EtcdAPI
import EtcdClient
import Foundation
import TestSupport
import Testing

@Suite("What can go wrong, and what is said of it", .timeLimit(.minutes(2)))
struct ErrorTests {
  private func get(_ etcd: RemoteEtcd, _ request: RangeRequest = RangeRequest("a")) async -> EtcdError? {
    await failure { () async throws(EtcdError) in try await etcd.range(request) }
  }

  @Test("A dead endpoint is named, without waiting")
  func refused() async throws {
    let port = FreePort.pick()
    let error = await get(try RemoteEtcd("127.0.0.1:\(port)", command: .seconds(600)))
    #expect(error?.code == .unavailable)
    #expect(error?.message == "cannot reach etcd at 127.0.0.1:\(port)")
    #expect(error?.cause == "connection refused: nothing listens there")
    #expect(error?.remedy == "start etcd there, or name the endpoints of a running one with --endpoints")
  }

  @Test("Of several endpoints each is named with its reason")
  func allRefused() async throws {
    let silent = SilentListener()
    let (a, c) = (FreePort.pick(), "no-such-host.invalid")
    let etcd = try RemoteEtcd("127.0.0.1:\(a)", "http://127.0.0.1:\(silent.port)", "\(c):2379") {
      $0.dialTimeout = .milliseconds(300)
    }
    let error = await get(etcd)
    #expect(
      error?.message
        == "cannot reach etcd at any of 127.0.0.1:\(a), http://127.0.0.1:\(silent.port), no-such-host.invalid:2379")
    #expect(
      error?.cause == "127.0.0.1:\(a): connection refused: nothing listens there; "
        + "http://127.0.0.1:\(silent.port): it accepted the connection and then said nothing; "
        + "no-such-host.invalid:2379: the name 'no-such-host.invalid' has no address")
  }

  @Test("A socket file that is not there")
  func noSocket() async throws {
    let error = await get(try RemoteEtcd("unix:///nowhere/etcd.sock"))
    #expect(error?.message == "cannot reach etcd at unix:///nowhere/etcd.sock")
    #expect(error?.cause?.contains("No such file") == true, "\(error as Any)")
  }

  @Test("A port that speaks HTTP/1: peers and metrics", arguments: RealEtcd.installed)
  func metricsPort(release: RealEtcd.Release) async throws {
    let port = FreePort.pick()
    let server = try await RealEtcd.start(
      release, .init(arguments: ["--listen-metrics-urls", "http://127.0.0.1:\(port)"]))
    let error = await get(try RemoteEtcd("127.0.0.1:\(port)"))
    #expect(error?.message == "cannot reach etcd at 127.0.0.1:\(port)")
    #expect(
      error?.cause
        == "it answers HTTP/1 and no gRPC ('HTTP/1.1 400 Bad Request'): a peer or metrics port, or another service")
    #expect(error?.remedy?.contains("not its peer URL (2380) or metrics URL") == true)
    // The peer port of these releases speaks etcd's API as well, as etcdctl finds.
    #expect(await get(try RemoteEtcd("127.0.0.1:\(server.peerPort)")) == nil)
  }

  @Test("A cluster without a leader", arguments: RealEtcd.installed)
  func noLeader(release: RealEtcd.Release) async throws {
    let members = try await RealEtcd.startCluster(of: 2, release)
    let etcd = try RemoteEtcd(members[0].clientURL)
    _ = try await etcd.put(PutRequest("a", "1"))
    members[1].kill()
    while try await etcd.status(StatusRequest(), at: members[0].clientURL).leader != 0 {
      try await Task.sleep(for: .milliseconds(20))
    }
    etcd.commandTimeout = .seconds(3)
    let error = await get(etcd)
    #expect(error?.cause?.contains("no leader") == true, "\(error as Any)")
    #expect(error?.message == "no answer from \(members[0].clientURL) within 3s")
    #expect(error?.remedy != nil)
    #expect(try await etcd.range(RangeRequest("a", serializable: true)).values == ["1"])
    let watch = await failure { () async throws(EtcdError) in try await etcd.watch(WatchCreateRequest(prefix: "/")) }
    #expect(watch?.message == "etcdserver: no leader")
    #expect(watch?.remedy == "start the missing members; see `endpoint status --cluster`")
  }

  @Test("A server that is frozen", arguments: RealEtcd.installed)
  func frozen(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientURL)
    _ = try await etcd.put(PutRequest("a", "1"))
    etcd.commandTimeout = .milliseconds(250)
    server.freeze()
    let read = await get(etcd)
    #expect(read?.code == .deadlineExceeded)
    #expect(read?.message == "no answer from \(server.clientURL) within 0.25s")
    #expect(read?.cause == "the server is connected, but answers nothing: frozen, overloaded or cut off")
    #expect(read?.remedy == "give more time with --command-timeout")
    let write = await failure { () async throws(EtcdError) in try await etcd.put(PutRequest("a", "2")) }
    #expect(write?.remedy?.hasPrefix("look whether the write took place") == true)
    let lease = await failure { () async throws(EtcdError) in try await etcd.leaseKeepAlive(.with { $0.id = 1 }) }
    #expect(lease?.code == .deadlineExceeded)
    let watch = await failure { () async throws(EtcdError) in try await etcd.watch(WatchCreateRequest(prefix: "/")) }
    #expect(watch?.code == .deadlineExceeded)
    server.thaw()
  }

  @Test("A revision that was compacted, with the oldest that is left", arguments: RealEtcd.installed)
  func compacted(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release)
    let etcd = try RemoteEtcd(server.clientURL)
    for index in 0..<9 { _ = try await etcd.put(PutRequest("a", "\(index)")) }
    _ = try await etcd.compact(.with { $0.revision = 7 })
    let error = await get(etcd, RangeRequest("a", revision: 3))
    #expect(error?.code == .outOfRange)
    #expect(error?.message == "etcdserver: mvcc: required revision has been compacted")
    #expect(error?.cause == "the history before revision 7 was compacted away")
    #expect(error?.remedy == "ask for revision 7 or later")
    #expect(try await etcd.range(RangeRequest("a", revision: 7)).count == 1)
    let future = await get(etcd, RangeRequest("a", revision: 99))
    #expect(future?.message == "etcdserver: mvcc: required revision is a future revision")
    #expect(future?.remedy != nil)
  }

  @Test("A store that reached its quota", arguments: RealEtcd.installed)
  func noSpace(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release, .init(arguments: ["--quota-backend-bytes", "300000"]))
    let etcd = try RemoteEtcd(server.clientURL)
    var error: EtcdError?
    for index in 0..<100 where error == nil {
      error = await failure { () async throws(EtcdError) in
        try await etcd.put(PutRequest("\(index)", String(repeating: "v", count: 50_000)))
      }
    }
    #expect(error?.message == "etcdserver: mvcc: database space exceeded")
    #expect(error?.remedy == "make room: `compaction REVISION`, `defrag`, then `alarm disarm`")
  }

  @Test("A lease that is not there", .needsEtcd35)
  func noLease() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientURL)
    let error = await failure { () async throws(EtcdError) in try await etcd.put(PutRequest("a", "1", lease: 99)) }
    #expect(error?.message == "etcdserver: requested lease not found")
    #expect(error?.code == .notFound)
    #expect(error?.remedy != nil)
  }

  @Test("A server that speaks HTTP/2 but is not etcd", .needsNghttpd)
  func notEtcd() async throws {
    let port = FreePort.pick()
    let folder = TemporaryFolder()
    let nothing = open("/dev/null", O_RDWR)
    defer { close(nothing) }
    let server = try Program.spawn(
      "nghttpd", ["--no-tls", "-a", "127.0.0.1", "-d", folder.path, "\(port)"], stdio: (nothing, nothing, nothing))
    defer {
      kill(server, SIGKILL)
      Program.waitForEnd(of: server)
    }
    let etcd = try RemoteEtcd("127.0.0.1:\(port)")
    var error = await get(etcd)
    while error?.cause == "connection refused: nothing listens there" { error = await get(etcd) }
    #expect(error?.message == "127.0.0.1:\(port) is not etcd")
    #expect(error?.remedy == "give a client URL of an etcd server, 3.4 or later")
  }
}
