import EtcdAPI
import EtcdClient
import EtcdServices
import Foundation
import Logging
import NIOSSL
import Synchronization
import TestSupport
import Testing

/// Who may connect to a client port, what the server's log says of those who may not, and what they are told.
@Suite("TLS on client ports", .needsOpenSSL, .timeLimit(.minutes(3)))
struct TLSTests {
  private let certificates = TestCertificates.shared

  /// A server, its log, and what to connect to it with.
  private struct Secured {
    let served: ServedNode
    let log: LogLines
    let scheme: String

    init(_ settings: TLSSettings?) async throws {
      scheme = settings == nil ? "http" : "https"
      let log = LogLines()
      self.log = log
      let connections = ConnectionLog(log.logger)
      served = try await .start(
        tls: try settings.map { try ReloadingTLS($0, logger: log.logger).serverTLS },
        report: { connections.report($0, $1) })
    }

    var url: String { "\(scheme)://\(served.address)" }
  }

  private func settings(_ pair: TestCertificates.Pair? = nil, _ change: (inout TLSSettings) -> Void = { _ in })
    -> TLSSettings
  {
    let pair = pair ?? certificates.server
    var settings = TLSSettings(certificateFile: pair.certificate, keyFile: pair.key)
    change(&settings)
    return settings
  }

  private func mutual(_ change: (inout TLSSettings) -> Void = { _ in }) -> TLSSettings {
    settings {
      $0.trustedAuthorityFile = certificates.authority.certificate
      change(&$0)
    }
  }

  private func tls(
    _ pair: TestCertificates.Pair? = nil, authority: TestCertificates.Pair? = nil
  ) -> RemoteEtcd.TLS {
    var tls = RemoteEtcd.TLS()
    tls.authorityFile = (authority ?? certificates.authority).certificate
    tls.certificateFile = pair?.certificate
    tls.keyFile = pair?.key
    return tls
  }

  /// What a put says is the matter; nil when it succeeds.
  private func put(_ url: String, _ tls: RemoteEtcd.TLS?) async throws -> String? {
    var configuration = RemoteEtcd.Configuration(endpoints: [url])
    configuration.tls = tls
    let etcd = try RemoteEtcd(configuration)
    var request = PutRequest()
    request.key = Data("a".utf8)
    do {
      _ = try await etcd.put(request)
      await etcd.close()
      return nil
    } catch {
      await etcd.close()
      return error.cause ?? error.message
    }
  }

  private func etcdctl(_ secured: Secured, _ pair: TestCertificates.Pair? = nil) async throws -> Program.Output {
    let program = try #require(RealEtcd.program("etcdctl", .v35))
    var options = ["--endpoints", secured.url]
    if secured.scheme == "https" { options += ["--cacert", certificates.authority.certificate] }
    if let pair { options += ["--cert", pair.certificate, "--key", pair.key] }
    return try await Program.run(
      program, options + ["--command-timeout", "2s", "--dial-timeout", "2s", "put", "a", "1"],
      environment: ["ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"])
  }

  // MARK: Those who may

  @Test("Plain text, TLS and mutual TLS serve our client and etcdctl", .needsEtcd35)
  func accepted() async throws {
    let plain = try await Secured(nil)
    #expect(try await put(plain.url, nil) == nil)
    #expect(try await etcdctl(plain).text == "OK\n")

    let server = try await Secured(settings())
    #expect(try await put(server.url, tls()) == nil)
    #expect(try await etcdctl(server).text == "OK\n")

    for change: (inout TLSSettings) -> Void in [
      { _ in },
      { $0.revocationFile = certificates.revocationList },
      { $0.revocationFile = certificates.binaryRevocationList },
      { $0.maximumVersion = .tlsv12 },
      { $0.cipherSuites = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] },
    ] {
      let both = try await Secured(mutual(change))
      #expect(try await put(both.url, tls(certificates.client)) == nil)
      #expect(try await etcdctl(both, certificates.client).text == "OK\n")
      #expect(both.log.lines == [])
      try await both.served.stop()
    }
    for name in ["client.example", "CLIENT.example", "a.clients.example", "127.0.0.1"] {
      let named = try await Secured(mutual { $0.allowedHostname = name })
      #expect(try await put(named.url, tls(certificates.namedClient)) == nil)
      #expect(try await etcdctl(named, certificates.namedClient).text == "OK\n")
      try await named.served.stop()
    }
    try await plain.served.stop()
    try await server.served.stop()
  }

  // MARK: Those who may not

  /// Checks what a client is told and what the log says.
  private func refused(
    _ settings: TLSSettings?, _ tls: RemoteEtcd.TLS?, scheme: String? = nil, told: String, logged: String?,
    _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let secured = try await Secured(settings)
    let cause = try await put("\(scheme ?? secured.scheme)://\(secured.served.address)", tls)
    #expect(cause == told.replacing("ADDRESS", with: secured.served.address), sourceLocation: location)
    if let logged {
      await secured.log.wait(for: logged)
      let line = secured.log.lines.first { $0.contains(logged) }
      #expect(line?.hasPrefix("warning rejected connection") == true, sourceLocation: location)
      #expect(line?.contains("remote-addr=127.0.0.1:") == true, sourceLocation: location)
    } else {
      #expect(secured.log.lines == [], sourceLocation: location)
    }
    try await secured.served.stop()
  }

  @Test("Plain text to TLS, and TLS to plain text")
  func schemes() async throws {
    try await refused(
      settings(), nil, scheme: "http", told: "the server speaks TLS, and was spoken to in plain text",
      logged: "the client does not speak TLS")
    try await refused(
      nil, tls(), scheme: "https", told: "the server speaks plain text, and was spoken to in TLS", logged: nil)
  }

  @Test("A server's certificate that the client does not trust, that expired, or is for another name")
  func serverCertificates() async throws {
    try await refused(
      settings(), tls(authority: certificates.otherAuthority),
      told: "the server's certificate 'server' is signed by 'etch test authority', which is not trusted here",
      logged: "the client does not trust this server's certificate (unknown ca)")
    let expired = try await Secured(settings(certificates.expired))
    #expect(expired.log.lines.count == 1)
    #expect(expired.log.lines[0].hasSuffix("the server's certificate expired on 2021-01-01"))
    #expect(try await put(expired.url, tls()) == "the server's certificate 'expired' expired on 2021-01-01")
    await expired.log.wait(for: "the client does not trust this server's certificate (certificate expired)")
    try await expired.served.stop()
    // The name is compared by the client when the handshake is over.
    try await refused(
      settings(certificates.wrongName), tls(),
      told: "the server's certificate 'wrongname' is good for elsewhere.example, 127.9.9.9, not for 'ADDRESS'",
      logged: nil)
  }

  @Test("A client's certificate that is missing, expired, of another authority, revoked, or for another name")
  func clientCertificates() async throws {
    for version in [TLSVersion.tlsv12, .tlsv13] {
      func allowed(_ change: @escaping (inout TLSSettings) -> Void = { _ in }) -> TLSSettings {
        mutual {
          $0.maximumVersion = version
          change(&$0)
        }
      }
      try await refused(
        allowed(), tls(), told: "the server wants a client certificate, and none was given",
        logged: "the client showed no certificate")
      try await refused(
        allowed(), tls(certificates.expiredClient),
        told: "the server refused the client certificate 'expiredclient': it expired on 2021-01-01",
        logged: "the client's certificate 'expiredclient' expired on 2021-01-01")
      try await refused(
        allowed(), tls(certificates.strangeClient),
        told: "the server refused the client certificate 'strangeclient': it is signed by 'etch test otherauthority'",
        logged: "the client's certificate 'strangeclient' is signed by 'etch test otherauthority'")
      for list in [certificates.revocationList, certificates.binaryRevocationList] {
        try await refused(
          allowed { $0.revocationFile = list }, tls(certificates.revokedClient),
          told: "it closed the connection right after the TLS handshake: it may not accept the client certificate "
            + "'revokedclient', which may have been revoked, or not be for a name that the server asks for",
          logged: "the client's certificate 'revokedclient' is revoked (serial ")
      }
      for (pair, names) in [
        (certificates.namedClient, "client.example, *.clients.example, 127.0.0.1"), (certificates.client, "nothing"),
      ] {
        let name = pair.certificate == certificates.client.certificate ? "client" : "namedclient"
        try await refused(
          allowed { $0.allowedHostname = "other.example" }, tls(pair),
          told: "it closed the connection right after the TLS handshake: it may not accept the client certificate "
            + "'\(name)', which may have been revoked, or not be for a name that the server asks for",
          logged: "the client's certificate '\(name)' is good for \(names), not for 'other.example'")
      }
    }
  }

  @Test("Versions and cipher suites that the two do not share")
  func versions() async throws {
    try await refused(
      settings {
        $0.minimumVersion = .tlsv1
        $0.maximumVersion = .tlsv11
      }, tls(), told: "the server and this client have no version of TLS in common; this client speaks 1.2 and 1.3",
      logged: "the client speaks no version of TLS that is allowed here")
    // The certificate's key is of the other kind.
    try await refused(
      settings {
        $0.maximumVersion = .tlsv12
        $0.cipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
      }, tls(), told: "the server and this client have no cipher suite in common",
      logged: "the client knows no cipher suite that is allowed here")
  }

  @Test("etcdctl 3.5.1 ends at TLS 1.2, and is refused by a server that begins above", .needsEtcd35)
  func tooOld() async throws {
    let secured = try await Secured(settings { $0.minimumVersion = .tlsv13 })
    #expect(try await put(secured.url, tls()) == nil)
    #expect(try await etcdctl(secured).status != 0)
    await secured.log.wait(for: "the client speaks no version of TLS that is allowed here")
    try await secured.served.stop()
  }

  // MARK: Files

  @Test("Files that change are read again by the next connection; while they are not usable, those before serve")
  func reload() async throws {
    let folder = TemporaryFolder("etch-tls")
    let manager = FileManager.default
    func place(_ pair: TestCertificates.Pair) throws {
      for (source, name) in [(pair.certificate, "cert.pem"), (pair.key, "key.pem")] {
        try? manager.removeItem(atPath: folder.file(name))
        try manager.copyItem(atPath: source, toPath: folder.file(name))
      }
    }
    try place(certificates.server)
    try folder.write(String(contentsOfFile: certificates.revocationList, encoding: .utf8), to: "crl.pem")
    let secured = try await Secured(
      settings(.init(certificate: folder.file("cert.pem"), key: folder.file("key.pem"))) {
        $0.trustedAuthorityFile = certificates.authority.certificate
        $0.revocationFile = folder.file("crl.pem")
      })
    var configuration = RemoteEtcd.Configuration(endpoints: [secured.url])
    configuration.tls = tls(certificates.client)
    let lasting = try RemoteEtcd(configuration)
    var request = RangeRequest()
    request.key = Data("a".utf8)
    _ = try await lasting.range(request)

    try place(certificates.wrongName)
    #expect(try await put(secured.url, tls(certificates.client))?.contains("'wrongname' is good for") == true)
    #expect(secured.log.lines == ["info reloaded TLS files cert-file=\(folder.file("cert.pem"))"])
    _ = try await lasting.range(request)

    try place(certificates.server)
    #expect(try await put(secured.url, tls(certificates.client)) == nil)
    try folder.write("half a certif", to: "cert.pem")
    #expect(try await put(secured.url, tls(certificates.client)) == nil)
    #expect(
      secured.log.lines.last
        == "warning failed to reload TLS files; those read before stay in use error=cannot use "
        + "'\(folder.file("cert.pem"))': it holds no certificate in PEM form")
    try place(certificates.server)
    #expect(try await put(secured.url, tls(certificates.revokedClient))?.contains("may have been revoked") == true)
    await lasting.close()
    try await secured.served.stop()
  }

  @Test("What cannot be used is named at the start")
  func unusable() throws {
    func problem(_ settings: TLSSettings) -> String {
      do throws(EtcdError) {
        _ = try ReloadingTLS(settings, logger: LogLines().logger)
        return "none"
      } catch {
        return "\(error.message): \(error.cause ?? "")"
      }
    }
    let server = certificates.server
    #expect(problem(settings()) == "none")
    #expect(
      problem(settings(.init(certificate: "/nowhere/a.pem", key: server.key)))
        == "cannot use '/nowhere/a.pem': No such file or directory")
    #expect(
      problem(settings(.init(certificate: server.key, key: server.key)))
        == "cannot use '\(server.key)': it holds no certificate in PEM form")
    #expect(
      problem(settings(.init(certificate: server.certificate, key: server.certificate)))
        == "cannot use '\(server.certificate)': it holds no private key in PEM form, or one behind a passphrase")
    #expect(
      problem(settings(.init(certificate: server.certificate, key: certificates.client.key)))
        == "the TLS options do not fit together: \(certificates.client.key) is not the key of the certificate in "
        + server.certificate)
    #expect(
      problem(mutual { $0.revocationFile = server.certificate })
        == "cannot use '\(server.certificate)': it holds no revocation list, neither in PEM nor in DER form")
    #expect(
      problem(mutual { $0.cipherSuites = ["TLS_NOPE"] })
        == "the TLS options do not fit together: unexpected TLS cipher suite \"TLS_NOPE\"")
    #expect(problem(settings { $0.allowedHostname = "a" }).contains("--client-cert-allowed-hostname says what is"))
    #expect(
      problem(
        settings {
          $0.minimumVersion = .tlsv13
          $0.maximumVersion = .tlsv12
        }
      ).hasSuffix("--tls-max-version is older than --tls-min-version"))
  }
}

/// Keeps what is logged, as `level message key=value…`.
private final class LogLines: Sendable {
  private let state = Mutex<[String]>([])

  var lines: [String] { state.withLock { $0 } }

  var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

  /// Returns when a line has the text in it; the test's time limit is the other way out.
  func wait(for text: String) async {
    while !lines.contains(where: { $0.contains(text) }) {
      if Task.isCancelled { return }
      await Task.yield()
    }
  }

  private struct Handler: LogHandler {
    let log: LogLines
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
      log.state.withLock { $0.append("\(event.level) \(event.message)\(pairs)") }
    }
  }
}
