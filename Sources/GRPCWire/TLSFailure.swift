import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a server did not come to speak TLS with a client, in words.
public struct TLSFailure: Error, CustomStringConvertible {
  /// NIOSSL's error, or that of ``ServerTLS/check``.
  public let error: any Error
  /// What the client showed of itself, if it came so far.
  public let certificate: NIOSSLCertificate?

  public var description: String {
    let text = "\(error)"
    func says(_ parts: String...) -> Bool { parts.contains(where: text.contains) }
    if says("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return "the client showed no certificate" }
    if says("HTTP_REQUEST", "WRONG_VERSION_NUMBER", "HTTPS_PROXY_REQUEST") { return "the client does not speak TLS" }
    if says("UNSUPPORTED_PROTOCOL", "NO_SUPPORTED_VERSIONS_ENABLED") {
      return "the client speaks no version of TLS that is allowed here"
    }
    if says("NO_SHARED_CIPHER") { return "the client knows no cipher suite that is allowed here" }
    if says("ALERT") {
      return says("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN")
        ? "the client does not trust this server's certificate (\(Self.alert(in: text)))"
        : "the client broke off (\(Self.alert(in: text)))"
    }
    if says("CERTIFICATE_VERIFY_FAILED"), let certificate { return Self.untrusted(certificate) }
    return text
  }

  private static func untrusted(_ certificate: NIOSSLCertificate) -> String {
    let client = CertificateSummary(certificate)
    let now = time(nil)
    let who = "the client's certificate '\(client.subject)'"
    if now > client.notAfter { return "\(who) expired on \(CertificateSummary.day(client.notAfter))" }
    if now < client.notBefore { return "\(who) is valid only from \(CertificateSummary.day(client.notBefore))" }
    return "\(who) is signed by '\(client.issuer)', which is not trusted here, or is not meant for clients"
  }

  /// `SSLV3_ALERT_BAD_CERTIFICATE` as `bad certificate`.
  private static func alert(in text: String) -> String {
    guard
      let word = text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }).first(where: {
        $0.contains("_ALERT_")
      })
    else { return text }
    let parts = word.split(separator: "_")
    return parts.drop { $0 != "ALERT" }.dropFirst().joined(separator: " ").lowercased()
  }
}
