import Crypto
import CryptoExtras
import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A way to sign tokens (RFC 7518), with its key. With a public key only it recognises tokens and makes none.
struct WebTokenSignature: Sendable {
  enum Method: String, CaseIterable, Sendable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
  }

  private enum Key: Sendable {
    case hmac(SymmetricKey)
    case rsa(_RSA.Signing.PrivateKey?, _RSA.Signing.PublicKey)
    case p256(P256.Signing.PrivateKey?, P256.Signing.PublicKey)
    case p384(P384.Signing.PrivateKey?, P384.Signing.PublicKey)
    case p521(P521.Signing.PrivateKey?, P521.Signing.PublicKey)
  }

  let method: Method
  private let key: Key

  /// - Parameters:
  ///   - privateKey: PEM, or for HS256 and its like any bytes.
  ///   - publicKey: PEM; not needed beside a private key, but then it must be that one's.
  init(_ method: Method, privateKey: Data?, publicKey: Data?) throws(EtcdError) {
    self.method = method
    func refuse(_ cause: String, _ remedy: String) -> EtcdError {
      EtcdError(.invalidArgument, "auth: cannot use the key for \(method.rawValue)", cause: cause, remedy: remedy)
    }
    let privateText = privateKey.map { String(decoding: $0, as: UTF8.self) }
    let publicText = publicKey.map { String(decoding: $0, as: UTF8.self) }

    /// Reads the keys that are there; a private one has its public one with it.
    func keys<Private, Public>(
      _ makePrivate: (String) throws -> Private, _ makePublic: (String) throws -> Public,
      _ derive: (Private) -> Public, _ bytes: (Public) -> Data
    ) throws(EtcdError) -> (Private?, Public) {
      do {
        let ownKey = try privateText.map(makePrivate)
        let given = try publicText.map(makePublic)
        guard let ownKey else {
          guard let given else {
            throw refuse("neither priv-key nor pub-key is given", "give priv-key=FILE, or pub-key=FILE to verify only")
          }
          return (nil, given)
        }
        if let given, bytes(given) != bytes(derive(ownKey)) {
          throw refuse("public and private keys don't match", "leave pub-key out, or give the private key's own")
        }
        return (ownKey, derive(ownKey))
      } catch let error as EtcdError {
        throw error
      } catch {
        throw refuse("a key file cannot be read as PEM: \(error)", "make one with openssl genpkey")
      }
    }

    switch method {
    case .hs256, .hs384, .hs512:
      guard let privateKey, !privateKey.isEmpty else {
        throw refuse("priv-key is missing or empty", "give priv-key=FILE, a file with the secret")
      }
      key = .hmac(SymmetricKey(data: privateKey))
    case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512:
      let pair = try keys(
        { try _RSA.Signing.PrivateKey(pemRepresentation: $0) }, { try _RSA.Signing.PublicKey(pemRepresentation: $0) },
        { $0.publicKey }, { $0.derRepresentation })
      key = .rsa(pair.0, pair.1)
    case .es256:
      let pair = try keys(
        { try P256.Signing.PrivateKey(pemRepresentation: $0) }, { try P256.Signing.PublicKey(pemRepresentation: $0) },
        { $0.publicKey }, { $0.derRepresentation })
      key = .p256(pair.0, pair.1)
    case .es384:
      let pair = try keys(
        { try P384.Signing.PrivateKey(pemRepresentation: $0) }, { try P384.Signing.PublicKey(pemRepresentation: $0) },
        { $0.publicKey }, { $0.derRepresentation })
      key = .p384(pair.0, pair.1)
    case .es512:
      let pair = try keys(
        { try P521.Signing.PrivateKey(pemRepresentation: $0) }, { try P521.Signing.PublicKey(pemRepresentation: $0) },
        { $0.publicKey }, { $0.derRepresentation })
      key = .p521(pair.0, pair.1)
    }
  }

  func sign(_ bytes: Data) throws(EtcdError) -> Data {
    do {
      switch key {
      case .hmac(let key): return code(of: bytes, key)
      case .rsa(let key?, _):
        switch digest {
        case .sha256: return try key.signature(for: SHA256.hash(data: bytes), padding: padding).rawRepresentation
        case .sha384: return try key.signature(for: SHA384.hash(data: bytes), padding: padding).rawRepresentation
        case .sha512: return try key.signature(for: SHA512.hash(data: bytes), padding: padding).rawRepresentation
        }
      case .p256(let key?, _): return try key.signature(for: bytes).rawRepresentation
      case .p384(let key?, _): return try key.signature(for: bytes).rawRepresentation
      case .p521(let key?, _): return try key.signature(for: bytes).rawRepresentation
      case .rsa(nil, _), .p256(nil, _), .p384(nil, _), .p521(nil, _):
        throw EtcdError(.unknown, "auth: token signing attempted with verify-only key")
      }
    } catch let error as EtcdError {
      throw error
    } catch {
      throw EtcdError(.internal, "cannot sign a token", cause: "\(error)")
    }
  }

  func verify(_ signature: Data, of bytes: Data) -> Bool {
    switch key {
    case .hmac(let key):
      // In time that does not tell where they differ.
      let expected = code(of: bytes, key)
      return expected.count == signature.count && zip(expected, signature).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    case .rsa(_, let key):
      let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
      switch digest {
      case .sha256: return key.isValidSignature(signature, for: SHA256.hash(data: bytes), padding: padding)
      case .sha384: return key.isValidSignature(signature, for: SHA384.hash(data: bytes), padding: padding)
      case .sha512: return key.isValidSignature(signature, for: SHA512.hash(data: bytes), padding: padding)
      }
    case .p256(_, let key):
      guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
      return key.isValidSignature(signature, for: bytes)
    case .p384(_, let key):
      guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
      return key.isValidSignature(signature, for: bytes)
    case .p521(_, let key):
      guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
      return key.isValidSignature(signature, for: bytes)
    }
  }

  // MARK: Parts

  private enum Digest {
    case sha256, sha384, sha512
  }

  private var digest: Digest {
    switch method {
    case .rs256, .ps256, .es256, .hs256: .sha256
    case .rs384, .ps384, .es384, .hs384: .sha384
    case .rs512, .ps512, .es512, .hs512: .sha512
    }
  }

  private var padding: _RSA.Signing.Padding {
    switch method {
    case .ps256, .ps384, .ps512: .PSS
    default: .insecurePKCS1v1_5
    }
  }

  private func code(of bytes: Data, _ key: SymmetricKey) -> Data {
    switch digest {
    case .sha256: Data(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
    case .sha384: Data(HMAC<SHA384>.authenticationCode(for: bytes, using: key))
    case .sha512: Data(HMAC<SHA512>.authenticationCode(for: bytes, using: key))
    }
  }
}
