import EtcdAPI

/// Where a server listens, in the forms that etcdctl takes.
///
///     127.0.0.1:2379   localhost   [::1]:2379      TLS only when a TLS option is given
///     http://10.0.0.1:2379                         never TLS
///     https://etcd-1.example:2379                  always TLS
///     unix:///run/etcd.sock   unix:etcd.sock       a socket file; `unixs:` with TLS
struct Endpoint: Sendable, Hashable {
  enum Address: Sendable, Hashable {
    case tcp(host: String, port: Int)
    case unix(path: String)
  }

  enum Security: Sendable, Hashable {
    case plaintext
    case tls
    /// As the TLS options say: on when there are any.
    case asConfigured
  }

  static let defaultPort = 2379

  /// As the user wrote it.
  let text: String
  let address: Address
  let security: Security

  init(_ text: String) throws(EtcdError) {
    self.text = text
    let (scheme, rest) = Endpoint.split(text)
    switch scheme {
    case "unix", "unixs":
      guard !rest.isEmpty else { throw Endpoint.invalid(text, "it names no socket file") }
      address = .unix(path: String(rest))
      security = scheme == "unixs" ? .tls : .asConfigured
    case nil, "http", "https":
      // A path behind the authority means nothing to gRPC; etcdctl ignores it too.
      let authority = scheme == nil ? rest : rest.prefix { $0 != "/" }
      address = try Endpoint.hostAndPort(authority, of: text)
      security = scheme == nil ? .asConfigured : scheme == "https" ? .tls : .plaintext
    case let scheme?:
      throw Endpoint.invalid(text, "its scheme '\(scheme)' is none of http, https, unix, unixs")
    }
  }

  /// What HTTP/2 calls the authority: `host:port`, and `localhost` for a socket file.
  var authority: String {
    switch address {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix: "localhost"
    }
  }

  private static func split(_ text: String) -> (scheme: String?, rest: Substring) {
    if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
      let scheme = text[..<colon]
      var rest = text[text.index(after: colon)...]
      if rest.hasPrefix("//") {
        rest = rest.dropFirst(2)
        return (String(scheme), rest)
      }
      if scheme == "unix" || scheme == "unixs" { return (String(scheme), rest) }
    }
    return (nil, text[...])
  }

  private static func hostAndPort(_ authority: Substring, of text: String) throws(EtcdError) -> Address {
    var host = authority
    var port = ""[...]
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { throw invalid(text, "its '[' is never closed") }
      host = authority[authority.index(after: authority.startIndex)..<close]
      port = authority[authority.index(after: close)...]
      guard port.isEmpty || port.hasPrefix(":") else { throw invalid(text, "after ']' comes ':' and a port") }
    } else if authority.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 {
      // More than one colon without brackets is a bare IPv6 address.
      let colon = authority.firstIndex(of: ":")!
      host = authority[..<colon]
      port = authority[colon...]
    }
    guard !host.isEmpty else { throw invalid(text, "it names no host") }
    guard !host.contains(where: { $0 == " " || $0 == "@" }) else { throw invalid(text, "'\(host)' is no host") }
    guard !port.isEmpty else { return .tcp(host: String(host), port: defaultPort) }
    guard let number = UInt16(port.dropFirst()), number > 0 else {
      throw invalid(text, "its port '\(port.dropFirst())' is not a number from 1 to 65535")
    }
    return .tcp(host: String(host), port: Int(number))
  }

  private static func invalid(_ text: String, _ cause: String) -> EtcdError {
    EtcdError(
      .invalidArgument, "'\(text)' is no endpoint", cause: cause,
      remedy: "write HOST:PORT, http://HOST:PORT, https://HOST:PORT or unix:///PATH, several separated by commas")
  }
}
