import EtcdAPI
import GRPCWire
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the files of ``TLSSettings`` hold, as it is at one moment.
struct TLSMaterial: Sendable {
  let context: NIOSSLContext
  let revocations: RevocationList?
  /// What is not wrong yet and should be looked at.
  let warning: String?

  /// - Throws: what cannot be used, by its file's name.
  init(_ settings: TLSSettings) throws(EtcdError) {
    let chain = try Self.certificates(in: settings.certificateFile, "--cert-file")
    let key = try Self.key(in: settings.keyFile)
    warning = Self.validityProblem(of: chain[0]).map { "\(settings.certificateFile): the server's certificate \($0)" }

    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.applicationProtocols = ServerTLS.applicationProtocols
    configuration.minimumTLSVersion = settings.minimumVersion
    configuration.maximumTLSVersion = settings.maximumVersion
    if !settings.cipherSuites.isEmpty { configuration.cipherSuiteValues = try Self.suites(settings.cipherSuites) }
    if settings.verifiesClients {
      configuration.certificateVerification = .noHostnameVerification
      if let file = settings.trustedAuthorityFile {
        configuration.trustRoots = .certificates(try Self.certificates(in: file, "--trusted-ca-file"))
      }
    } else if settings.allowedHostname != nil || settings.revocationFile != nil {
      let flag = settings.allowedHostname != nil ? "--client-cert-allowed-hostname" : "--client-crl-file"
      throw Self.unfit(
        "\(flag) says what is to hold for clients' certificates, but none are asked for",
        "give --trusted-ca-file, or leave it out")
    }
    if let oldest = Self.number(settings.maximumVersion), oldest < Self.number(settings.minimumVersion)! {
      throw Self.unfit("--tls-max-version is older than --tls-min-version", "leave --tls-max-version out")
    }
    do {
      context = try NIOSSLContext(configuration: configuration)
    } catch {
      throw Self.unfit(
        "\(settings.keyFile) is not the key of the certificate in \(settings.certificateFile)",
        "give a certificate and the key it was made with")
    }
    revocations = try settings.revocationFile.map { file throws(EtcdError) in
      guard let list = RevocationList(try Self.read(file, "--client-crl-file")) else {
        throw Self.unusable(file, "it holds no revocation list, neither in PEM nor in DER form", "--client-crl-file")
      }
      return list
    }
  }

  // MARK: Files

  private static func certificates(in file: String, _ flag: String) throws(EtcdError) -> [NIOSSLCertificate] {
    let bytes = try read(file, flag)
    guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
      throw unusable(file, "it holds no certificate in PEM form", flag)
    }
    return found
  }

  private static func key(in file: String) throws(EtcdError) -> NIOSSLPrivateKey {
    let bytes = try read(file, "--key-file")
    guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
      throw unusable(file, "it holds no private key in PEM form, or one behind a passphrase", "--key-file")
    }
    return key
  }

  private static func read(_ file: String, _ flag: String) throws(EtcdError) -> [UInt8] {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unusable(file, String(cString: strerror(errno)), flag) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = chunk.withUnsafeMutableBytes { buffer in
        #if canImport(Darwin)
          Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
          Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unusable(file, String(cString: strerror(errno)), flag) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  // MARK: Words

  private static func validityProblem(of certificate: NIOSSLCertificate) -> String? {
    let now = time(nil)
    if now > certificate.notValidAfter { return "expired on \(CertificateSummary.day(certificate.notValidAfter))" }
    if now < certificate.notValidBefore {
      return "is valid only from \(CertificateSummary.day(certificate.notValidBefore))"
    }
    return nil
  }

  private static func suites(_ names: [String]) throws(EtcdError) -> [NIOTLSCipher] {
    try names.map { name throws(EtcdError) in
      guard let suite = TLSSettings.knownCipherSuites[name] else {
        throw unfit(
          "unexpected TLS cipher suite \"\(name)\"",
          "choose among " + TLSSettings.knownCipherSuites.keys.sorted().joined(separator: ", "))
      }
      return suite
    }
  }

  private static func number(_ version: TLSVersion?) -> Int? {
    switch version {
    case nil: nil
    case .tlsv1: 0
    case .tlsv11: 1
    case .tlsv12: 2
    case .tlsv13: 3
    }
  }

  private static func unusable(_ file: String, _ cause: String, _ flag: String) -> EtcdError {
    EtcdError(
      .invalidArgument, "cannot use '\(file)'", cause: cause, remedy: "give \(flag) a file that this user may read")
  }

  private static func unfit(_ cause: String, _ remedy: String) -> EtcdError {
    EtcdError(.invalidArgument, "the TLS options do not fit together", cause: cause, remedy: remedy)
  }
}
