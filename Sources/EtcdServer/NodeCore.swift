import EtcdAPI
import EtcdState
import Leases
import MVCC

/// The part of a node behind its lock: the state, who watches it, when leases expire, and how far the log is.
struct NodeCore: Sendable {
  var state: ClusterState
  var watches = WatchTable()
  var expiry = ExpiryQueue()
  var tokens = SimpleTokens()
  /// The last entry's index; every entry is committed and applied before anyone is answered.
  var index: UInt64
  /// Watches that wait for something to be told.
  var wakers: [WatchTable.ID: WatchWaker] = [:]
  /// When the next tick is due, if one is scheduled.
  var scheduledTick: Duration?
  /// Whether a sweep of compacted revisions is under way, and who is to be told of its end.
  var isSweeping = false
  var sweepWaiters: [@Sendable () -> Void] = []
  var isClosed = false

  /// Applies the command of the last entry, and notes what follows from it.
  ///
  /// - Parameters:
  ///   - now: the node's uptime.
  ///   - awoken: receives the watches to wake once the lock is released.
  mutating func apply(
    _ command: Command, by caller: Caller, now: Duration, awoken: inout [WatchWaker]
  ) -> Result<Reply, EtcdError> {
    let outcome = state.apply(command, by: caller)
    if !outcome.changes.isEmpty {
      for id in watches.publish(outcome.changes, at: state.store.revision) {
        if let wake = wakers.removeValue(forKey: id) { awoken.append(wake) }
      }
    }
    switch outcome.reply {
    case .success(.leaseGrant(let response)): expiry.set(response.id, deadline: now + .seconds(response.ttl))
    case .success(.leaseRevoke): if case .leaseRevoke(let request) = command { expiry.remove(request.id) }
    case .success(.acknowledged): tokens.follow(command, index: index, now: now)
    case .success(.authenticate(var response)):
      tokens.follow(command, index: index, now: now)
      response.token = SimpleTokens.token(prefix: response.token, index: index)
      return .success(.authenticate(response))
    default: break
    }
    return outcome.reply
  }

  /// Bytes of the backend file that a checkpoint would write now, to within a few percent.
  var databaseSize: Int64 { Int64(Checkpoint.emptySize + state.store.byteCount) }

  /// Gives every lease its full time again, as a new primary does.
  mutating func renewLeases(now: Duration, extension: Duration) {
    for (id, terms) in state.leases.terms { expiry.set(id, deadline: now + `extension` + .seconds(terms.renewal)) }
  }
}
