import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension AccessRules {
  public enum Right: Sendable {
    case read, write
  }

  /// Whether a user may read or write a range of keys (`isOpPermitted`).
  ///
  /// - Parameters:
  ///   - authRevision: of the caller's token; 0 for a caller who showed none.
  ///   - rangeEnd: as in a request: nothing for the one key, a zero byte for no end.
  public func check(
    _ right: Right, key: Data, rangeEnd: Data, of name: String, authRevision: UInt64
  ) throws(EtcdError) {
    if !isEnabled { return }
    if authRevision == 0 { throw .userEmpty }
    if authRevision < revision { throw .authOldRevision }
    let name = Name(name)
    guard let user = usersByName[name], let permissions = permissions[name] else { throw .permissionDenied }
    if user.isAdmin { return }
    let keys =
      switch right {
      case .read: permissions.reads
      case .write: permissions.writes
      }
    if !keys.covers(key: key, rangeEnd: rangeEnd) { throw .permissionDenied }
  }

  /// Whether a user has the root role (`IsAdminPermitted`).
  public func checkAdministrator(_ name: String) throws(EtcdError) {
    if !isEnabled { return }
    if name.isEmpty { throw .userEmpty }
    guard let user = user(name) else { throw .userNotFound }
    if !user.isAdmin { throw .permissionDenied }
  }

  /// What the password of a user who logs in is to be compared with (`CheckPassword`).
  public func passwordHash(of name: String) throws(EtcdError) -> Data {
    if !isEnabled { throw .authNotEnabled }
    guard let user = user(name) else { throw .authFailed }
    if user.options.noPassword { throw .passwordForNoPasswordUser }
    return user.password
  }

  /// Whether a user may log in whose password has been found right (`Authenticate`).
  public func checkLogin(_ name: String) throws(EtcdError) {
    if !isEnabled { throw .authNotEnabled }
    guard let user = user(name), !user.options.noPassword else { throw .authFailed }
  }

  public func hasRole(_ role: String, user name: String) -> Bool { user(name)?.has(role) ?? false }
}
