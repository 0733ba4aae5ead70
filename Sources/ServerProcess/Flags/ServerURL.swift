#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An address in the form that etcd's URL flags take: `http://10.0.0.1:2379`, `https://[::1]:2379`,
/// `unix://localhost:2379` (a socket of that name in the current folder), and `unix:///run/etcd.sock`, which etcd
/// takes since 3.6.
struct ServerURL: Sendable, Hashable, Comparable {
  enum Scheme: String, Sendable {
    case http, https, unix, unixs

    var isTLS: Bool { self == .https || self == .unixs }
    var isSocketFile: Bool { self == .unix || self == .unixs }
  }

  struct Problem: Error {
    var text: String
  }

  var scheme: Scheme
  /// Without the brackets of an IPv6 address; empty for a socket's absolute path.
  var host: String
  var port: UInt16?
  /// As it was given.
  var text: String
  /// What follows the scheme.
  var address: String

  /// The path of a `unix` URL's socket.
  var socketPath: String? { scheme.isSocketFile ? address : nil }

  static func < (left: ServerURL, right: ServerURL) -> Bool { left.text < right.text }

  init(_ given: some StringProtocol) throws(Problem) {
    let text = String(given.trimmingBlanks())
    let parts = try Self.split(text)
    guard let scheme = Scheme(rawValue: parts.scheme) else {
      throw Problem(text: "URL scheme must be http, https, unix, or unixs: \(text)")
    }
    self.scheme = scheme
    self.text = text
    address = parts.rest
    if scheme.isSocketFile, address.hasPrefix("/"), address.count > 1 {
      host = ""
      port = nil
      return
    }
    let authority = address.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let (host, port) = Self.hostAndPort(authority) else {
      throw Problem(text: "URL address does not have the form \"host:port\": \(text)")
    }
    if authority.count < address.count { throw Problem(text: "URL must not contain a path: \(text)") }
    self.host = host
    if scheme.isSocketFile {
      self.port = nil
      return
    }
    guard let number = UInt16(port) else { throw Problem(text: "URL has no port from 0 to 65535: \(text)") }
    self.port = number
  }

  /// Sorted and without duplicates, as etcd keeps them.
  static func list(_ text: String) throws(Problem) -> [ServerURL] {
    var urls: [ServerURL] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let url = try ServerURL(part)
      if !urls.contains(url) { urls.append(url) }
    }
    return urls.sorted()
  }

  /// The complaints of Go's `url.Parse` that a forgotten scheme brings up.
  private static func split(_ text: String) throws(Problem) -> (scheme: String, rest: String) {
    let first = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let colon = first.firstIndex(of: ":") {
      let scheme = text[..<colon]
      if scheme.isEmpty { throw Problem(text: "parse \(GoValue.quoted(text)): missing protocol scheme") }
      let isName =
        scheme.first!.isASCII && scheme.first!.isLetter
        && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
      if !isName {
        throw Problem(text: "parse \(GoValue.quoted(text)): first path segment in URL cannot contain colon")
      }
      let rest = text[text.index(after: colon)...]
      return (scheme.lowercased(), String(rest.hasPrefix("//") ? rest.dropFirst(2) : ""))
    }
    return ("", text)
  }

  private static func hostAndPort(_ authority: Substring) -> (host: String, port: Substring)? {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      let rest = authority[authority.index(after: end)...]
      guard rest.hasPrefix(":") else { return nil }
      return (String(authority[authority.index(after: authority.startIndex)..<end]), rest.dropFirst())
    }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    return (String(parts[0]), parts[1])
  }

  // MARK: Checks

  /// What keeps this machine from listening there, in etcd's words; nil when nothing does.
  var bindProblem: String? {
    if scheme.isSocketFile || host == "localhost" || isIP { return nil }
    return "expected IP in URL for binding (\(text))"
  }

  /// Whether others can be told to connect there.
  var hostProblem: String? {
    !scheme.isSocketFile && host.isEmpty ? "unexpected empty host (\(text))" : nil
  }

  private var isIP: Bool {
    var v4 = in_addr()
    var v6 = in6_addr()
    return inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1
  }

  /// `127.0.0.1:2379`, `[::1]:2379`, or a socket's path: as log lines name an address.
  var bindAddress: String { address }
}

extension StringProtocol {
  func trimmingBlanks() -> SubSequence {
    let start = drop { $0.isWhitespace }
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return start }
    return start[...end]
  }
}
