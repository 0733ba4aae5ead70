import DiskIO
import EtcdAPI
import EtcdState
import MVCC

extension EtcdNode {
  public func alarm(_ request: AlarmRequest) async throws(EtcdError) -> AlarmResponse {
    guard case .alarm(var response) = try await propose(.alarm(request)) else {
      preconditionFailure("an alarm answers an alarm")
    }
    fill(&response.header)
    return response
  }

  public func status(_ request: StatusRequest, at endpoint: String) async throws(EtcdError) -> StatusResponse {
    if Task.isCancelled { throw .cancelledByCaller }
    let (state, index, term) = core.withLock { ($0.state, $0.index, $0.term) }
    var response = StatusResponse()
    fill(&response.header)
    response.version = NodeConfiguration.etcdVersion
    response.leader = memberID
    response.raftIndex = index
    response.raftAppliedIndex = index
    response.raftTerm = term
    let checkpoint = committer?.lastCheckpoint
    // The last checkpoint's file; what was written since, or in memory everything, is keys and values only.
    response.dbSize = Int64(max(checkpoint?.size ?? 0, state.store.byteCount))
    response.dbSizeInUse = Int64(state.store.byteCount)
    response.errors = state.alarms.alarms.map(\.text)
    if let failure = checkpoint?.failure {
      response.errors.append(failure.cause.map { "\(failure.message): \($0)" } ?? failure.message)
    }
    return response
  }

  public func hashKV(_ request: HashKVRequest, at endpoint: String) async throws(EtcdError) -> HashKVResponse {
    let store = try snapshot().store
    var response = HashKVResponse()
    do throws(RevisionError) {
      response.hash = try store.hash(at: request.revision)
    } catch {
      switch error {
      case .compacted: throw .compacted
      case .future: throw .futureRevision
      }
    }
    response.compactRevision = store.compactedRevision
    response.header.revision = store.revision
    fill(&response.header)
    return response
  }

  /// There is nothing to defragment: a checkpoint is written densely.
  public func defragment(_ request: DefragmentRequest, at endpoint: String) async throws(EtcdError)
    -> DefragmentResponse
  {
    if Task.isCancelled { throw .cancelledByCaller }
    return DefragmentResponse()
  }

  public func snapshot(_ request: SnapshotRequest, at endpoint: String) async throws(EtcdError)
    -> ResponseStream<SnapshotResponse>
  {
    if Task.isCancelled { throw .cancelledByCaller }
    let checkpoint = core.withLock {
      Checkpoint(state: $0.state, position: LogPosition(index: $0.index, term: $0.term))
    }
    let file = try committer?.temporaryFile() ?? MemoryFile("the snapshot")
    return try await SnapshotSender(checkpoint, through: file).responses
  }
}

extension AlarmMember {
  /// The alarm as etcd prints it into a status.
  fileprivate var text: String { "memberID:\(memberID) alarm:\(alarm == .nospace ? "NOSPACE" : "CORRUPT") " }
}
