import Crypto
import CryptoExtras
import EtcdAPI
import Foundation
import TestSupport
import Testing

@testable import EtcdServer

@Suite struct WebTokenTests {
  private static let keys: [(method: String, privateKey: String, publicKey: String)] = {
    let rsa = try! _RSA.Signing.PrivateKey(keySize: .bits2048)
    let rsaPair = (rsa.pemRepresentation, rsa.publicKey.pemRepresentation)
    let p256 = P256.Signing.PrivateKey()
    let p384 = P384.Signing.PrivateKey()
    let p521 = P521.Signing.PrivateKey()
    return ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].map { ($0, rsaPair.0, rsaPair.1) } + [
      ("ES256", p256.pemRepresentation, p256.publicKey.pemRepresentation),
      ("ES384", p384.pemRepresentation, p384.publicKey.pemRepresentation),
      ("ES512", p521.pemRepresentation, p521.publicKey.pemRepresentation),
    ]
  }()

  private let folder = TemporaryFolder()

  private func tokens(_ method: String, privateKey: String?, publicKey: String? = nil, ttl: String = "10m") throws
    -> WebTokens
  {
    var settings = ["sign-method": method, "ttl": ttl]
    for (name, text) in [("priv-key", privateKey), ("pub-key", publicKey)] {
      guard let text else { continue }
      let path = "\(folder.path)/\(name)-\(UInt64.random(in: 0 ... .max))"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      settings[name] = path
    }
    return try WebTokens(settings)
  }

  @Test("A token of every method is recognised until its time is up, by the public key alone too")
  func methods() throws {
    for (method, privateKey, publicKey) in Self.keys + [("HS256", "s", ""), ("HS384", "s", ""), ("HS512", "s", "")] {
      let ours = try tokens(method, privateKey: privateKey)
      let token = try ours.issue(to: "alice", revision: 7, now: 1000)
      let verifier = publicKey.isEmpty ? ours : try tokens(method, privateKey: nil, publicKey: publicKey)
      let claims = try #require(verifier.verify(token, now: 1599), "\(method)")
      #expect(claims.username == "alice")
      #expect(claims.revision == 7)
      #expect(verifier.verify(token, now: 1600) == nil)
      if !publicKey.isEmpty {
        #expect(throws: EtcdError(.unknown, "auth: token signing attempted with verify-only key")) {
          try verifier.issue(to: "alice", revision: 7, now: 1000)
        }
      }
    }
  }

  @Test("A token that anyone has touched is none")
  func forgeries() throws {
    let ours = try tokens("HS256", privateKey: "secret")
    let token = try ours.issue(to: "alice", revision: 7, now: 1000)
    let parts = token.split(separator: ".").map(String.init)
    let root = Data(#"{"exp":9000,"revision":7,"username":"root"}"#.utf8).base64URL
    let none = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64URL
    let other = try tokens("HS256", privateKey: "other").issue(to: "alice", revision: 7, now: 1000)
    for forged in [
      "", ".", "..", "a.b.c", "\(parts[0]).\(root).\(parts[2])", "\(none).\(root).", "\(none).\(root).\(parts[2])",
      "\(parts[0]).\(parts[1])", "\(token).", other,
    ] {
      #expect(ours.verify(forged, now: 1001) == nil, "\(forged)")
    }
    #expect(ours.verify(token, now: 1001) != nil)
  }

  @Test("Tokens that someone else issues with the key are as good, if they say whose they are")
  func foreign() throws {
    let ours = try tokens("HS256", privateKey: "secret")
    let signature = try WebTokenSignature(.hs256, privateKey: Data("secret".utf8), publicKey: nil)
    func token(_ claims: String) throws -> String {
      let signed = "\(Data(#"{"typ":"JWT","alg":"HS256","kid":"1"}"#.utf8).base64URL).\(Data(claims.utf8).base64URL)"
      return "\(signed).\(try signature.sign(Data(signed.utf8)).base64URL)"
    }
    #expect(ours.verify(try token(#"{"username":"bob","revision":3}"#), now: 5)?.username == "bob")
    #expect(ours.verify(try token(#"{"username":"bob","revision":3,"nbf":6}"#), now: 5) == nil)
    #expect(ours.verify(try token(#"{"username":"bob","revision":3,"exp":5}"#), now: 5) == nil)
    #expect(ours.verify(try token(#"{"username":"bob"}"#), now: 5) == nil)
    #expect(ours.verify(try token(#"{"revision":3}"#), now: 5) == nil)
    #expect(ours.verify(try token("[]"), now: 5) == nil)
  }

  @Test("Keys that do not belong together, or are none, are refused")
  func badKeys() throws {
    let (_, _, publicKey) = Self.keys[0]
    let stranger = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let mismatch = try #require(throws: EtcdError.self) {
      try tokens("RS256", privateKey: stranger.pemRepresentation, publicKey: publicKey)
    }
    #expect(mismatch.cause == "public and private keys don't match")
    #expect(throws: EtcdError.self) { try tokens("RS256", privateKey: "no key") }
    #expect(throws: EtcdError.self) { try tokens("ES256", privateKey: nil, publicKey: publicKey) }
    #expect(throws: EtcdError.self) { try WebTokens(["sign-method": "HS256", "priv-key": folder.path + "/missing"]) }
  }

  @Test("Go's durations are read")
  func durations() {
    #expect(Duration(goText: "10m") == .seconds(600))
    #expect(Duration(goText: "1h30m") == .seconds(5400))
    #expect(Duration(goText: "1.5s") == .milliseconds(1500))
    #expect(Duration(goText: "250ms") == .milliseconds(250))
    #expect(Duration(goText: "0") == .zero)
    for text in ["", "10", "m", "10x", "-5s", "1h 2m"] { #expect(Duration(goText: text) == nil) }
  }
}
