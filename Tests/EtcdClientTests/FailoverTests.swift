import EtcdAPI
import Foundation
import TestSupport
import Testing

@testable import EtcdClient

@Suite("Several endpoints", .timeLimit(.minutes(2)))
struct FailoverTests {
  @Test("With a dead and a silent endpoint before it, the living one serves", .needsEtcd35)
  func oneOfThree() async throws {
    let silent = SilentListener()
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd("127.0.0.1:\(FreePort.pick())", "127.0.0.1:\(silent.port)", server.clientAddress)
    _ = try await etcd.put(PutRequest("a", "1"))
    #expect(try await etcd.range(RangeRequest("a")).values == ["1"])
  }

  @Test("When the member in use dies, the next call goes to another", .needsEtcd35)
  func memberDies() async throws {
    let members = try await RealEtcd.startCluster(of: 3)
    let etcd = try RemoteEtcd(members[0].clientURL, members[1].clientURL, members[2].clientURL)
    _ = try await etcd.put(PutRequest("a", "1"))
    #expect(etcd.connector.live?.endpoint.text == members[0].clientURL)
    members[0].kill()
    #expect(try await etcd.range(RangeRequest("a")).values == ["1"])
    #expect(etcd.connector.live?.endpoint.text != members[0].clientURL)
  }

  @Test("A call waits for a server that restarts", .needsEtcd35)
  func restart() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientURL)
    _ = try await etcd.put(PutRequest("a", "1"))
    server.stop()
    async let answer = etcd.range(RangeRequest("a"))
    try await server.restart()
    #expect(try await answer.values == ["1"])
  }

  @Test("A write outstanding when its connection breaks fails, and says what to do", .needsEtcd35)
  func outstandingWrite() async throws {
    let server = try await RealEtcd.start()
    let etcd = try RemoteEtcd(server.clientURL)
    _ = try await etcd.put(PutRequest("a", "1"))
    server.freeze()
    async let error = failure { () async throws(EtcdError) in try await etcd.put(PutRequest("a", "2")) }
    // The call is on its way once the connection has it; whether or not, it must not hang.
    while etcd.connector.live == nil { await Task.yield() }
    server.kill()
    try await server.restart()
    let seen = await error
    if let seen {
      #expect(seen.message == "the connection to \(server.clientURL) broke before the answer came")
      #expect(seen.remedy == "look whether the write took place before repeating it")
    }
  }

  @Test("Calls that name an endpoint are answered by that member", .needsEtcd35)
  func named() async throws {
    let members = try await RealEtcd.startCluster(of: 3)
    let etcd = try RemoteEtcd(members[0].clientURL)
    var answered: Set<UInt64> = []
    for member in members {
      answered.insert(try await etcd.status(StatusRequest(), at: member.clientURL).header.memberID)
    }
    #expect(answered.count == 3)
    members[2].kill()
    let error = await failure { () async throws(EtcdError) in
      try await etcd.status(StatusRequest(), at: members[2].clientURL)
    }
    #expect(error?.code == .unavailable)
    #expect(error?.description.contains(members[2].clientURL) == true)
  }
}
