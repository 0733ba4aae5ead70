import Dispatch
import DiskIO
import EtcdAPI
import EtcdState
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
  typealias Completion = @Sendable (Result<Reply, EtcdError>) -> Void

  private struct Proposal: Sendable {
    var command: Command
    /// The command as its log entry carries it.
    var data: Data
    var completion: Completion
  }

  private struct Inbox: Sendable {
    var proposals: [Proposal] = []
    var isDraining = false
    var isClosed = false
  }

  private let storage: any Storage
  private let memberID: UInt64
  private let inbox = Mutex(Inbox())
  private let queue = DispatchQueue(label: "etch.commit", qos: .userInitiated)

  init(storage: any Storage, memberID: UInt64) {
    self.storage = storage
    self.memberID = memberID
  }

  var lastCheckpoint: LastCheckpoint { storage.lastCheckpoint }

  func temporaryFile() throws(EtcdError) -> any DiskFile { try storage.temporaryFile() }

  /// Proposes a command. The completion is called once, on the committing thread, after the command is durable and
  /// applied, or has failed.
  func submit(_ command: Command, on node: EtcdNode, completion: @escaping Completion) {
    let data: Data
    do {
      data = try command.request(id: node.nextID(), by: .root).serializedBytes()
    } catch {
      return completion(.failure(EtcdError(.internal, "etcdserver: cannot encode the request", cause: "\(error)")))
    }
    if data.count > NodeConfiguration.maximumRequestBytes {
      return completion(.failure(.requestTooLarge(byteCount: data.count)))
    }
    let (isAccepted, mustDrain) = inbox.withLock { inbox in
      if inbox.isClosed { return (false, false) }
      inbox.proposals.append(Proposal(command: command, data: data, completion: completion))
      defer { inbox.isDraining = true }
      return (true, !inbox.isDraining)
    }
    if !isAccepted { return completion(.failure(.stopped)) }
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
      let batch = inbox.withLock { inbox in
        defer { inbox.proposals = [] }
        if inbox.proposals.isEmpty { inbox.isDraining = false }
        return inbox.proposals
      }
      if batch.isEmpty { return }
      commit(batch, on: node)
    }
  }

  private func commit(_ batch: [Proposal], on node: EtcdNode) {
    let position = node.core.withLock { LogPosition(index: $0.index, term: $0.term) }
    let entries = zip(batch, (position.index + 1)...).map { RaftEntry.normal($0.data, index: $1, term: position.term) }
    do throws(EtcdError) {
      try storage.append(
        entries, hardState: .committed(entries.last!.index, term: position.term, vote: memberID))
    } catch {
      for proposal in batch { proposal.completion(.failure(error)) }
      return
    }

    let results = node.apply(batch.map(\.command))
    for (proposal, result) in zip(batch, results) { proposal.completion(result) }
    // Nobody else changes the state, so it is still the one after this batch.
    storage.checkpointIfDue(
      node.core.withLock { $0.state }, at: LogPosition(index: entries.last!.index, term: position.term))
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
  static func requestTooLarge(byteCount: Int) -> EtcdError {
    .requestTooLarge.explained(
      cause: "the request has \(byteCount) bytes; the limit is \(NodeConfiguration.maximumRequestBytes)",
      remedy: "split it, or keep large values elsewhere and store where")
  }
}
