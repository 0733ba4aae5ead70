import AccessControl
import Dispatch
import DiskIO
import EtcdAPI
import Logging

/// How passwords are hashed and tokens made: of authentication what is no replica's state.
struct Credentials: Sendable {
  enum Tokens: Sendable {
    /// See ``SimpleTokens``.
    case simple
    case web(WebTokens)
  }

  let tokens: Tokens
  private let bcryptCost: Int
  private let logger: Logger
  /// Hashing takes some 50 ms, so it is done where nobody waits behind it.
  let queue = DispatchQueue(label: "etch.passwords", qos: .userInitiated, attributes: .concurrent)

  /// - Throws: when the configuration's `--auth-token` cannot be followed.
  init(_ configuration: NodeConfiguration) throws(EtcdError) {
    logger = configuration.logger
    if BCrypt.costs.contains(configuration.bcryptCost) {
      bcryptCost = configuration.bcryptCost
    } else {
      bcryptCost = Self.defaultCost
      logger.warning(
        "use default bcrypt cost instead of the invalid given cost",
        metadata: [
          "min-cost": "\(BCrypt.costs.lowerBound)", "max-cost": "\(BCrypt.costs.upperBound)",
          "default-cost": "\(Self.defaultCost)", "given-cost": "\(configuration.bcryptCost)",
        ])
    }
    let option = configuration.authToken
    let fields = option.split(separator: ",", omittingEmptySubsequences: false)
    switch fields.first {
    case "simple":
      logger.warning("simple token is not cryptographically signed")
      tokens = .simple
    case "jwt": tokens = .web(try WebTokens(Self.settings(fields.dropFirst(), in: option)))
    default:
      throw .invalidAuthOptions(
        option, cause: "there is no such kind of token",
        remedy: "use simple, or jwt,pub-key=FILE,priv-key=FILE,sign-method=RS256,ttl=10m")
    }
  }

  private static let defaultCost = 10

  private static func settings(
    _ fields: ArraySlice<Substring>, in option: String
  ) throws(EtcdError) -> [String: String] {
    var settings: [String: String] = [:]
    for field in fields {
      let pair = field.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2 else {
        throw .invalidAuthOptions(option, cause: "\"\(field)\" is not of the form name=value", remedy: nil)
      }
      if settings.updateValue(pair[1], forKey: pair[0]) != nil {
        throw .invalidAuthOptions(option, cause: "\(pair[0]) is given twice", remedy: "give it once")
      }
    }
    return settings
  }

  /// Slow.
  func hash(_ password: String) throws(EtcdError) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    do throws(BCrypt.Refusal) {
      return try BCrypt.hash(password, cost: bcryptCost, using: &generator)
    } catch {
      switch error {
      case .passwordTooLong: throw EtcdError(.unknown, "bcrypt: password length exceeds 72 bytes")
      }
    }
  }

  /// What an answer to a login, or its refusal, is worth telling the operator.
  func noteRefusal(of user: String, _ error: EtcdError) {
    if error == .authNotEnabled { return }
    logger.warning(
      "invalid authentication was requested", metadata: ["user": "\(user)", "error": "\(error.message)"])
  }
}

extension EtcdError {
  static func invalidAuthOptions(_ option: String, cause: String, remedy: String?) -> EtcdError {
    EtcdError(.invalidArgument, "auth: invalid auth options \"\(option)\"", cause: cause, remedy: remedy)
  }
}
