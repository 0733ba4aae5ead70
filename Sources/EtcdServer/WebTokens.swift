import Crypto
import CryptoExtras
import DiskIO
import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Tokens that say whose they are and until when, signed so that nobody else can make them: JSON Web Tokens (RFC 7519),
/// as etcd's `--auth-token jwt,…` has them.
///
///     base64({"alg":"RS256","typ":"JWT"}) . base64({"exp":1767225600,"revision":7,"username":"alice"}) . base64(signature)
struct WebTokens: Sendable {
  private let signature: WebTokenSignature
  private let lifetime: Duration
  /// The token's first part, the same for all.
  private let header: String

  /// - Parameter settings: etcd's: `sign-method`, which must be there, `priv-key` and `pub-key`, files, and `ttl`, a Go
  ///   duration, 5 minutes if not given.
  init(_ settings: [String: String]) throws(EtcdError) {
    func refuse(_ cause: String, _ remedy: String? = nil) -> EtcdError {
      EtcdError(.invalidArgument, "auth: invalid auth options for JSON Web Tokens", cause: cause, remedy: remedy)
    }
    let methods = WebTokenSignature.Method.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name = settings["sign-method"] else { throw refuse("sign-method is missing", "give one of \(methods)") }
    guard let method = WebTokenSignature.Method(rawValue: name) else {
      throw refuse("there is no sign-method \(name)", "give one of \(methods)")
    }
    if let ttl = settings["ttl"] {
      guard let duration = Duration(goText: ttl), duration > .zero else {
        throw refuse("ttl=\(ttl) is not a time", "give one such as 10m or 1h30m")
      }
      lifetime = duration
    } else {
      lifetime = .seconds(300)
    }
    signature = try WebTokenSignature(
      method, privateKey: try settings["priv-key"].map(Self.read), publicKey: try settings["pub-key"].map(Self.read))
    header = Data(#"{"alg":"\#(method.rawValue)","typ":"JWT"}"#.utf8).base64URL
  }

  private static func read(_ path: String) throws(EtcdError) -> Data {
    do throws(DiskError) {
      return Data(try PosixDisk().read(path))
    } catch {
      throw EtcdError("cannot read the key file \(path)", error)
    }
  }

  /// Whom a token names.
  struct Claims: Codable, Equatable {
    var username: String
    /// etcd's auth revision when the token was issued.
    var revision: UInt64
    /// Seconds since 1970 at which the token ends, and before which it is not yet good.
    var exp: Double?
    var nbf: Double?
  }

  private struct Header: Decodable {
    var alg: String
  }

  /// - Parameter now: seconds since 1970.
  func issue(to user: String, revision: UInt64, now: Double) throws(EtcdError) -> String {
    struct Payload: Encodable {
      var exp: Int64
      var revision: UInt64
      var username: String
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let payload = Payload(
      exp: Int64(now + lifetime / .seconds(1)), revision: revision, username: user)
    // Numbers and strings always encode.
    let signed = "\(header).\(try! encoder.encode(payload).base64URL)"
    return "\(signed).\(try signature.sign(Data(signed.utf8)).base64URL)"
  }

  /// What a token says, if it is one of ours, and good now.
  /// - Parameter now: seconds since 1970.
  func verify(_ token: String, now: Double) -> Claims? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    let decoder = JSONDecoder()
    guard parts.count == 3, let headerBytes = Data(base64URL: parts[0]), let claimBytes = Data(base64URL: parts[1]),
      let signatureBytes = Data(base64URL: parts[2]),
      let header = try? decoder.decode(Header.self, from: headerBytes), header.alg == signature.method.rawValue,
      signature.verify(signatureBytes, of: Data("\(parts[0]).\(parts[1])".utf8)),
      let claims = try? decoder.decode(Claims.self, from: claimBytes)
    else { return nil }
    if let end = claims.exp, now >= end { return nil }
    if let beginning = claims.nbf, now < beginning { return nil }
    return claims
  }
}

extension Data {
  /// RFC 4648's base 64 for URLs, without padding.
  var base64URL: String {
    String(
      base64EncodedString().compactMap { character -> Character? in
        switch character {
        case "+": "-"
        case "/": "_"
        case "=": nil
        default: character
        }
      })
  }

  init?(base64URL text: some StringProtocol) {
    var standard = ""
    for character in text {
      switch character {
      case "-": standard.append("+")
      case "_": standard.append("/")
      case "+", "/", "=": return nil
      default: standard.append(character)
      }
    }
    standard += String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
    self.init(base64Encoded: standard)
  }
}
