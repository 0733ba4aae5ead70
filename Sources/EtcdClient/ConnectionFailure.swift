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

/// Why one endpoint cannot be used, and what to do about it.
struct ConnectionFailure: Error, Equatable, Sendable {
  var cause: String
  var remedy: String

  /// An endpoint that was not heard from before the caller's time was over.
  static let silent = ConnectionFailure(cause: "no answer in time", remedy: Remedy.reach)

  static func wrongScheme(_ endpoint: Endpoint, serverUsesTLS: Bool) -> ConnectionFailure {
    let address = endpoint.authority
    return serverUsesTLS
      ? ConnectionFailure(
        cause: "the server speaks TLS, and was spoken to in plain text",
        remedy: "write https://\(address), with --cacert if its authority is not one of the system's")
      : ConnectionFailure(
        cause: "the server speaks plain text, and was spoken to in TLS",
        remedy: "write http://\(address)")
  }

  /// The error for a caller who cannot have any of these endpoints.
  static func combined(_ failures: [(endpoint: Endpoint, failure: ConnectionFailure)]) -> EtcdError {
    let all = failures.map(\.endpoint.text)
    if failures.count == 1 {
      let failure = failures[0].failure
      return EtcdError(.unavailable, "cannot reach etcd at \(all[0])", cause: failure.cause, remedy: failure.remedy)
    }
    var remedies: [String] = []
    for (_, failure) in failures where !remedies.contains(failure.remedy) { remedies.append(failure.remedy) }
    return EtcdError(
      .unavailable, "cannot reach etcd at any of \(all.joined(separator: ", "))",
      cause: failures.map { "\($0.endpoint.text): \($0.failure.cause)" }.joined(separator: "; "),
      remedy: remedies.joined(separator: "; or "))
  }
}

private enum Remedy {
  static let start = "start etcd there, or name the endpoints of a running one with --endpoints"
  static let reach = "check that the host is up and that no firewall is between, or name another endpoint"
  static let clientURL =
    "give a client URL of etcd (port 2379 as a rule), not its peer URL (2380) or metrics URL"
}

extension ConnectionFailure {
  init(_ error: GRPCConnectionError, _ endpoint: Endpoint, _ tls: TLSSetup) {
    switch error {
    case .refused:
      self.init(cause: "connection refused: nothing listens there", remedy: Remedy.start)
    case .unreachable(let error):
      self.init(cause: "the connection failed: \(error)", remedy: Remedy.reach)
    case .nameNotResolved(let host, _):
      self.init(cause: "the name '\(host)' has no address", remedy: "check the name, or give the address itself")
    case .timedOut(isConnected: false):
      self.init(cause: "no answer to the connection in time", remedy: Remedy.reach)
    case .timedOut(isConnected: true):
      self.init(
        cause: "it accepted the connection and then said nothing",
        remedy: "a member without a quorum, or a frozen process: look at its log; "
          + "if it is another service, give etcd's client URL")
    case .tlsFailed(let error, let certificate):
      self.init(tlsError: error, certificate, endpoint, tls)
    case .closedDuringHandshake where tls.isUsed(for: endpoint):
      self.init(closedAfterTLS: tls.ownCertificate.map(CertificateSummary.init))
    case .closedDuringHandshake:
      self.init(cause: "it closed the connection at once: it is no etcd client port", remedy: Remedy.clientURL)
    case .notHTTP2(let firstBytes):
      let text = String(decoding: firstBytes.readableBytesView.prefix { $0 != 0x0d && $0 != 0x0a }, as: UTF8.self)
      self.init(
        cause: text.hasPrefix("HTTP/1")
          ? "it answers HTTP/1 and no gRPC ('\(text)'): a peer or metrics port, or another service"
          : "its answer is not etcd's: it begins with \(Self.quoted(Array(firstBytes.readableBytesView.prefix(24))))",
        remedy: Remedy.clientURL)
    case .cancelled:
      self = .silent
    }
  }

  private init(
    tlsError error: any Error, _ certificate: NIOSSLCertificate?, _ endpoint: Endpoint, _ tls: TLSSetup
  ) {
    let text = "\(error)"
    guard let certificate else {
      self.init(beforeCertificate: text)
      return
    }
    let server = CertificateSummary(certificate)
    let now = time(nil)
    // What the server said of us, in an alert; Go's before 1.21 call every failure a bad certificate.
    if text.contains("ALERT") {
      self.init(alert: text, tls.ownCertificate.map(CertificateSummary.init), now)
    } else if now > server.notAfter {
      self.init(
        cause: "the server's certificate '\(server.subject)' expired on \(CertificateSummary.day(server.notAfter))",
        remedy: "renew the server's certificate")
    } else if now < server.notBefore {
      self.init(
        cause: "the server's certificate '\(server.subject)' is valid only from "
          + CertificateSummary.day(server.notBefore),
        remedy: "check this machine's clock and the server's certificate")
    } else if text.contains("VERIFY_FAILED") {
      self.init(
        cause:
          "the server's certificate '\(server.subject)' is signed by '\(server.issuer)', which is not trusted here",
        remedy: "give that authority's certificate with --cacert")
    } else if error is NIOSSLExtraError {
      let names = server.names.isEmpty ? "nothing" : server.names.joined(separator: ", ")
      self.init(
        cause: "the server's certificate '\(server.subject)' is good for \(names), not for "
          + "'\(tls.serverName ?? endpoint.authority)'",
        remedy: "write one of these names in the endpoint or give it with --server-name, or renew the server's "
          + "certificate with this one in it")
    } else {
      self.init(cause: "the TLS handshake failed: \(text)", remedy: Remedy.clientURL)
    }
  }

  /// A handshake that ended before the server showed its certificate.
  private init(beforeCertificate text: String) {
    if ["PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"].contains(where: text.contains) {
      self.init(
        cause: "the server and this client have no version of TLS in common; this client speaks 1.2 and 1.3",
        remedy: "upgrade the server, or allow one of these there")
    } else if text.contains("HANDSHAKE_FAILURE") {
      self.init(
        cause: "the server and this client have no cipher suite in common",
        remedy: "allow more of them at the server (etcd's --cipher-suites)")
    } else {
      self.init(cause: "the TLS handshake failed: \(text)", remedy: Remedy.clientURL)
    }
  }

  /// A server that looks at a client's certificate once TLS is there, as etcd does, closes the connection without a word.
  private init(closedAfterTLS own: CertificateSummary?) {
    guard let own else {
      self.init(
        cause: "it closed the connection right after the TLS handshake",
        remedy: "look at its log, or give a client URL of etcd")
      return
    }
    self.init(
      cause: "it closed the connection right after the TLS handshake: it may not accept the client certificate "
        + "'\(own.subject)', which may have been revoked, or not be for a name that the server asks for",
      remedy: "look at its log, or give another certificate with --cert and --key")
  }

  private init(alert: String, _ own: CertificateSummary?, _ now: time_t) {
    guard let own else {
      self.init(
        cause: "the server wants a client certificate, and none was given",
        remedy: "give one that the server's authority signed, with --cert and --key")
      return
    }
    let reason =
      now > own.notAfter
      ? "it expired on \(CertificateSummary.day(own.notAfter))"
      : "it is signed by '\(own.issuer)'"
    self.init(
      cause: "the server refused the client certificate '\(own.subject)': \(reason)",
      remedy: "give one that the server's authority signed, with --cert and --key")
  }

  private static func quoted(_ bytes: [UInt8]) -> String {
    let text = bytes.map { (0x20..<0x7f).contains($0) ? String(UnicodeScalar($0)) : "\\x" + hex($0) }
    return "\"\(text.joined())\""
  }

  private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
