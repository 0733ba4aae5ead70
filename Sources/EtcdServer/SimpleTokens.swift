import EtcdState

/// Tokens that mean nothing by themselves: the node remembers whose they are (server/auth/simple_token.go).
///
///     abcdefghijklmnop.12     16 letters of chance, and the index of the log entry that made it
///
/// A token lives as long as it is used now and then, and no longer than its user's password, its user, or authentication.
struct SimpleTokens: Sendable {
  private struct Holder: Sendable {
    var user: String
    var deadline: Duration
  }

  /// How long a token lives without being used.
  private let lifetime: Duration
  private var holders: [String: Holder] = [:]
  /// Tokens whose time is up are dropped when there are this many.
  private var purgeCount = 64

  init(lifetime: Duration = .seconds(300)) { self.lifetime = lifetime }

  static func makePrefix(using generator: inout some RandomNumberGenerator) -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return String((0..<16).map { _ in letters.randomElement(using: &generator)! })
  }

  static func token(prefix: String, index: UInt64) -> String { "\(prefix).\(index)" }

  /// Whose a token is. It lives on from now.
  /// - Parameter now: by a clock that never jumps.
  mutating func use(_ token: String, now: Duration) -> String? {
    guard let holder = holders[token] else { return nil }
    guard now <= holder.deadline else {
      holders[token] = nil
      return nil
    }
    holders[token]?.deadline = now + lifetime
    return holder.user
  }

  /// Does what follows from a command that has been applied.
  mutating func follow(_ command: Command, index: UInt64, now: Duration) {
    switch command {
    case .authenticate(let login):
      if login.simpleToken.isEmpty { return }
      holders[Self.token(prefix: login.simpleToken, index: index)] = Holder(user: login.name, deadline: now + lifetime)
      if holders.count > purgeCount {
        holders = holders.filter { $0.value.deadline >= now }
        purgeCount = 64 + 2 * holders.count
      }
    case .userDelete(let request): forget(request.name)
    case .userChangePassword(let request): forget(request.name)
    case .authDisable: holders = [:]
    default: break
    }
  }

  private mutating func forget(_ user: String) {
    holders = holders.filter { !$0.value.user.utf8.elementsEqual(user.utf8) }
  }
}
