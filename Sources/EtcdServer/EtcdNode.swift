import Dispatch
import EtcdAPI
import EtcdState
import Leases
import MVCC
import Synchronization

/// One etcd node inside this process: a cluster of a single voter.
///
///     in memory   caller -> lock: apply, reply                         no hop, no waiting
///     in a folder caller -> inbox -> one thread: log + fdatasync for all that wait -> lock: apply -> replies
///     reads       caller -> lock -> answer, or a snapshot when the read is long
///
/// Every acknowledged write has been applied, so a read is linearizable without asking anyone.
public final class EtcdNode: Etcd {
  let core: Mutex<NodeCore>
  /// Where commands become durable; nil in memory.
  let committer: GroupCommitter?
  let clusterID: UInt64
  let memberID: UInt64
  let progressNotifyInterval: Duration
  private let requestIDs: Atomic<UInt64>
  private let timeout: Mutex<Duration>
  private let boot = ContinuousClock().now

  /// The one endpoint's name.
  public static let endpoint = "embedded"
  public let endpoints = [EtcdNode.endpoint]

  public var commandTimeout: Duration {
    get { timeout.withLock { $0 } }
    set { timeout.withLock { $0 = newValue } }
  }

  init(
    core: NodeCore, committer: GroupCommitter?, identity: LogMetadata, configuration: NodeConfiguration
  ) {
    self.core = Mutex(core)
    self.committer = committer
    self.clusterID = identity.clusterID
    self.memberID = identity.nodeID
    self.progressNotifyInterval = configuration.progressNotifyInterval
    self.timeout = Mutex(.seconds(5))
    self.requestIDs = Atomic(UInt64.random(in: 0..<1 << 40) << 16)
  }

  /// Time since the node began, by a clock that never jumps.
  var uptime: Duration { boot.duration(to: ContinuousClock().now) }

  /// A positive ID that was not given before.
  func nextID() -> UInt64 {
    requestIDs.wrappingAdd(1, ordering: .relaxed).newValue & 0x7fff_ffff_ffff_ffff
  }

  // MARK: Deciding

  /// Makes a command durable where the node is, applies it, and returns its reply.
  func propose(_ command: Command) async throws(EtcdError) -> Reply {
    if Task.isCancelled { throw .cancelledByCaller }
    guard let committer else { return try apply([command])[0].get() }
    let result = await withCheckedContinuation { continuation in
      committer.submit(command, on: self) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// Applies commands that are as durable as they will be: in memory on the caller's thread, else on the committer's.
  ///
  /// - Returns: the result of each.
  func apply(_ commands: [Command]) -> [Result<Reply, EtcdError>] {
    let now = uptime
    var awoken: [CheckedContinuation<Void, Never>] = []
    let (results, tick) = core.withLock { core in
      let results = commands.map { command -> Result<Reply, EtcdError> in
        if core.isClosed && committer == nil { return .failure(.stopped) }
        core.index += 1
        return core.apply(command, now: now, awoken: &awoken)
      }
      return (results, core.tickToSchedule())
    }
    for waiter in awoken { waiter.resume() }
    if let tick { scheduleTick(at: tick) }
    return results
  }

  // MARK: Answering

  /// Completes a header: who answers, and the current revision unless the answer has its own.
  func fill(_ header: inout ResponseHeader) {
    header.clusterID = clusterID
    header.memberID = memberID
    let (revision, term) = core.withLock { ($0.state.store.revision, $0.term) }
    if header.revision == 0 { header.revision = revision }
    header.raftTerm = term
  }

  /// The state as it is now; later writes do not change it. They have to copy what it shares with them, so an answer
  /// that takes a few microseconds is better made under the lock.
  func snapshot() throws(EtcdError) -> ClusterState {
    if Task.isCancelled { throw .cancelledByCaller }
    let state = core.withLock { $0.isClosed ? nil : $0.state }
    guard let state else { throw .stopped }
    return state
  }

  public func close() async {
    let waiters = core.withLock { core in
      core.isClosed = true
      defer { core.waiters = [:] }
      return Array(core.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
    await committer?.close()
  }
}

extension EtcdError {
  static let cancelledByCaller = EtcdError(.cancelled, "context canceled")
}
