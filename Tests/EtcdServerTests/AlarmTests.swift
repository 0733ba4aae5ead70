import EtcdAPI
import EtcdClient
import EtcdServer
import Foundation
import TestSupport
import Testing

/// What is allowed while an alarm is raised: asked of a real etcd and of ours, in the same words.
@Suite(.timeLimit(.minutes(5))) struct AlarmTests {
  static let quota: Int64 = 400_000

  @Test("A full database refuses what would add to it, until it is emptied and the alarm disarmed; as etcd does")
  func noSpace() async throws {
    let etcd = try await RealEtcd.start(.v35, .init(arguments: ["--quota-backend-bytes=\(Self.quota)"]))
    let real = try RemoteEtcd(RemoteEtcd.Configuration(endpoints: [etcd.clientURL]))
    let expected = try await Self.fill(real)
    await real.close()
    etcd.stop()

    let folder = TemporaryFolder("etch-quota")
    for durability in [NodeConfiguration.Durability.inMemory, .folder(folder.path)] {
      var configuration = NodeConfiguration(durability)
      configuration.quotaBackendBytes = Self.quota
      let node = try EtcdNode.boot(configuration)
      let told = try await Self.fill(node)
      for (ours, theirs) in zip(told, expected) { #expect(ours == theirs) }
      await node.close()
    }
  }

  @Test("What makes room is let through by a full database")
  func makingRoom() async throws {
    var configuration = NodeConfiguration.inMemory
    configuration.quotaBackendBytes = 1
    let node = try EtcdNode.boot(configuration)
    await #expect(throws: EtcdError.self) { try await node.put(.with(key: "a", value: "1")) }
    // etcd 3.5.1 refuses this too once its file is full; later ones do not.
    _ = try await node.txn(.with { $0.success = [.deleting("b")] })
    _ = try await node.deleteRange(.with { $0.key = Data("a".utf8) })
    await node.close()
  }

  /// - Returns: what befell each request.
  private static func fill(_ etcd: any Etcd) async throws -> [String] {
    var story = Story()
    let endpoint = etcd.endpoints[0]
    let value = String(repeating: "v", count: 10_000)
    var lease = LeaseGrantRequest()
    lease.ttl = 1000
    let granted = try await etcd.leaseGrant(lease)

    var written = 0
    while written < 1000 {
      do throws(EtcdError) {
        _ = try await etcd.put(.with(key: "fill/\(written)", value: value))
        written += 1
      } catch {
        story.add("filling", error)
        break
      }
    }
    // etcd looks at its file's size as it was some writes ago.
    #expect((20...(etcd is EtcdNode ? 39 : 999)).contains(written), "\(written) of 10 kB")

    await story.tell("a put") { try await etcd.put(.with(key: "a", value: "small")) }
    await story.tell("another") { try await etcd.put(.with(key: "a", value: value)) }
    await story.tell("a grant") { try await etcd.leaseGrant(lease) }
    var txn = TxnRequest()
    txn.failure = [.putting("a", value)]
    await story.tell("a transaction with a put in the branch that is not taken") { try await etcd.txn(txn) }
    await story.tell("a revocation") { try await etcd.leaseRevoke(.with { $0.id = granted.id }) }
    await story.tell("a read") { try await etcd.range(.with { $0.key = Data("fill/0".utf8) }) }

    let status = try await etcd.status(StatusRequest(), at: endpoint)
    let member = status.header.memberID
    #expect(status.errors == ["memberID:\(member) alarm:NOSPACE "])
    let raised = try await etcd.alarm(AlarmRequest())
    #expect(raised.alarms == [.with { ($0.memberID, $0.alarm) = (member, .nospace) }])

    let disarming = AlarmRequest.with { ($0.action, $0.memberID, $0.alarm) = (.deactivate, member, .nospace) }
    _ = try await etcd.alarm(disarming)
    await story.tell("a put after a mere disarming") { try await etcd.put(.with(key: "a", value: value)) }
    #expect(try await etcd.alarm(AlarmRequest()).alarms.count == 1, "the alarm is raised again")

    let emptied = try await etcd.deleteRange(
      .with { ($0.key, $0.rangeEnd) = (Data("fill/".utf8), Data("fill0".utf8)) })
    await story.tell("a compaction") {
      try await etcd.compact(.with { ($0.revision, $0.physical) = (emptied.header.revision, true) })
    }
    await story.tell("a defragmentation") { try await etcd.defragment(DefragmentRequest(), at: endpoint) }
    await story.tell("a put before disarming") { try await etcd.put(.with(key: "a", value: value)) }
    _ = try await etcd.alarm(disarming)
    await story.tell("a put after it") { try await etcd.put(.with(key: "a", value: value)) }
    #expect(try await etcd.alarm(AlarmRequest()).alarms.isEmpty)
    return story.lines
  }

  @Test("A corrupt cluster refuses every change and still answers reads; as etcd does")
  func corrupt() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let real = try RemoteEtcd(RemoteEtcd.Configuration(endpoints: [etcd.clientURL]))
    let node = try EtcdNode.boot()
    let expected = try await Self.corrupt(real)
    #expect(try await Self.corrupt(node) == expected)
    #expect(expected.filter { $0.hasSuffix("etcdserver: corrupt cluster") }.count == 6)
    await real.close()
    await node.close()
    etcd.stop()
  }

  private static func corrupt(_ etcd: any Etcd) async throws -> [String] {
    var story = Story()
    let lease = try await etcd.leaseGrant(.with { $0.ttl = 1000 })
    _ = try await etcd.put(.with(key: "a", value: "1"))
    let member = try await etcd.status(StatusRequest(), at: etcd.endpoints[0]).header.memberID
    let raising = AlarmRequest.with { ($0.action, $0.memberID, $0.alarm) = (.activate, member, .corrupt) }
    _ = try await etcd.alarm(raising)
    await story.tell("a put") { try await etcd.put(.with(key: "a", value: "2")) }
    await story.tell("a deletion") { try await etcd.deleteRange(.with { $0.key = Data("a".utf8) }) }
    await story.tell("a transaction") { try await etcd.txn(.with { $0.success = [.putting("a", "3")] }) }
    await story.tell("a compaction") { try await etcd.compact(.with { $0.revision = 2 }) }
    await story.tell("a grant") { try await etcd.leaseGrant(.with { $0.ttl = 1000 }) }
    await story.tell("a revocation") { try await etcd.leaseRevoke(.with { $0.id = lease.id }) }
    await story.tell("a renewal") { try await etcd.leaseKeepAlive(.with { $0.id = lease.id }) }
    await story.tell("a read") { try await etcd.range(.with { $0.key = Data("a".utf8) }) }
    await story.tell("a transaction that reads") { try await etcd.txn(.with { $0.success = [.reading("a")] }) }
    await story.tell("a hash") { try await etcd.hashKV(HashKVRequest(), at: etcd.endpoints[0]) }
    _ = try await etcd.alarm(.with { ($0.action, $0.memberID, $0.alarm) = (.deactivate, member, .corrupt) })
    await story.tell("a put after disarming") { try await etcd.put(.with(key: "a", value: "2")) }
    return story.lines
  }
}

/// What befell requests, in words.
private struct Story {
  var lines: [String] = []

  mutating func tell<Response>(_ what: String, _ request: () async throws -> Response) async {
    do {
      _ = try await request()
      lines.append("\(what): done")
    } catch {
      add(what, error as! EtcdError)
    }
  }

  mutating func add(_ what: String, _ error: EtcdError) { lines.append("\(what): \(error.code) \(error.message)") }
}

extension RequestOp {
  fileprivate static func putting(_ key: String, _ value: String) -> RequestOp {
    .with { $0.requestPut = .with(key: key, value: value) }
  }

  fileprivate static func deleting(_ key: String) -> RequestOp {
    .with { $0.requestDeleteRange.key = Data(key.utf8) }
  }

  fileprivate static func reading(_ key: String) -> RequestOp {
    .with { $0.requestRange.key = Data(key.utf8) }
  }
}
