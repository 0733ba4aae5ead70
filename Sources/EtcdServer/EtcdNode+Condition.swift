import EtcdAPI

/// What health checks and metrics look at.
extension EtcdNode {
  public var alarms: [AlarmMember] { core.withLock { $0.state.alarms.alarms } }

  public var isAuthEnabled: Bool { core.withLock { $0.state.access.isEnabled } }

  /// "3.5.0"
  public var clusterVersion: String { core.withLock { $0.state.membership.clusterVersion } }

  /// Bytes of the backend file: the one there is, or the one that would be written now; the next checkpoint makes them
  /// the same.
  var databaseSize: Int64 { max(Int64(committer?.lastCheckpoint.size ?? 0), core.withLock { $0.databaseSize }) }
}
