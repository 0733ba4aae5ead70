import NIOSSL

/// How the ports where clients connect are secured: etcd's flags.
public struct TLSSettings: Sendable {
  /// The server's certificate with the chain that leads to its authority, and its key; PEM.
  public var certificateFile: String
  public var keyFile: String
  /// Authorities of which one must have signed a client's certificate; PEM. Given one, a client has to show a
  /// certificate, as in etcd.
  public var trustedAuthorityFile: String?
  /// Whether clients have to show a certificate; without ``trustedAuthorityFile`` the system's authorities count.
  public var requiresClientCertificate = false
  /// Revoked client certificates; PEM or DER.
  public var revocationFile: String?
  /// A name or an address that a client's certificate must be good for.
  public var allowedHostname: String?
  public var minimumVersion = TLSVersion.tlsv12
  public var maximumVersion: TLSVersion?
  /// Names as IANA gives them, and Go; those of TLS 1.3 are always allowed. None means the usual ones.
  public var cipherSuites: [String] = []

  public init(certificateFile: String, keyFile: String) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
  }

  var verifiesClients: Bool { requiresClientCertificate || trustedAuthorityFile != nil }

  /// `TLS1.2` or `TLS1.3`, as etcd's flags spell them; nil for anything else.
  public static func version(_ name: String) -> TLSVersion? {
    switch name {
    case "TLS1.2": .tlsv12
    case "TLS1.3": .tlsv13
    default: nil
    }
  }

  /// Suites of TLS 1.2 and before that can be chosen.
  static let knownCipherSuites: [String: NIOTLSCipher] = [
    "TLS_RSA_WITH_AES_128_CBC_SHA": .TLS_RSA_WITH_AES_128_CBC_SHA,
    "TLS_RSA_WITH_AES_256_CBC_SHA": .TLS_RSA_WITH_AES_256_CBC_SHA,
    "TLS_RSA_WITH_AES_128_GCM_SHA256": .TLS_RSA_WITH_AES_128_GCM_SHA256,
    "TLS_RSA_WITH_AES_256_GCM_SHA384": .TLS_RSA_WITH_AES_256_GCM_SHA384,
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": .TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": .TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": .TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305": .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305": .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
  ]
}
