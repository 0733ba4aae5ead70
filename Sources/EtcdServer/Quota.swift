import EtcdAPI
import EtcdState

/// How large the database may become, by etcd's rule (server/etcdserver/quota.go): a write is let into the log only if
/// the database would stay smaller than the limit with it. The first one that is not raises the NOSPACE alarm; while
/// that is raised, whatever adds is refused.
///
/// The database's size here is that of the backend file that a checkpoint would write now (``NodeCore/databaseSize``).
/// It grows with every write, shrinks when compacted revisions are swept, and never has holes: where etcd wants history
/// compacted, the file defragmented and the alarm disarmed, here the first and the last are enough.
struct Quota: Sendable {
  /// Bytes; nil: any.
  let limit: Int64?

  init(_ configuration: NodeConfiguration) {
    switch configuration.quotaBackendBytes {
    case ..<0: limit = nil
    case 0: limit = NodeConfiguration.defaultQuotaBackendBytes
    case let bytes: limit = bytes
    }
  }
}

/// Decides in the order of a batch which of its proposals go into the log.
struct QuotaGate {
  enum Decision { case admit, refuse, raiseAlarm }

  private let limit: Int64
  private var size: Int64
  private var isRaised: Bool

  /// - Parameters:
  ///   - size: bytes of the database before the batch.
  ///   - isRaised: whether the NOSPACE alarm is.
  init?(_ quota: Quota, size: Int64, isRaised: Bool) {
    guard let limit = quota.limit else { return nil }
    self.limit = limit
    self.size = size
    self.isRaised = isRaised
  }

  mutating func decide(_ command: Command) -> Decision {
    // What it does to the alarm shows when it is applied; until then the alarm refuses nothing here.
    if case .alarm = command { isRaised = false }
    let cost = command.cost
    if cost == 0 { return .admit }
    if isRaised { return .refuse }
    if size + cost < limit {
      size += cost
      return .admit
    }
    isRaised = true
    return .raiseAlarm
  }
}

extension Command {
  /// Bytes that a command may add, as etcd estimates them: generously, 256 for a key's record and 64 for a lease.
  var cost: Int64 {
    switch self {
    case .put(let request): request.cost
    case .txn(let request): request.cost
    case .leaseGrant: 64
    default: 0
    }
  }
}

extension PutRequest {
  fileprivate var cost: Int64 { 256 + Int64(key.count + value.count) }
}

extension TxnRequest {
  /// The dearer branch's.
  fileprivate var cost: Int64 { max(Self.cost(of: success), Self.cost(of: failure)) }

  private static func cost(of operations: [RequestOp]) -> Int64 {
    operations.reduce(0) {
      switch $1.request {
      case .requestPut(let put): $0 + put.cost
      case .requestTxn(let nested): $0 + nested.cost
      default: $0
      }
    }
  }
}

extension AlarmRequest {
  /// Raises the alarm of a member whose database is full.
  init(raisingNoSpaceOf member: UInt64) {
    self.init()
    action = .activate
    memberID = member
    alarm = .nospace
  }
}

extension EtcdNode {
  /// Decides which proposals go into the log, in their order.
  func admit(_ proposals: [Proposal]) -> [QuotaGate.Decision] {
    let gate = core.withLock { core in
      QuotaGate(quota, size: core.databaseSize, isRaised: core.state.alarms.contains(.nospace))
    }
    guard var gate else { return Array(repeating: .admit, count: proposals.count) }
    return proposals.map { gate.decide($0.command) }
  }

  /// What is proposed in the place of a command that the quota refuses, and then answers it.
  func raisingAlarm(for refused: Proposal) -> Proposal {
    logger.warning(
      "message exceeded backend quota; raising alarm", metadata: ["quota-size-bytes": "\(quota.limit ?? 0)"])
    return Proposal(command: .alarm(AlarmRequest(raisingNoSpaceOf: memberID)), caller: .root) { [quota] result in
      refused.completion(result.flatMap { _ in .failure(.noSpace(quota)) })
    }
  }
}

extension EtcdError {
  static func noSpace(_ quota: Quota) -> EtcdError {
    .noSpace.explained(
      cause: "the database may not become larger than \(quota.limit ?? 0) bytes (--quota-backend-bytes)",
      remedy: "delete keys, compact their history, then disarm the alarm")
  }
}
