import EtcdAPI
import EtcdState
import Metrics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a node counts and measures, under etcd's names where the meaning is etcd's.
///
/// What etcd measures of its bbolt backend has no counterpart here and is missing: a checkpoint is neither a commit nor
/// a defragmentation, so it has names of its own (`etch_checkpoint_…`).
public final class NodeMetrics: Sendable {
  /// Everything here, and what others add: the metrics of the services, of the process.
  public let registry = MetricRegistry()

  let puts: Counter
  let deletes: Counter
  let ranges: Counter
  let transactions: Counter
  let eventsSent: Counter
  let putBytes: Gauge
  let rangesBefore35: Counter
  public let watchStreams: Gauge
  let leasesGranted: Counter
  let leasesRevoked: Counter
  let leasesRenewed: Counter
  let leasesExpired: Counter
  let leaseTimesToLive: Histogram
  let logSync: Histogram
  let logBytes: Gauge
  let failedProposals: Counter
  let pendingProposals: Gauge
  let slowApplies: Counter
  let hashTime: Histogram
  let snapshotTime: Histogram
  let compactionTime: Histogram
  let compactedRecords: Counter
  let lastCompaction: Gauge
  private let applyTimes: MetricFamily<Histogram>
  /// Those of commands that came to be, which need not be looked up under a lock.
  private let frequentApplyTimes: [String: Histogram]

  private static let sync = [Double].doubling(from: 0.001, count: 14)
  private static let long = [Double].doubling(from: 0.01, count: 15)

  public init() {
    puts = registry.counter("etcd_mvcc_put_total", "Total number of puts seen by this member.")
    deletes = registry.counter("etcd_mvcc_delete_total", "Total number of deletes seen by this member.")
    ranges = registry.counter("etcd_mvcc_range_total", "Total number of ranges seen by this member.")
    rangesBefore35 = registry.counter(
      "etcd_debugging_mvcc_range_total", "Total number of ranges seen by this member.")
    transactions = registry.counter("etcd_mvcc_txn_total", "Total number of txns seen by this member.")
    eventsSent = registry.counter("etcd_debugging_mvcc_events_total", "Total number of events sent by this member.")
    putBytes = registry.gauge(
      "etcd_debugging_mvcc_total_put_size_in_bytes", "The total size of put kv pairs seen by this member.")
    watchStreams = registry.gauge("etcd_debugging_mvcc_watch_stream_total", "Total number of watch streams.")

    leasesGranted = registry.counter("etcd_debugging_lease_granted_total", "The total number of granted leases.")
    leasesRevoked = registry.counter("etcd_debugging_lease_revoked_total", "The total number of revoked leases.")
    leasesRenewed = registry.counter(
      "etcd_debugging_lease_renewed_total", "The number of renewed leases seen by the leader.")
    leasesExpired = registry.counter(
      "etcd_debugging_server_lease_expired_total", "The total number of expired leases.")
    leaseTimesToLive = registry.histogram(
      "etcd_debugging_lease_ttl_total", "Bucketed histogram of lease TTLs.", bounds: .doubling(from: 1, count: 24))

    logSync = registry.histogram(
      "etcd_disk_wal_fsync_duration_seconds", "The latency distributions of fsync called by WAL.", bounds: Self.sync)
    logBytes = registry.gauge("etcd_disk_wal_write_bytes_total", "Total number of bytes written in WAL.")
    failedProposals = registry.counter(
      "etcd_server_proposals_failed_total", "The total number of failed proposals seen.")
    pendingProposals = registry.gauge(
      "etcd_server_proposals_pending", "The current number of pending proposals to commit.")
    slowApplies = registry.counter(
      "etcd_server_slow_apply_total",
      "The total number of slow apply requests (likely overloaded from slow disk).")
    applyTimes = registry.histograms(
      "etcd_server_apply_duration_seconds", "The latency distributions of v3 apply called by backend.",
      labels: ["op", "success", "version"], bounds: .doubling(from: 0.0001, count: 20))

    hashTime = registry.histogram(
      "etcd_mvcc_hash_rev_duration_seconds", "The latency distribution of storage hash by revision operation.",
      bounds: Self.long)
    snapshotTime = registry.histogram(
      "etcd_disk_backend_snapshot_duration_seconds", "The latency distribution of backend snapshots.",
      bounds: .doubling(from: 0.01, count: 17))
    compactionTime = registry.histogram(
      "etcd_debugging_mvcc_db_compaction_total_duration_milliseconds",
      "Bucketed histogram of db compaction total duration.", bounds: .doubling(from: 100, count: 14))
    compactedRecords = registry.counter(
      "etcd_debugging_mvcc_db_compaction_keys_total", "Total number of db keys compacted.")
    lastCompaction = registry.gauge(
      "etcd_debugging_mvcc_db_compaction_last", "The unix time of the last db compaction. Resets to 0 on start.")
    let (times, version) = (applyTimes, Self.version)
    frequentApplyTimes = Dictionary(
      uniqueKeysWithValues: ["Put", "DeleteRange", "Txn", "Compaction", "LeaseGrant", "LeaseRevoke"].map {
        ($0, times[$0, "true", version])
      })
  }

  /// Counts a command that was applied.
  ///
  /// - Parameter removedKeys: how many keys there are fewer; a lease's end deletes each of its own.
  func count(_ command: Command, _ result: Result<Reply, EtcdError>, took time: Duration, removedKeys: Int) {
    let operation = command.operation
    guard case .success(let reply) = result else { return applyTimes[operation, "false", Self.version].observe(time) }
    (frequentApplyTimes[operation] ?? applyTimes[operation, "true", Self.version]).observe(time)
    switch (command, reply) {
    case (.put(let request), _): countTransaction(of: count(request))
    case (.deleteRange(let request), _): countTransaction(of: count(request))
    case (.txn(let request), .txn(let response)): count(request, response)
    case (.leaseGrant, .leaseGrant(let response)):
      leasesGranted.add()
      leaseTimesToLive.observe(Double(response.ttl))
    case (.leaseRevoke, _):
      leasesRevoked.add()
      deletes.add(removedKeys)
    default: break
    }
  }

  /// Counts that what was compacted away has been removed.
  func countCompaction(took time: Duration) {
    compactionTime.observe(time / .milliseconds(1))
    lastCompaction.set(Int(Date().timeIntervalSince1970))
  }

  func countRange() {
    ranges.add()
    rangesBefore35.add()
  }

  /// Counts what a transaction did: the operations of the branch it took.
  func count(_ request: TxnRequest, _ response: TxnResponse) {
    countTransaction(of: countOperations(request, response))
  }

  /// etcd calls a transaction what did more than one thing to the store.
  private func countTransaction(of operationCount: Int) {
    if operationCount > 1 { transactions.add() }
  }

  /// - Returns: how many things it did to the store: what was there before is read.
  private func count(_ request: PutRequest) -> Int {
    puts.add()
    putBytes.add(request.key.count + request.value.count)
    guard request.prevKv || request.ignoreValue || request.ignoreLease else { return 1 }
    countRange()
    return 2
  }

  private func count(_ request: DeleteRangeRequest) -> Int {
    deletes.add()
    guard request.prevKv else { return 1 }
    countRange()
    return 2
  }

  private func countOperations(_ request: TxnRequest, _ response: TxnResponse) -> Int {
    let operations = response.succeeded ? request.success : request.failure
    return zip(operations, response.responses).reduce(0) { total, pair in
      switch (pair.0.request, pair.1.response) {
      case (.requestPut(let put), _): return total + count(put)
      case (.requestDeleteRange(let delete), _): return total + count(delete)
      case (.requestTxn(let nested), .responseTxn(let answer)): return total + countOperations(nested, answer)
      case (.requestRange, _):
        countRange()
        return total + 1
      default: return total
      }
    }
  }

  private static let version = "v3"
}

extension Command {
  /// The name of the request, as etcd's metrics have it.
  fileprivate var operation: String {
    switch self {
    case .put: "Put"
    case .deleteRange: "DeleteRange"
    case .txn: "Txn"
    case .compaction: "Compaction"
    case .leaseGrant: "LeaseGrant"
    case .leaseRevoke: "LeaseRevoke"
    case .leaseCheckpoint: "LeaseCheckpoint"
    case .alarm: "Alarm"
    case .clusterVersion, .memberAttributes: "unknown"
    case .authEnable: "AuthEnable"
    case .authDisable: "AuthDisable"
    case .authenticate: "Authenticate"
    case .userAdd: "AuthUserAdd"
    case .userDelete: "AuthUserDelete"
    case .userChangePassword: "AuthUserChangePassword"
    case .userGrantRole: "AuthUserGrantRole"
    case .userRevokeRole: "AuthUserRevokeRole"
    case .roleAdd: "AuthRoleAdd"
    case .roleDelete: "AuthRoleDelete"
    case .roleGrantPermission: "AuthRoleGrantPermission"
    case .roleRevokePermission: "AuthRoleRevokePermission"
    }
  }
}
