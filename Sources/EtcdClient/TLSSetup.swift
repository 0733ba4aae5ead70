import EtcdAPI
import NIOSSL
import Synchronization

/// The TLS options, read from their files once.
final class TLSSetup: Sendable {
  let options: RemoteEtcd.TLS?
  /// This client's own certificate, for errors.
  let ownCertificate: NIOSSLCertificate?
  private let contexts: Mutex<(verifying: NIOSSLContext?, probing: NIOSSLContext?)>
  private let configuration: TLSConfiguration

  /// - Throws: a file that cannot be read or used, by name.
  init(_ options: RemoteEtcd.TLS?, for endpoints: [Endpoint]) throws(EtcdError) {
    self.options = options
    guard options != nil || endpoints.contains(where: { $0.security == .tls }) else {
      ownCertificate = nil
      contexts = Mutex((nil, nil))
      configuration = TLSSetup.plainConfiguration()
      return
    }
    let options = options ?? RemoteEtcd.TLS()
    if let name = options.serverName, TLSSetup.isAddress(name) {
      throw TLSSetup.incomplete(
        "--server-name '\(name)' is an address; those are compared with the endpoint's own", "give a DNS name")
    }
    var configuration = TLSSetup.plainConfiguration()
    if let file = options.authorityFile {
      configuration.trustRoots = .certificates(try TLSSetup.certificates(in: file, "--cacert"))
    }
    switch (options.certificateFile, options.keyFile) {
    case (let certificateFile?, let keyFile?):
      let chain = try TLSSetup.certificates(in: certificateFile, "--cert")
      ownCertificate = chain.first
      configuration.certificateChain = chain.map { .certificate($0) }
      do {
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
      } catch {
        throw TLSSetup.unusable(keyFile, "--key", "no private key in PEM form can be read from it")
      }
    case (nil, nil): ownCertificate = nil
    case (_?, nil): throw TLSSetup.incomplete("a certificate is given without its key", "give --key as well")
    case (nil, _?): throw TLSSetup.incomplete("a key is given without its certificate", "give --cert as well")
    }
    if options.skipsVerification { configuration.certificateVerification = .none }
    self.configuration = configuration
    do {
      contexts = Mutex((try NIOSSLContext(configuration: configuration), nil))
    } catch {
      throw TLSSetup.incomplete(
        "\(options.keyFile ?? "the key") does not belong to \(options.certificateFile ?? "the certificate"): \(error)",
        "give a certificate and the key it was made with")
    }
  }

  var serverName: String? { options?.serverName }

  func isUsed(for endpoint: Endpoint) -> Bool {
    switch endpoint.security {
    case .plaintext: false
    case .tls: true
    case .asConfigured: options?.coversBareEndpoints ?? false
    }
  }

  /// What the options say; without any, which endpoints named later may come to need it, the system's authorities.
  func context() -> NIOSSLContext {
    contexts.withLock { contexts in
      let context = contexts.verifying ?? TLSSetup.made(TLSSetup.plainConfiguration())
      contexts.verifying = context
      return context
    }
  }

  /// The same for what is asked in HTTP/1.
  func contextForHTTP1() -> NIOSSLContext {
    var configuration = configuration
    configuration.applicationProtocols = ["http/1.1"]
    return TLSSetup.made(configuration)
  }

  /// Takes any certificate: only to see whether a server speaks TLS.
  func probingContext() -> NIOSSLContext {
    contexts.withLock { contexts in
      if let probing = contexts.probing { return probing }
      var configuration = TLSSetup.plainConfiguration()
      configuration.certificateVerification = .none
      let context = TLSSetup.made(configuration)
      contexts.probing = context
      return context
    }
  }

  /// Without files there is nothing in a configuration that could be wrong; with files, it has been seen to be good.
  private static func made(_ configuration: TLSConfiguration) -> NIOSSLContext {
    try! NIOSSLContext(configuration: configuration)
  }

  /// The name to look for in the server's certificate; nil stands for the address itself.
  func nameToVerify(host: String?) -> String? {
    let name = options?.serverName ?? host
    return name.flatMap { TLSSetup.isAddress($0) ? nil : $0 }
  }

  private static func plainConfiguration() -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["h2"]
    return configuration
  }

  private static func certificates(in file: String, _ option: String) throws(EtcdError) -> [NIOSSLCertificate] {
    let found = (try? NIOSSLCertificate.fromPEMFile(file)) ?? []
    guard !found.isEmpty else { throw unusable(file, option, "no certificate in PEM form can be read from it") }
    return found
  }

  private static func unusable(_ file: String, _ option: String, _ cause: String) -> EtcdError {
    EtcdError(
      .invalidArgument, "cannot use '\(file)'", cause: cause,
      remedy: "give \(option) a PEM file that this user may read")
  }

  private static func incomplete(_ cause: String, _ remedy: String) -> EtcdError {
    EtcdError(.invalidArgument, "the TLS options do not fit together", cause: cause, remedy: remedy)
  }

  private static func isAddress(_ name: String) -> Bool {
    name.contains(":") || name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
  }
}
