import EtcdServices
import Logging
import NIOSSL

extension ServerSettings {
  /// What the flags say of TLS on the client ports; nil when they name no certificate.
  func clientTLS() throws(Refusal) -> TLSSettings? {
    let certificate = values["cert-file"]
    let key = values["key-file"]
    if certificate.isEmpty && key.isEmpty { return nil }
    if certificate.isEmpty || key.isEmpty {
      throw Refusal(
        "KeyFile and CertFile must both be present[key: \(key), cert: \(certificate)]",
        remedy: "give --cert-file and --key-file together")
    }
    var settings = TLSSettings(certificateFile: certificate, keyFile: key)
    settings.trustedAuthorityFile = given("trusted-ca-file")
    settings.requiresClientCertificate = values.bool("client-cert-auth")
    settings.revocationFile = given("client-crl-file")
    settings.allowedHostname = given("client-cert-allowed-hostname")
    settings.cipherSuites = values.list("cipher-suites")
    settings.minimumVersion = try version("tls-min-version") ?? settings.minimumVersion
    settings.maximumVersion = try version("tls-max-version")
    return settings
  }

  private func version(_ flag: String) throws(Refusal) -> TLSVersion? {
    guard let name = given(flag) else { return nil }
    guard let version = TLSSettings.version(name) else {
      throw Refusal("unexpected TLS version \(GoValue.quoted(name))", remedy: "give --\(flag) TLS1.2 or TLS1.3")
    }
    return version
  }

  private func given(_ flag: String) -> String? { values[flag].isEmpty ? nil : values[flag] }

  /// etcd's warnings about ports that make nothing of what was said of TLS.
  func warnOfUnusedTLS(_ logger: Logger) {
    for url in listenClientURLs where !url.scheme.isTLS {
      let metadata: Logger.Metadata = ["client-url": "\(url.text)"]
      if given("cert-file") != nil || given("key-file") != nil {
        logger.warning(
          "scheme is HTTP while key and cert files are present; ignoring key and cert files", metadata: metadata)
      }
      if values.bool("client-cert-auth") {
        logger.warning(
          "scheme is HTTP while --client-cert-auth is enabled; ignoring client cert auth for this URL",
          metadata: metadata)
      }
    }
  }
}
