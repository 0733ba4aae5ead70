import EtcdState
import Metrics

extension EtcdNode {
  /// Registers what is not counted but found out when somebody asks. Of a single member that leads without a break, much
  /// is a constant.
  func registerMetrics() {
    constants()
    of(.gauge, "etcd_server_quota_backend_bytes", "Current backend storage quota size in bytes.") { node in
      Double(node.quota.limit ?? -1)
    }
    for (name, help) in [
      ("etcd_server_proposals_committed_total", "The total number of consensus proposals committed."),
      ("etcd_server_proposals_applied_total", "The total number of consensus proposals applied."),
    ] {
      of(.gauge, name, help) { node in Double(node.core.withLock { $0.index }) }
    }
    of(.gauge, "etcd_debugging_auth_revision", "The current revision of auth store.") { node in
      Double(node.core.withLock { $0.state.access.revision })
    }
    store()
    watches()
    checkpoints()
  }

  private func constants() {
    for (name, value, help) in [
      ("etcd_server_has_leader", 1, "Whether or not a leader exists. 1 is existence, 0 is not."),
      ("etcd_server_is_leader", 1, "Whether or not this member is a leader. 1 if is, 0 otherwise."),
      ("etcd_server_is_learner", 0, "Whether or not this member is a learner. 1 if is, 0 otherwise."),
    ] {
      metrics.registry.gauge(name, help).set(value)
    }
    metrics.registry.counter("etcd_server_leader_changes_seen_total", "The number of leader changes seen.").add()
    for (name, help) in [
      (
        "etcd_server_heartbeat_send_failures_total",
        "The total number of leader heartbeat send failures (likely overloaded from slow disk)."
      ),
      (
        "etcd_server_slow_read_indexes_total",
        "The total number of pending read indexes not in sync with leader's or timed out read index requests."
      ),
      ("etcd_server_read_indexes_failed_total", "The total number of failed read indexes seen."),
    ] {
      _ = metrics.registry.counter(name, help)
    }
    labelled(
      "etcd_server_version", "Which version is running. 1 for 'server_version' label with current version.",
      "server_version"
    ) { _ in NodeConfiguration.etcdVersion }
    labelled(
      "etcd_cluster_version",
      "Which version is running. 1 for 'cluster_version' label with current cluster version", "cluster_version"
    ) { node in node.clusterVersion.split(separator: ".").prefix(2).joined(separator: ".") }
    labelled(
      "etcd_server_id", "Server or member ID in hexadecimal format. 1 for 'server_id' label with current ID.",
      "server_id"
    ) { node in String(node.memberID, radix: 16) }
  }

  private func store() {
    of(.gauge, "etcd_debugging_mvcc_keys_total", "Total number of keys.") { node in
      Double(node.core.withLock { $0.state.store.keyCount })
    }
    of(.gauge, "etcd_debugging_mvcc_current_revision", "The current revision of store.") { node in
      Double(node.core.withLock { $0.state.store.revision })
    }
    of(.gauge, "etcd_debugging_mvcc_compact_revision", "The revision of the last compaction in store.") { node in
      Double(node.core.withLock { $0.state.store.compactedRevision })
    }
    of(
      .gauge, "etcd_mvcc_db_total_size_in_bytes",
      "Total size of the underlying database physically allocated in bytes."
    ) { node in Double(node.databaseSize) }
    of(
      .gauge, "etcd_mvcc_db_total_size_in_use_in_bytes",
      "Total size of the underlying database logically in use in bytes."
    ) { node in Double(node.core.withLock { $0.databaseSize }) }
  }

  private func watches() {
    of(.gauge, "etcd_debugging_mvcc_watcher_total", "Total number of watchers.") { node in
      Double(node.core.withLock { $0.watches.count })
    }
    of(.gauge, "etcd_debugging_mvcc_slow_watcher_total", "Total number of unsynced slow watchers.") { node in
      Double(node.core.withLock { $0.watches.unsyncedCount })
    }
    of(.gauge, "etcd_debugging_mvcc_pending_events_total", "Total number of pending events to be sent.") { node in
      Double(node.core.withLock { $0.watches.queuedEventCount })
    }
  }

  private func checkpoints() {
    guard committer != nil else { return }
    of(.counter, "etch_checkpoints_total", "Checkpoints written since the start.") { node in
      Double(node.committer?.lastCheckpoint.successCount ?? 0)
    }
    of(.counter, "etch_checkpoint_failures_total", "Checkpoints that could not be written.") { node in
      Double(node.committer?.lastCheckpoint.failureCount ?? 0)
    }
    of(
      .gauge, "etch_checkpoint_duration_seconds", "How long the last checkpoint took, beside the writes that went on."
    ) { node in Double((node.committer?.lastCheckpoint.duration ?? .zero) / .seconds(1)) }
  }

  // MARK: Registering

  /// The registry outlives nobody: a metric of a node that is gone is 0.
  private func of(
    _ kind: MetricKind, _ name: String, _ help: String, _ value: @escaping @Sendable (EtcdNode) -> Double
  ) {
    metrics.registry.computed(kind, name, help) { [weak self] in self.map(value) ?? 0 }
  }

  private func labelled(
    _ name: String, _ help: String, _ label: String, _ value: @escaping @Sendable (EtcdNode) -> String
  ) {
    metrics.registry.computedSamples(.gauge, name, help) { [weak self] in
      self.map { [Sample(1, labels: [Label(label, value($0))])] } ?? []
    }
  }
}
