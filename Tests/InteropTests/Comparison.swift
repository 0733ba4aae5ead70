import Foundation

/// How servers are compared here.
enum Comparison {
  /// With ETCH_DIFFERENTIAL_CONTROL in the environment real etcd is compared with real etcd: what differs then is chance,
  /// and must be steadied.
  static let isControl = ProcessInfo.processInfo.environment["ETCH_DIFFERENTIAL_CONTROL"] != nil

  /// With ETCH_DIFFERENTIAL_SHOW in the environment real etcd's answers are printed.
  static let isShown = ProcessInfo.processInfo.environment["ETCH_DIFFERENTIAL_SHOW"] != nil
}
