import EtcdAPI
import EtcdServer
import Foundation
import Synchronization

@testable import EtcdShell

/// A node of which only reading sorted keys works; it counts what it was asked.
final class StubEtcd: Etcd {
  let keys: [[UInt8]]
  let members: [Member]
  private let counts = Mutex((requests: 0, keys: 0))
  private let timeout = Mutex(Duration.seconds(5))
  let isSilent: Bool

  /// - Parameter isSilent: never answers, until cancelled.
  init(keys: [String] = [], members: [Member] = [], isSilent: Bool = false) {
    self.keys = keys.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    self.members = members
    self.isSilent = isSilent
  }

  var asked: (requests: Int, keys: Int) { counts.withLock { $0 } }
  var endpoints: [String] { ["stub"] }
  var commandTimeout: Duration {
    get { timeout.withLock { $0 } }
    set { timeout.withLock { $0 = newValue } }
  }

  func range(_ request: RangeRequest) async throws(EtcdError) -> RangeResponse {
    if isSilent {
      try? await Task.sleep(for: .seconds(3600))
      throw EtcdError(.cancelled, "cancelled")
    }
    let from = Array(request.key)
    let end = Array(request.rangeEnd)
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle].lexicographicallyPrecedes(from) { low = middle + 1 } else { high = middle }
    }
    let limit = request.limit == 0 ? Int.max : Int(request.limit)
    var response = RangeResponse()
    response.header.revision = 7
    for key in keys[low...] {
      guard end == [0] || key.lexicographicallyPrecedes(end) || end.isEmpty && key == from else { break }
      if response.kvs.count == limit {
        response.more = true
        break
      }
      var pair = KeyValue()
      pair.key = Data(key)
      response.kvs.append(pair)
    }
    counts.withLock {
      $0.requests += 1
      $0.keys += response.kvs.count
    }
    return response
  }

  func memberList(_ request: MemberListRequest) async throws(EtcdError) -> MemberListResponse {
    var response = MemberListResponse()
    response.members = members
    return response
  }

  func leaseLeases(_ request: LeaseLeasesRequest) async throws(EtcdError) -> LeaseLeasesResponse {
    var response = LeaseLeasesResponse()
    response.leases = [Int64(0x1234), 0x694d_7b2f].map { id in
      var status = LeaseStatus()
      status.id = id
      return status
    }
    return response
  }

  func close() async {}

  private func unsupported() -> EtcdError { EtcdError(.unimplemented, "not in this stub") }
  func put(_ request: PutRequest) async throws(EtcdError) -> PutResponse { throw unsupported() }
  func deleteRange(_ request: DeleteRangeRequest) async throws(EtcdError) -> DeleteRangeResponse { throw unsupported() }
  func txn(_ request: TxnRequest) async throws(EtcdError) -> TxnResponse { throw unsupported() }
  func compact(_ request: CompactionRequest) async throws(EtcdError) -> CompactionResponse { throw unsupported() }
  func watch(_ request: WatchCreateRequest) async throws(EtcdError) -> WatchStream { throw unsupported() }
  func leaseGrant(_ request: LeaseGrantRequest) async throws(EtcdError) -> LeaseGrantResponse { throw unsupported() }
  func leaseRevoke(_ request: LeaseRevokeRequest) async throws(EtcdError) -> LeaseRevokeResponse { throw unsupported() }
  func leaseKeepAlive(_ request: LeaseKeepAliveRequest) async throws(EtcdError) -> LeaseKeepAliveResponse {
    throw unsupported()
  }
  func leaseTimeToLive(_ request: LeaseTimeToLiveRequest) async throws(EtcdError) -> LeaseTimeToLiveResponse {
    throw unsupported()
  }
  func memberAdd(_ request: MemberAddRequest) async throws(EtcdError) -> MemberAddResponse { throw unsupported() }
  func memberRemove(_ request: MemberRemoveRequest) async throws(EtcdError) -> MemberRemoveResponse {
    throw unsupported()
  }
  func memberUpdate(_ request: MemberUpdateRequest) async throws(EtcdError) -> MemberUpdateResponse {
    throw unsupported()
  }
  func memberPromote(_ request: MemberPromoteRequest) async throws(EtcdError) -> MemberPromoteResponse {
    throw unsupported()
  }
  func alarm(_ request: AlarmRequest) async throws(EtcdError) -> AlarmResponse { throw unsupported() }
  func status(_ request: StatusRequest, at endpoint: String) async throws(EtcdError) -> StatusResponse {
    throw unsupported()
  }
  func defragment(_ request: DefragmentRequest, at endpoint: String) async throws(EtcdError) -> DefragmentResponse {
    throw unsupported()
  }
  func hashKV(_ request: HashKVRequest, at endpoint: String) async throws(EtcdError) -> HashKVResponse {
    throw unsupported()
  }
  func range(_ request: RangeRequest, at endpoint: String) async throws(EtcdError) -> RangeResponse {
    try await range(request)
  }
  func snapshot(_ request: SnapshotRequest, at endpoint: String) async throws(EtcdError)
    -> ResponseStream<SnapshotResponse>
  { throw unsupported() }
  func moveLeader(_ request: MoveLeaderRequest) async throws(EtcdError) -> MoveLeaderResponse { throw unsupported() }
}

/// A session that keeps what it prints.
final class CapturedSession: Sendable {
  final class Sink: Console.Sink {
    private let texts = Mutex<(output: [UInt8], errors: [UInt8])>(([], []))

    func write(_ bytes: [UInt8], toErrors: Bool) {
      texts.withLock { if toErrors { $0.errors += bytes } else { $0.output += bytes } }
    }

    var output: String { texts.withLock { String(decoding: $0.output, as: UTF8.self) } }
    var errors: String { texts.withLock { String(decoding: $0.errors, as: UTF8.self) } }
  }

  let sink = Sink()
  let session: Session

  init(_ etcd: any Etcd, mode: Session.Mode = .script, isTerminal: Bool = false) {
    let console = Console(sink: sink, isTerminal: isTerminal)
    session = Session(
      node: Session.Node(etcd: etcd, name: "memory", isEmbedded: true), console: console, input: NoInput(), mode: mode,
      localNodes: .forTests
    ) { connection in try connection.open(console) }
  }

  struct NoInput: LineInput {
    var lineNumber: Int { 1 }
    func nextLine(prompt: String) async throws -> [UInt8]? { nil }
    func remainingBytes() async throws -> [UInt8]? { nil }
  }
}

extension LocalNodes {
  static let forTests = LocalNodes { _, _ in
    preconditionFailure("no embedded node is asked for")
  } restore: { restoration in
    let restored = try SnapshotRestore(
      snapshot: restoration.snapshot, folder: restoration.folder, logFolder: restoration.logFolder,
      name: restoration.name,
      founders: restoration.members.map { SnapshotRestore.Founder(name: $0.name, peerURLs: $0.peerURLs) },
      clusterToken: restoration.clusterToken
    ).run()
    return (restored.memberID, restored.clusterID)
  }
}
