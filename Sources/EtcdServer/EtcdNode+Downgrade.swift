import EtcdAPI
import EtcdState

extension EtcdNode {
  /// Says what etcd would say to a cluster of one member that is asked to make ready for the version before. It is not
  /// begun: this node has no older version of itself to make place for.
  public func downgrade(_ request: DowngradeRequest, by caller: Caller, then: Completion<DowngradeResponse>) {
    answer(then) { core throws(EtcdError) in
      let version = core.state.membership.clusterVersion
      switch request.action {
      case .validate: try Self.checkDowngrade(to: request.version, from: version)
      case .enable:
        try Self.checkDowngrade(to: request.version, from: version)
        throw EtcdError(
          .unimplemented, "etcdserver: this node cannot be downgraded", cause: "it is no release of etcd",
          remedy: "save a snapshot and restore it with the etcd that is to serve it")
      case .cancel: throw .noInflightDowngrade
      case .UNRECOGNIZED: throw EtcdError(.unknown, "etcdserver: unknown method")
      }
      var response = DowngradeResponse()
      response.version = version
      return response
    }
  }

  /// A cluster can go back by one minor version.
  private static func checkDowngrade(to target: String, from version: String) throws(EtcdError) {
    guard let target = MinorVersion(target) else { throw .wrongDowngradeVersionFormat }
    guard let current = MinorVersion(version) else { throw .clusterVersionUnavailable }
    if target != MinorVersion(major: current.major, minor: current.minor - 1) { throw .invalidDowngradeTargetVersion }
  }
}

/// `3.4` or `3.4.0`, without what comes after the second number.
private struct MinorVersion: Equatable {
  var major: Int
  var minor: Int

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2 || parts.count == 3, let major = parts[0], let minor = parts[1], parts.last != .some(nil)
    else { return nil }
    self.init(major: major, minor: minor)
  }
}
