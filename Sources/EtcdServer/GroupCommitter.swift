import Dispatch
import DiskIO
import EtcdAPI
import EtcdState
import Logging
import SwiftProtobuf
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The one thread that makes commands durable: all that wait become one append to the log, with one fdatasync.
///
///     callers  ->  inbox  ->  [ a b c ]  append, sync, apply  ->  replies
///                  [ d e ]    waits meanwhile, and is the next batch
final class GroupCommitter: Sendable {
  private struct Inbox: Sendable {
    var proposals: [Proposal] = []
    /// The proposals as their log entries carry them.
    var data: [Data] = []
    var isDraining = false
    var isClosed = false
  }

  /// Proposals that may wait for the batch before theirs. etcd refuses more when the state is 5000 entries behind the
  /// log; here all that wait are counted, those that etcd would still be writing too.
  static let inboxLimit = 20_000

  private let storage: any Storage
  private let term: UInt64
  private let memberID: UInt64
  private let inbox = Mutex(Inbox())
  private let queue = DispatchQueue(label: "etch.commit", qos: .userInitiated)

  init(storage: any Storage, term: UInt64, memberID: UInt64) {
    self.storage = storage
    self.term = term
    self.memberID = memberID
  }

  var lastCheckpoint: LastCheckpoint { storage.lastCheckpoint }

  func temporaryFile() throws(EtcdError) -> any DiskFile { try storage.temporaryFile() }

  /// Takes a proposal. Its completion is called on the committing thread, after the command is durable and applied, or
  /// at once when it is refused.
  func submit(_ proposal: Proposal, on node: EtcdNode) {
    let data: Data
    do {
      data = try proposal.command.request(id: node.nextID(), by: proposal.caller).serializedBytes()
    } catch {
      return proposal.completion(
        .failure(EtcdError(.internal, "etcdserver: cannot encode the request", cause: "\(error)")))
    }
    if data.count > node.maxRequestBytes {
      return proposal.completion(.failure(.requestTooLarge(byteCount: data.count, limit: node.maxRequestBytes)))
    }
    let (refusal, mustDrain) = inbox.withLock { inbox -> (EtcdError?, Bool) in
      if inbox.isClosed { return (.stopped, false) }
      if inbox.proposals.count >= Self.inboxLimit { return (.tooManyRequests, false) }
      inbox.proposals.append(proposal)
      inbox.data.append(data)
      defer { inbox.isDraining = true }
      return (nil, !inbox.isDraining)
    }
    if let refusal { return proposal.completion(.failure(refusal)) }
    node.metrics.pendingProposals.add(1)
    if mustDrain { queue.async { self.drain(on: node) } }
  }

  /// Takes no more commands, completes those that wait, and lets go of the storage.
  func close() async {
    inbox.withLock { $0.isClosed = true }
    await withCheckedContinuation { continuation in
      queue.async {
        self.storage.close()
        continuation.resume()
      }
    }
  }

  private func drain(on node: EtcdNode) {
    while true {
      let (batch, data) = inbox.withLock { inbox in
        defer {
          inbox.proposals = []
          inbox.data = []
        }
        if inbox.proposals.isEmpty { inbox.isDraining = false }
        return (inbox.proposals, inbox.data)
      }
      if batch.isEmpty { return }
      commit(batch, data, on: node)
    }
  }

  private func commit(_ waiting: [Proposal], _ encoded: [Data], on node: EtcdNode) {
    defer { node.metrics.pendingProposals.add(-waiting.count) }
    let (batch, data) = admitted(waiting, encoded, on: node)
    if batch.isEmpty { return }
    let index = node.core.withLock { $0.index }
    let entries = zip(data, (index + 1)...).map { RaftEntry.normal($0, index: $1, term: term) }
    let (begun, bytesBefore) = (ContinuousClock.now, storage.logByteCount)
    do throws(EtcdError) {
      try storage.append(entries, hardState: .committed(entries.last!.index, term: term, vote: memberID))
    } catch {
      node.metrics.failedProposals.add(batch.count)
      node.logger.error(
        "failed to save entries", metadata: ["error": "\(error.message)", "cause": "\(error.cause ?? "")"])
      for proposal in batch { proposal.completion(.failure(error)) }
      return
    }

    let saved = ContinuousClock.now
    node.metrics.logSync.observe(saved - begun)
    node.metrics.logBytes.add(storage.logByteCount - bytesBefore)
    let results = node.apply(batch)
    Self.tellOfDelays(saving: saved - begun, applying: .now - saved, requests: batch.count, of: node)
    for (proposal, result) in zip(batch, results) { proposal.completion(result) }
    // Nobody else changes what the state says, so it is still the one after this batch.
    storage.checkpointIfDue(
      node.core.withLock { $0.state }, at: LogPosition(index: entries.last!.index, term: term))
  }

  /// etcd's warnings: writes take longer than they should, by the disk's doing or by the requests' own.
  private static func tellOfDelays(saving: Duration, applying: Duration, requests: Int, of node: EtcdNode) {
    let usual = Duration.seconds(1)
    if saving > usual {
      node.logger.warning(
        "slow fdatasync",
        metadata: ["took": .stringConvertible(saving), "expected-duration": .stringConvertible(usual)])
    }
    if applying > node.warningApplyDuration {
      node.logger.warning(
        "apply request took too long",
        metadata: [
          "took": .stringConvertible(applying), "expected-duration": .stringConvertible(node.warningApplyDuration),
          "requests": .stringConvertible(requests),
        ])
    }
  }

  /// What of a batch goes into the log. The first proposal that the quota refuses is answered when the alarm that takes
  /// its place has been raised, those after it at once.
  private func admitted(_ batch: [Proposal], _ data: [Data], on node: EtcdNode) -> ([Proposal], [Data]) {
    let decisions = node.admit(batch)
    if decisions.allSatisfy({ $0 == .admit }) { return (batch, data) }
    var kept: ([Proposal], [Data]) = ([], [])
    for (index, decision) in decisions.enumerated() {
      switch decision {
      case .admit:
        kept.0.append(batch[index])
        kept.1.append(data[index])
      case .refuse: batch[index].completion(.failure(.noSpace(node.quota)))
      case .raiseAlarm:
        let alarm = node.raisingAlarm(for: batch[index])
        kept.0.append(alarm)
        kept.1.append(Data(serialized(alarm.command.request(id: node.nextID(), by: alarm.caller))))
      }
    }
    return kept
  }
}

extension RaftEntry {
  static func normal(_ data: Data, index: UInt64, term: UInt64) -> RaftEntry {
    var entry = RaftEntry()
    entry.index = index
    entry.term = term
    entry.data = data
    return entry
  }
}

extension RaftHardState {
  /// A single voter commits what it has made durable, so one append says both.
  static func committed(_ index: UInt64, term: UInt64, vote: UInt64) -> RaftHardState {
    var state = RaftHardState()
    state.term = term
    state.vote = vote
    state.commit = index
    return state
  }
}

extension EtcdError {
  static func requestTooLarge(byteCount: Int, limit: Int) -> EtcdError {
    .requestTooLarge.explained(
      cause: "the request has \(byteCount) bytes; the limit is \(limit)",
      remedy: "split it, or keep large values elsewhere and store where")
  }
}
