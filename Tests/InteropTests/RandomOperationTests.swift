import EtcdAPI
import EtcdClient
import Foundation
import SwiftProtobuf
import TestSupport
import Testing

/// The same random requests, sent to real etcd and to ours, get the same answers and leave the same state.
@Suite(.needsEtcd35, .timeLimit(.minutes(5))) struct RandomOperationTests {
  static let count = 10_000

  @Test("10,000 random operations: every answer is etcd's, and so is the hash of the keys at each 100th revision")
  func sameAnswers() async throws {
    let seed = TestSeed.make()
    // Neither waits for the disk: what is asked here is what is answered.
    async let real = RealEtcd.start(.v35, .init(arguments: ["--unsafe-no-fsync"]))
    async let other = RealEtcd.start(
      .v35, .init(arguments: ["--unsafe-no-fsync"], command: Comparison.isControl ? nil : [Program.etch, "serve"]))
    let servers = try await (real, other)
    async let expected = answers(of: servers.0, seed)
    async let actual = answers(of: servers.1, seed)
    let (a, b) = try await (expected, actual)
    #expect(a.hashes > 20)
    #expect(a.texts.count == b.texts.count)
    var generator = RandomOperations(seed: seed)
    for (index, (a, b)) in zip(a.texts, b.texts).enumerated() {
      let operation = generator.next()
      guard a != b else { continue }
      Issue.record("operation \(index + 1): \(operation)\n--- etcd\n\(a)\n--- etch\n\(b)")
      break
    }
  }

  private func answers(of server: RealEtcd, _ seed: UInt64) async throws -> (texts: [String], hashes: Int) {
    let etcd = try RemoteEtcd(RemoteEtcd.Configuration(endpoints: [server.clientURL]))
    var operations = RandomOperations(seed: seed)
    var texts: [String] = []
    var hashes = 0
    var revision: Int64 = 1
    for _ in 0..<Self.count {
      var (text, reached) = await answer(to: operations.next(), etcd)
      if let reached, reached / 100 > revision / 100 {
        hashes += 1
        text += "\nhash at \(reached / 100 * 100): " + (await hash(etcd, at: reached / 100 * 100))
        text += "\nhash: " + (await hash(etcd, at: 0))
      }
      revision = reached ?? revision
      texts.append(text)
    }
    texts.append(await hash(etcd, at: 0))
    await etcd.close()
    return (texts, hashes)
  }

  private func hash(_ etcd: RemoteEtcd, at revision: Int64) async -> String {
    var request = HashKVRequest()
    request.revision = revision
    return await text { () throws(EtcdError) in try await etcd.hashKV(request, at: etcd.endpoints[0]) }.0
  }

  private func answer(to operation: RandomOperations.Operation, _ etcd: RemoteEtcd) async -> (String, Int64?) {
    switch operation {
    case .range(let request):
      await text { () throws(EtcdError) in
        var response = try await etcd.range(request)
        Self.orderTies(of: request.sortTarget, in: &response.kvs)
        return response
      }
    case .put(let request): await text { () throws(EtcdError) in try await etcd.put(request) }
    case .delete(let request): await text { () throws(EtcdError) in try await etcd.deleteRange(request) }
    case .txn(let request): await text { () throws(EtcdError) in try await etcd.txn(request) }
    case .compact(let request): await text { () throws(EtcdError) in try await etcd.compact(request) }
    case .grant(let request): await text { () throws(EtcdError) in try await etcd.leaseGrant(request) }
    case .revoke(let request): await text { () throws(EtcdError) in try await etcd.leaseRevoke(request) }
    case .keepAlive(let request): await text { () throws(EtcdError) in try await etcd.leaseKeepAlive(request) }
    case .timeToLive(let request):
      await text { () throws(EtcdError) in
        var response = try await etcd.leaseTimeToLive(request)
        // What is left of it is a matter of when one asks.
        if response.ttl > 0 { response.ttl = 1 }
        // In etcd they come in an order of chance.
        response.keys.sort { $0.lexicographicallyPrecedes($1) }
        return response
      }
    case .leases:
      await text { () throws(EtcdError) in
        // etcd lists them by how soon they expire, which is a matter of when they were granted.
        var response = try await etcd.leaseLeases(LeaseLeasesRequest())
        response.leases.sort { $0.id < $1.id }
        return response
      }
    }
  }

  /// Puts keys that tie in what they are sorted by in the order of the keys.
  private static func orderTies(of target: RangeRequest.SortTarget, in kvs: inout [KeyValue]) {
    func isTie(_ a: KeyValue, _ b: KeyValue) -> Bool {
      switch target {
      case .version: a.version == b.version
      case .create: a.createRevision == b.createRevision
      case .mod: a.modRevision == b.modRevision
      case .value: a.value == b.value
      default: false
      }
    }
    var start = 0
    while start < kvs.count {
      let end = kvs[start...].firstIndex { !isTie(kvs[start], $0) } ?? kvs.count
      kvs[start..<end].sort { $0.key.lexicographicallyPrecedes($1.key) }
      start = max(end, start + 1)
    }
  }

  /// A response without what is the cluster's own, and the revision that it tells of.
  private func text<Response: Message & HeadedResponse>(
    _ call: () async throws(EtcdError) -> Response
  ) async -> (String, Int64?) {
    do {
      var response = try await call()
      let revision = response.header.revision
      response.header = ResponseHeader.with { $0.revision = revision }
      return ("\(response)", revision)
    } catch {
      return ("\(error.code): \(error.message)", nil)
    }
  }
}
