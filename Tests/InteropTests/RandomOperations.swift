import EtcdAPI
import Foundation
import SwiftProtobuf
import TestSupport

/// Requests as chance has them: the same for the same seed.
struct RandomOperations {
  enum Operation: Sendable {
    case range(RangeRequest)
    case put(PutRequest)
    case delete(DeleteRangeRequest)
    case txn(TxnRequest)
    case compact(CompactionRequest)
    case grant(LeaseGrantRequest)
    case revoke(LeaseRevokeRequest)
    case timeToLive(LeaseTimeToLiveRequest)
    case keepAlive(LeaseKeepAliveRequest)
    case leases
  }

  private var generator: SeededGenerator
  /// About how far the revisions have come.
  private var writes: Int64 = 1
  private static let keys = 200
  private static let leases: ClosedRange<Int64> = 1...30

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func next() -> Operation {
    switch number(1000) {
    case ..<420:
      writes += 1
      return .put(put())
    case ..<520:
      writes += 1
      return .delete(delete())
    case ..<720:
      writes += 1
      return .txn(txn(depth: 2))
    case ..<860: return .range(range(isSorted: true))
    case ..<920:
      var request = LeaseGrantRequest()
      request.id = lease()
      // Long enough that none runs out meanwhile; some too long for etcd.
      request.ttl = chance(30) ? 9_000_000_001 : Int64(3600 + number(1000))
      return .grant(request)
    case ..<940:
      var request = LeaseRevokeRequest()
      request.id = lease()
      return .revoke(request)
    case ..<960:
      var request = LeaseTimeToLiveRequest()
      request.id = lease()
      request.keys = chance(2)
      return .timeToLive(request)
    case ..<975:
      var request = LeaseKeepAliveRequest()
      request.id = lease()
      return .keepAlive(request)
    case ..<985: return .leases
    default:
      var request = CompactionRequest()
      // Mostly a little way back; sometimes where all is compacted already, or what is still to come.
      request.revision = chance(5) ? revision() : max(0, writes - Int64(number(300)))
      request.physical = chance(2)
      return .compact(request)
    }
  }

  // MARK: Requests

  private mutating func put() -> PutRequest {
    var request = PutRequest()
    request.key = key()
    request.value = value()
    if chance(5) { request.lease = lease() }
    request.prevKv = chance(4)
    if chance(20) {
      request.ignoreValue = true
      if !chance(4) { request.value = Data() }
    }
    if chance(20) {
      request.ignoreLease = true
      if !chance(4) { request.lease = 0 }
    }
    return request
  }

  private mutating func delete() -> DeleteRangeRequest {
    var request = DeleteRangeRequest()
    request.key = key()
    request.rangeEnd = chance(3) ? rangeEnd() : Data()
    request.prevKv = chance(2)
    return request
  }

  private mutating func range(isSorted: Bool = false) -> RangeRequest {
    var request = RangeRequest()
    request.key = key()
    request.rangeEnd = chance(4) ? Data() : rangeEnd()
    if chance(4) { request.revision = revision() }
    request.sortOrder = [.none, .none, .ascend, .descend][number(4)]
    // By anything but the key there are ties, whose order is chance in etcd: no limit then, which would cut between them.
    if isSorted, chance(2) {
      request.sortTarget = [.version, .create, .mod, .value][number(4)]
    } else if chance(3) {
      request.limit = Int64(number(12))
    }
    request.serializable = chance(3)
    request.keysOnly = chance(5)
    request.countOnly = chance(10)
    if chance(10) { request.minModRevision = revision() }
    if chance(10) { request.maxModRevision = revision() }
    if chance(10) { request.minCreateRevision = revision() }
    if chance(10) { request.maxCreateRevision = revision() }
    return request
  }

  private mutating func txn(depth: Int) -> TxnRequest {
    var request = TxnRequest()
    for _ in 0..<number(3) { request.compare.append(compare()) }
    for _ in 0..<number(4) { request.success.append(requestOp(depth)) }
    for _ in 0..<number(4) { request.failure.append(requestOp(depth)) }
    return request
  }

  private mutating func requestOp(_ depth: Int) -> RequestOp {
    var op = RequestOp()
    switch number(10) {
    case ..<4: op.requestPut = put()
    case ..<6: op.requestDeleteRange = delete()
    case ..<9: op.requestRange = range()
    default: if depth > 0 { op.requestTxn = txn(depth: depth - 1) } else { op.requestPut = put() }
    }
    return op
  }

  private mutating func compare() -> Compare {
    var compare = Compare()
    compare.key = key()
    if chance(4) { compare.rangeEnd = rangeEnd() }
    compare.result = [.equal, .greater, .less, .notEqual][number(4)]
    switch number(5) {
    case 0:
      compare.target = .version
      compare.version = Int64(number(3))
    case 1:
      compare.target = .create
      compare.createRevision = chance(3) ? 0 : revision()
    case 2:
      compare.target = .mod
      compare.modRevision = chance(3) ? 0 : revision()
    case 3:
      compare.target = .value
      compare.value = value()
    default:
      compare.target = .lease
      compare.lease = chance(2) ? 0 : lease()
    }
    return compare
  }

  // MARK: Their parts

  /// Below `bound`, and 0 for a bound of 0.
  private mutating func number(_ bound: Int) -> Int { bound == 0 ? 0 : Int.random(in: 0..<bound, using: &generator) }

  private mutating func chance(_ one: Int) -> Bool { number(one) == 0 }

  private mutating func key() -> Data {
    if chance(300) { return Data() }
    return Data("k\(number(Self.keys))".utf8)
  }

  private mutating func rangeEnd() -> Data {
    if chance(20) { return Data([0]) }
    return chance(2) ? key() : Data("k\(number(20))~".utf8)
  }

  private mutating func value() -> Data {
    // Few short ones, so that comparisons of values hold now and then, and arbitrary bytes.
    if chance(2) { return Data("v\(number(3))".utf8) }
    return Data((0..<number(60)).map { _ in UInt8(number(256)) })
  }

  private mutating func lease() -> Int64 { Int64.random(in: Self.leases, using: &generator) }

  private mutating func revision() -> Int64 { Int64(number(Int(writes) + 20)) }
}
