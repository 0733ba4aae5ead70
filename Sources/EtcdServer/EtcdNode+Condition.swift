import EtcdAPI

/// What health checks and metrics look at.
extension EtcdNode {
  public var alarms: [AlarmMember] { core.withLock { $0.state.alarms.alarms } }

  /// "3.5.0"
  public var clusterVersion: String { core.withLock { $0.state.membership.clusterVersion } }
}
