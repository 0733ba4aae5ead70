import Foundation

/// Certificates for TLS tests, made once a process with the `openssl` command: pairs of `NAME.pem` and `NAME.key`.
public struct TestCertificates: Sendable {
  private let folder: TemporaryFolder

  /// Signed by ``authority``; good for localhost and 127.0.0.1.
  public var server: Pair { pair("server") }
  /// Signed by ``authority``; its common name is `client`.
  public var client: Pair { pair("client") }
  /// As ``server``, but only valid from 2020-01-01 to 2021-01-01.
  public var expired: Pair { pair("expired") }
  /// As ``server``, but only good for `elsewhere.example` and 127.9.9.9.
  public var wrongName: Pair { pair("wrongname") }
  /// As ``client``, but only valid from 2020-01-01 to 2021-01-01.
  public var expiredClient: Pair { pair("expiredclient") }
  /// As ``client``, and good for `client.example`, `*.clients.example` and 127.0.0.1.
  public var namedClient: Pair { pair("namedclient") }
  /// As ``client``, and in ``revocationList`` and ``binaryRevocationList``.
  public var revokedClient: Pair { pair("revokedclient") }
  /// The authority's list of what it has revoked, as PEM and as DER.
  public var revocationList: String { folder.file("revoked.pem") }
  public var binaryRevocationList: String { folder.file("revoked.der") }
  /// A client certificate signed by ``otherAuthority``.
  public var strangeClient: Pair { pair("strangeclient") }
  /// The certificate authority that servers and clients share.
  public var authority: Pair { pair("authority") }
  public var otherAuthority: Pair { pair("otherauthority") }

  public struct Pair: Sendable {
    public var certificate: String
    public var key: String

    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  public static let isPossible = !Program.directories(holding: "openssl").isEmpty

  /// The one set of this process.
  public static let shared: TestCertificates = {
    do {
      return try TestCertificates()
    } catch {
      fatalError("cannot make test certificates: \(error)")
    }
  }()

  private func pair(_ name: String) -> Pair {
    Pair(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"))
  }

  private init() throws {
    folder = TemporaryFolder("etch-certificates")
    AtExit.remove(folder.path)
    try folder.write(Self.configuration(folder: folder.path), to: "openssl.cnf")
    for authority in ["authority", "otherauthority"] {
      try makeKey(authority)
      try openssl(
        "req", "-x509", "-new", "-key", folder.file("\(authority).key"), "-subj", "/CN=etch test \(authority)",
        "-days", "30", "-config", folder.file("openssl.cnf"), "-extensions", "authority", "-out",
        folder.file("\(authority).pem"))
    }
    let (start, end) = ("20200101000000Z", "20210101000000Z")
    try makeCertificate("server", extensions: "server")
    try makeCertificate("client", extensions: "client")
    try makeCertificate("expired", extensions: "server", dates: ["-startdate", start, "-enddate", end])
    try makeCertificate("wrongname", extensions: "elsewhere")
    try makeCertificate("strangeclient", extensions: "client", authority: "otherauthority")
    try makeCertificate("expiredclient", extensions: "client", dates: ["-startdate", start, "-enddate", end])
    try makeCertificate("namedclient", extensions: "namedclient")
    try makeCertificate("revokedclient", extensions: "client")
    // The last one made is what the authority's register holds.
    try revoke("revokedclient")
  }

  private func makeKey(_ name: String) throws {
    try openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder.file("\(name).key"))
  }

  private func makeCertificate(
    _ name: String, extensions: String, authority: String = "authority", dates: [String] = ["-days", "30"]
  ) throws {
    try makeKey(name)
    try openssl(
      "req", "-new", "-key", folder.file("\(name).key"), "-subj", "/CN=\(name)", "-config",
      folder.file("openssl.cnf"), "-out", folder.file("\(name).csr"))
    try folder.write("", to: "index.txt")
    try openssl(
      [
        "ca", "-batch", "-notext", "-config", folder.file("openssl.cnf"), "-extensions", extensions, "-create_serial",
        "-cert", folder.file("\(authority).pem"), "-keyfile", folder.file("\(authority).key"), "-in",
        folder.file("\(name).csr"), "-out", folder.file("\(name).pem"),
      ] + dates)
  }

  private func revoke(_ name: String) throws {
    let authority = [
      "-config", folder.file("openssl.cnf"), "-cert", folder.file("authority.pem"), "-keyfile",
      folder.file("authority.key"),
    ]
    try openssl(["ca", "-revoke", folder.file("\(name).pem")] + authority)
    try openssl(["ca", "-gencrl", "-crldays", "30", "-out", revocationList] + authority)
    try openssl("crl", "-in", revocationList, "-outform", "DER", "-out", binaryRevocationList)
  }

  private func openssl(_ arguments: String...) throws { try openssl(arguments) }

  private func openssl(_ arguments: [String]) throws {
    let output = try Program.runBlocking("openssl", arguments)
    guard output.status == 0 else { throw Program.Failure("openssl \(arguments.joined(separator: " ")): \(output)") }
  }

  private static func configuration(folder: String) -> String {
    """
    [ca]
    default_ca = maker
    [maker]
    database = \(folder)/index.txt
    new_certs_dir = \(folder)
    serial = \(folder)/serial
    default_md = sha256
    policy = anything
    unique_subject = no
    [anything]
    commonName = supplied
    [req]
    distinguished_name = name
    [name]
    [authority]
    basicConstraints = critical, CA:TRUE
    keyUsage = critical, keyCertSign, cRLSign
    subjectKeyIdentifier = hash
    [server]
    extendedKeyUsage = serverAuth, clientAuth
    subjectAltName = DNS:localhost, IP:127.0.0.1
    [elsewhere]
    extendedKeyUsage = serverAuth, clientAuth
    subjectAltName = DNS:elsewhere.example, IP:127.9.9.9
    [client]
    extendedKeyUsage = clientAuth
    [namedclient]
    extendedKeyUsage = clientAuth
    subjectAltName = DNS:client.example, DNS:*.clients.example, IP:127.0.0.1

    """
  }
}
