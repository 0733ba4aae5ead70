import BoltFile
import Checksums
import DiskIO
import EtcdAPI
import EtcdState
import MVCC

extension EtcdNode {
  public func alarm(_ request: AlarmRequest, by caller: Caller, then: @escaping Completion<AlarmResponse>) {
    do throws(EtcdError) { try admit(.alarm(request), by: caller) } catch { return then(.failure(error)) }
    propose(.alarm(request), by: caller, then: then) { if case .alarm(let response) = $0 { response } else { nil } }
  }

  public func status(_ request: StatusRequest, by caller: Caller, then: Completion<StatusResponse>) {
    let checkpoint = committer?.lastCheckpoint
    let databaseSize = databaseSize
    answer(then) { core throws(EtcdError) in
      try core.state.checkIdentified(caller)
      var response = StatusResponse()
      response.version = NodeConfiguration.etcdVersion
      response.leader = memberID
      response.raftIndex = core.index
      response.raftAppliedIndex = core.index
      response.raftTerm = term
      response.dbSize = databaseSize
      response.dbSizeInUse = core.databaseSize
      response.errors = core.state.alarms.alarms.map(\.text)
      if let failure = checkpoint?.failure {
        response.errors.append(failure.cause.map { "\(failure.message): \($0)" } ?? failure.message)
      }
      return response
    }
  }

  /// The checksum of everything a checkpoint would hold, but for how far the log is: etcd's `Hash` over its backend. Equal
  /// on the replicas of a cluster; another kind of member lays out leases and users otherwise.
  public func hash(_ request: HashRequest, by caller: Caller, then: @escaping Completion<HashResponse>) {
    let position = LogPosition(index: 0, term: 0)
    answerBeside(then) { state throws(EtcdError) in
      try state.checkMaintenance(caller)
      var response = HashResponse()
      let file = MemoryFile("the hash")
      do {
        _ = try Checkpoint(state: state, position: position).write(to: file)
        let reader = try BoltReader(file)
        var checksum = CRC32C()
        for bucket in reader.buckets {
          checksum.update(bucket.utf8)
          try reader.forEach(in: bucket) { key, value in
            checksum.update(key)
            checksum.update(value)
          }
        }
        response.hash = checksum.value
      } catch { throw EtcdError(.internal, "cannot compute the hash", cause: "\(error)") }
      response.header.revision = state.store.revision
      return response
    }
  }

  public func hashKV(_ request: HashKVRequest, by caller: Caller, then: @escaping Completion<HashKVResponse>) {
    answerBeside(then) { [metrics] state throws(EtcdError) in
      let begun = ContinuousClock.now
      defer { metrics.hashTime.observe(begun.duration(to: .now)) }
      try state.checkMaintenance(caller)
      var response = HashKVResponse()
      do throws(RevisionError) {
        response.hash = try state.store.hash(at: request.revision)
      } catch {
        switch error {
        case .compacted: throw .compacted
        case .future: throw .futureRevision
        }
      }
      response.compactRevision = state.store.compactedRevision
      response.header.revision = state.store.revision
      return response
    }
  }

  /// There is nothing to defragment: a checkpoint is written densely. etcd answers without a header.
  public func defragment(_ request: DefragmentRequest, by caller: Caller, then: Completion<DefragmentResponse>) {
    do throws(EtcdError) {
      try snapshot().checkMaintenance(caller)
      then(.success(DefragmentResponse()))
    } catch {
      then(.failure(error))
    }
  }

  /// Writes the state as it is now into a temporary file, to be sent from there.
  public func openSnapshot(by caller: Caller, then: @escaping Completion<SnapshotSender>) {
    let checkpoint: Checkpoint
    do throws(EtcdError) {
      checkpoint = try core.withLock { core throws(EtcdError) in
        if core.isClosed { throw .stopped }
        try core.state.checkMaintenance(caller)
        return Checkpoint(state: core.state, position: LogPosition(index: core.index, term: term))
      }
    } catch {
      return then(.failure(error))
    }
    longReads.async { [self] in
      then(
        Result { () throws(EtcdError) in
          let file = try committer?.temporaryFile() ?? MemoryFile("the snapshot")
          return try SnapshotSender(checkpoint, through: file, time: metrics.snapshotTime)
        })
    }
  }
}

extension EtcdNode {
  /// Reads a snapshot's next part, nil after the last, beside the calling thread.
  public func readNext(of sender: SnapshotSender, then: @escaping Completion<SnapshotResponse?>) {
    longReads.async { then(Result { () throws(EtcdError) in try sender.next() }) }
  }
}

extension AlarmMember {
  /// The alarm as etcd prints it into a status.
  fileprivate var text: String { "memberID:\(memberID) alarm:\(alarm == .nospace ? "NOSPACE" : "CORRUPT") " }
}
