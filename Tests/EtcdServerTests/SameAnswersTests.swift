import EtcdAPI
import EtcdClient
import EtcdServer
import Foundation
import TestSupport
import Testing

/// The embedded node and a real etcd are asked the same, and must answer the same.
@Suite(.timeLimit(.minutes(5))) struct SameAnswersTests {
  @Test(
    "Embedded and real etcd answer a random conversation alike, errors and hashes included",
    arguments: RealEtcd.installed)
  func conversation(release: RealEtcd.Release) async throws {
    let etcd = try await RealEtcd.start(release)
    let real = try RemoteEtcd(RemoteEtcd.Configuration(endpoints: [etcd.clientURL]))
    let node = try EtcdNode.boot()
    var chance = SeededGenerator(seed: TestSeed.make())
    var revision: Int64 = 1
    for step in 0..<1000 {
      let question = Question.random(at: revision, &chance)
      let expected = await question.ask(real)
      let actual = await question.ask(node)
      #expect(actual == expected, "step \(step): \(question)")
      if actual != expected { break }
      revision = max(revision, actual.revision)
    }
    await node.close()
    await real.close()
    etcd.stop()
  }
}

/// What was answered, without what two clusters cannot have in common.
private struct Answer: Equatable {
  var text: String
  var revision: Int64 = 0
}

private enum Question {
  case range(RangeRequest)
  case put(PutRequest)
  case deleteRange(DeleteRangeRequest)
  case txn(TxnRequest)
  case compact(CompactionRequest)
  case leaseGrant(LeaseGrantRequest)
  case leaseRevoke(LeaseRevokeRequest)
  case leaseTimeToLive(LeaseTimeToLiveRequest)
  case hashKV(HashKVRequest)

  func ask(_ etcd: any Etcd) async -> Answer {
    do throws(EtcdError) {
      switch self {
      case .range(let request):
        var response = try await etcd.range(request)
        return Self.answer(response, &response.header)
      case .put(let request):
        var response = try await etcd.put(request)
        return Self.answer(response, &response.header)
      case .deleteRange(let request):
        var response = try await etcd.deleteRange(request)
        return Self.answer(response, &response.header)
      case .txn(let request):
        var response = try await etcd.txn(request)
        return Self.answer(response, &response.header)
      case .compact(let request):
        var response = try await etcd.compact(request)
        return Self.answer(response, &response.header)
      case .leaseGrant(let request):
        var response = try await etcd.leaseGrant(request)
        return Self.answer(response, &response.header)
      case .leaseRevoke(let request):
        var response = try await etcd.leaseRevoke(request)
        return Self.answer(response, &response.header)
      case .leaseTimeToLive(let request):
        var response = try await etcd.leaseTimeToLive(request)
        // Time passes, and etcd lists the keys in no order.
        if response.ttl > 0 { response.ttl = 1 }
        response.keys.sort { $0.lexicographicallyPrecedes($1) }
        return Self.answer(response, &response.header)
      case .hashKV(let request):
        var response = try await etcd.hashKV(request, at: etcd.endpoints[0])
        return Self.answer(response, &response.header)
      }
    } catch {
      return Answer(text: "\(error.code) \(error.message)")
    }
  }

  private static func answer<Response>(_ response: Response, _ header: inout ResponseHeader) -> Answer {
    let revision = header.revision
    return Answer(text: "\(response)".withoutIdentity, revision: revision)
  }
}

extension String {
  /// The text without the lines in which two clusters differ.
  fileprivate var withoutIdentity: String {
    split(separator: "\n").filter { line in
      !["cluster_id", "member_id", "raft_term"].contains { line.contains($0) }
    }.joined(separator: "\n")
  }
}

// MARK: Chance

extension Question {
  static func random(at revision: Int64, _ chance: inout SeededGenerator) -> Question {
    switch Int.random(in: 0..<100, using: &chance) {
    case 0..<25: return .put(put(&chance))
    case 25..<33: return .deleteRange(deleteRange(&chance))
    case 33..<55: return .range(range(at: revision, &chance))
    case 55..<80:
      let request = txn(at: revision, depth: 0, &chance)
      // etcd dies of a put that is to keep what has just been deleted beside it.
      return .txn(request.mayDelete ? request.keepingNothing : request)
    case 80..<83:
      var request = CompactionRequest()
      request.revision = revision - Int64.random(in: -1..<15, using: &chance)
      request.physical = true
      return .compact(request)
    case 83..<86:
      var request = LeaseGrantRequest()
      request.id = Int64.random(in: 1...4, using: &chance)
      request.ttl = [1000, 2000, 9_000_000_000, 9_000_000_001].randomElement(using: &chance)!
      return .leaseGrant(request)
    case 86..<88:
      var request = LeaseRevokeRequest()
      request.id = Int64.random(in: 1...4, using: &chance)
      return .leaseRevoke(request)
    case 88..<92:
      var request = LeaseTimeToLiveRequest()
      request.id = Int64.random(in: 1...4, using: &chance)
      request.keys = .random(using: &chance)
      return .leaseTimeToLive(request)
    default:
      var request = HashKVRequest()
      if Bool.random(using: &chance) { request.revision = revision - Int64.random(in: -1..<15, using: &chance) }
      return .hashKV(request)
    }
  }

  private static func key(_ chance: inout SeededGenerator) -> Data {
    Int.random(in: 0..<60, using: &chance) == 0 ? Data() : Data("k\(Int.random(in: 0..<10, using: &chance))".utf8)
  }

  private static func rangeEnd(_ chance: inout SeededGenerator) -> Data {
    switch Int.random(in: 0..<6, using: &chance) {
    case 0: Data([0])
    case 1: Data("l".utf8)
    case 2: Data("k\(Int.random(in: 0..<10, using: &chance))".utf8)
    default: Data()
    }
  }

  private static func put(_ chance: inout SeededGenerator) -> PutRequest {
    var request = PutRequest()
    request.key = key(&chance)
    let rarely = { (chance: inout SeededGenerator) in Int.random(in: 0..<8, using: &chance) == 0 }
    request.ignoreValue = rarely(&chance)
    request.ignoreLease = rarely(&chance)
    if !request.ignoreValue || rarely(&chance) {
      request.value = Data("v\(Int.random(in: 0..<30, using: &chance))".utf8)
    }
    if !request.ignoreLease && Int.random(in: 0..<3, using: &chance) == 0 || rarely(&chance) {
      request.lease = Int64.random(in: 1...4, using: &chance)
    }
    request.prevKv = .random(using: &chance)
    return request
  }

  private static func deleteRange(_ chance: inout SeededGenerator) -> DeleteRangeRequest {
    var request = DeleteRangeRequest()
    request.key = key(&chance)
    request.rangeEnd = rangeEnd(&chance)
    request.prevKv = .random(using: &chance)
    return request
  }

  private static func range(at revision: Int64, _ chance: inout SeededGenerator) -> RangeRequest {
    var request = RangeRequest()
    request.key = key(&chance)
    request.rangeEnd = rangeEnd(&chance)
    func sometimes() -> Bool { Int.random(in: 0..<4, using: &chance) == 0 }
    func past() -> Int64 { max(revision - Int64.random(in: -1..<30, using: &chance), 0) }
    if sometimes() { request.revision = past() }
    if sometimes() { request.limit = Int64.random(in: 1..<6, using: &chance) }
    // Only by key: how etcd orders keys that are equal by another target depends on the Go release it was built with.
    if sometimes() { request.sortOrder = RangeRequest.SortOrder.allCases.randomElement(using: &chance)! }
    if sometimes() { request.keysOnly = true }
    if sometimes() { request.countOnly = true }
    if sometimes() { request.minModRevision = past() }
    if sometimes() { request.maxModRevision = past() }
    if sometimes() { request.minCreateRevision = past() }
    if sometimes() { request.maxCreateRevision = past() }
    request.serializable = sometimes()
    return request
  }

  private static func txn(at revision: Int64, depth: Int, _ chance: inout SeededGenerator) -> TxnRequest {
    var request = TxnRequest()
    for _ in 0..<Int.random(in: 0..<3, using: &chance) { request.compare.append(compare(at: revision, &chance)) }
    func operations() -> [RequestOp] {
      (0..<Int.random(in: 0..<4, using: &chance)).map { _ in
        var operation = RequestOp()
        switch Int.random(in: 0..<(depth < 2 ? 14 : 11), using: &chance) {
        case 0..<5: operation.requestPut = put(&chance)
        case 5..<8: operation.requestRange = range(at: revision, &chance)
        case 8..<11: operation.requestDeleteRange = deleteRange(&chance)
        default: operation.requestTxn = txn(at: revision, depth: depth + 1, &chance)
        }
        return operation
      }
    }
    request.success = operations()
    request.failure = operations()
    return request
  }

  private static func compare(at revision: Int64, _ chance: inout SeededGenerator) -> Compare {
    var compare = Compare()
    compare.key = key(&chance)
    if Int.random(in: 0..<4, using: &chance) == 0 { compare.rangeEnd = rangeEnd(&chance) }
    compare.result = Compare.CompareResult.allCases.randomElement(using: &chance)!
    compare.target = Compare.CompareTarget.allCases.randomElement(using: &chance)!
    let recent = max(revision - Int64.random(in: 0..<20, using: &chance), 0)
    switch compare.target {
    case .version: compare.version = Int64.random(in: 0..<5, using: &chance)
    case .create: compare.createRevision = recent
    case .mod: compare.modRevision = recent
    case .value: compare.value = Data("v\(Int.random(in: 0..<30, using: &chance))".utf8)
    case .lease: compare.lease = Int64.random(in: 0..<4, using: &chance)
    case .UNRECOGNIZED: break
    }
    return compare
  }
}

extension TxnRequest {
  fileprivate var mayDelete: Bool {
    (success + failure).contains {
      switch $0.request {
      case .requestDeleteRange, .requestTxn: true
      case .requestPut, .requestRange, nil: false
      }
    }
  }

  /// The transaction with puts that bring all they need.
  fileprivate var keepingNothing: TxnRequest {
    func changed(_ operations: [RequestOp]) -> [RequestOp] {
      operations.map { operation in
        var operation = operation
        switch operation.request {
        case .requestPut:
          operation.requestPut.ignoreValue = false
          operation.requestPut.ignoreLease = false
        case .requestTxn(let nested): operation.requestTxn = nested.keepingNothing
        case .requestRange, .requestDeleteRange, nil: break
        }
        return operation
      }
    }
    var request = self
    request.success = changed(success)
    request.failure = changed(failure)
    return request
  }
}
