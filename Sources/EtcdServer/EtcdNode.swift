import Dispatch
import EtcdAPI
import EtcdState
import Leases
import Logging
import MVCC
import Synchronization

/// One etcd node: a cluster of a single voter.
///
///     in memory   caller -> lock: apply, reply                         no hop, no waiting
///     in a folder caller -> inbox -> one thread: log + fdatasync for all that wait -> lock: apply -> replies
///     reads       caller -> lock -> answer; a long one from a snapshot, on a thread of its own
///
/// Every acknowledged write has been applied, so a read is linearizable without asking anyone.
///
/// Each request has a function that takes who asks and a completion, which is called once: on the caller's thread
/// before the function returns, or later on another. A request that was begun is carried out whether or not anyone
/// still waits for the answer, as in etcd.
public final class EtcdNode: Sendable {
  /// Receives the answer to a request, once, on any thread. It must not block.
  public typealias Completion<Response> = @Sendable (Result<Response, EtcdError>) -> Void

  let core: Mutex<NodeCore>
  /// Where commands become durable; nil in memory.
  let committer: GroupCommitter?
  public let clusterID: UInt64
  public let memberID: UInt64
  /// A single voter is elected when it starts, and stays.
  public let term: UInt64
  let progressNotifyInterval: Duration
  let warningApplyDuration: Duration
  let quota: Quota
  let maxRequestBytes: Int
  /// etcd's `--max-txn-ops`.
  public let maxTxnOps: Int
  let logger: Logger
  /// Where what was compacted away is removed, and compactions are timed.
  let sweeping = DispatchQueue(label: "etch.sweep", qos: .utility)
  /// Where what takes long is done beside the deciding and the caller's thread.
  let longReads = DispatchQueue(label: "etch.reads", qos: .userInitiated, attributes: .concurrent)
  let credentials: Credentials
  private let requestIDs: Atomic<UInt64>
  let timeout: Mutex<Duration>
  private let boot = ContinuousClock().now
  public let metrics = NodeMetrics()

  init(
    core: NodeCore, term: UInt64, committer: GroupCommitter?, credentials: Credentials, identity: LogMetadata,
    configuration: NodeConfiguration
  ) {
    self.core = Mutex(core)
    self.term = term
    self.committer = committer
    self.credentials = credentials
    self.clusterID = identity.clusterID
    self.memberID = identity.nodeID
    self.progressNotifyInterval = configuration.progressNotifyInterval
    self.warningApplyDuration = configuration.warningApplyDuration
    self.quota = Quota(configuration)
    self.maxRequestBytes = configuration.maxRequestBytes
    self.maxTxnOps = configuration.maxTxnOps
    self.logger = configuration.logger
    self.timeout = Mutex(.seconds(5))
    self.requestIDs = Atomic(UInt64.random(in: 0..<1 << 40) << 16)
    registerMetrics()
  }

  /// Time since the node began, by a clock that never jumps.
  var uptime: Duration { boot.duration(to: ContinuousClock().now) }

  /// A positive ID that was not given before.
  func nextID() -> UInt64 {
    requestIDs.wrappingAdd(1, ordering: .relaxed).newValue & 0x7fff_ffff_ffff_ffff
  }

  // MARK: Deciding

  /// Makes a command durable where the node is, applies it, and hands over its reply.
  func propose(_ command: Command, by caller: Caller, then: @escaping Completion<Reply>) {
    let proposal = Proposal(command: command, caller: caller, completion: then)
    if let committer { return committer.submit(proposal, on: self) }
    switch admit([proposal])[0] {
    case .admit: then(apply([proposal])[0])
    case .refuse: then(.failure(.noSpace(quota)))
    case .raiseAlarm:
      let alarm = raisingAlarm(for: proposal)
      alarm.completion(apply([alarm])[0])
    }
  }

  /// Applies what is as durable as it will be: in memory on the caller's thread, else on the committer's.
  ///
  /// - Returns: the result of each.
  func apply(_ proposals: [Proposal]) -> [Result<Reply, EtcdError>] {
    let now = uptime
    var awoken: [WatchWaker] = []
    let (results, tick, beginsSweep) = core.withLock { core in
      var begun = ContinuousClock.now
      let results = proposals.map { proposal -> Result<Reply, EtcdError> in
        if core.isClosed && committer == nil { return .failure(.stopped) }
        core.index += 1
        let keyCount = core.state.store.keyCount
        let result = core.apply(proposal.command, by: proposal.caller, now: now, awoken: &awoken)
        let end = ContinuousClock.now
        if end - begun > warningApplyDuration { metrics.slowApplies.add() }
        metrics.count(
          proposal.command, result, took: end - begun, removedKeys: keyCount - core.state.store.keyCount)
        begun = end
        return result
      }
      return (results, core.tickToSchedule(), core.beginSweep())
    }
    for wake in awoken { wake() }
    if beginsSweep { sweep() }
    if let tick { scheduleTick(at: tick) }
    return results
  }

  // MARK: Answering

  /// Proposes a command and answers with the reply that such commands get, its header completed.
  func propose<Response: HeadedResponse>(
    _ command: Command, by caller: Caller, then: @escaping Completion<Response>,
    reply: @escaping @Sendable (Reply) -> Response?
  ) {
    propose(command, by: caller) { [self] result in
      then(
        result.map {
          guard var response = reply($0) else { preconditionFailure("a command got another's reply: \($0)") }
          fill(&response.header)
          return response
        })
    }
  }

  /// Answers from the state under its lock: only what takes a few microseconds.
  func answer<Response: HeadedResponse>(
    _ then: Completion<Response>, _ body: (inout NodeCore) throws(EtcdError) -> Response
  ) {
    do throws(EtcdError) {
      var response = try core.withLock { core throws(EtcdError) in
        if core.isClosed { throw .stopped }
        var response = try body(&core)
        if response.header.revision == 0 { response.header.revision = core.state.store.revision }
        return response
      }
      fill(&response.header)
      then(.success(response))
    } catch {
      then(.failure(error))
    }
  }

  /// Answers from a copy of the state on a thread of its own: what may take long. Writes meanwhile do not change the
  /// copy; they have to copy what they share with it.
  func answerBeside<Response: HeadedResponse>(
    _ then: @escaping Completion<Response>,
    _ body: @escaping @Sendable (ClusterState) throws(EtcdError) -> Response
  ) {
    do throws(EtcdError) {
      let state = try snapshot()
      longReads.async { [self] in
        then(
          Result { () throws(EtcdError) in
            var response = try body(state)
            if response.header.revision == 0 { response.header.revision = state.store.revision }
            fill(&response.header)
            return response
          })
      }
    } catch {
      then(.failure(error))
    }
  }

  /// A header that says who answers.
  /// - Parameter revision: 0 where etcd leaves it out.
  public func header(revision: Int64) -> ResponseHeader {
    var header = ResponseHeader()
    header.clusterID = clusterID
    header.memberID = memberID
    header.raftTerm = term
    header.revision = revision
    return header
  }

  /// Completes a header: says who answers, and the current revision unless the answer has its own.
  func fill(_ header: inout ResponseHeader) {
    header.clusterID = clusterID
    header.memberID = memberID
    header.raftTerm = term
    if header.revision == 0 { header.revision = core.withLock { $0.state.store.revision } }
  }

  /// The revision of the last write that was applied.
  public var revision: Int64 { core.withLock { $0.state.store.revision } }

  /// Bytes of the largest message that a client may send: the largest request and what gRPC adds.
  public var maxMessageSize: Int { maxRequestBytes + 512 * 1024 }

  /// The state as it is now; later writes do not change it.
  func snapshot() throws(EtcdError) -> ClusterState {
    let state = core.withLock { $0.isClosed ? nil : $0.state }
    guard let state else { throw .stopped }
    return state
  }

  public func close() async {
    let wakers = core.withLock { core in
      core.isClosed = true
      defer { core.wakers = [:] }
      return Array(core.wakers.values)
    }
    for wake in wakers { wake() }
    await committer?.close()
  }
}

/// Tells a watch that it may have something to be told. Called once, outside all locks.
typealias WatchWaker = @Sendable () -> Void

/// A command on its way into the log.
struct Proposal: Sendable {
  var command: Command
  var caller: Caller
  var completion: EtcdNode.Completion<Reply>
}
