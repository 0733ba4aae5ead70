import EtcdServer
import GRPCWire
import NIOCore

/// What clients get from the client port by HTTP, besides gRPC:
///
///     /health /livez /readyz /version /metrics     answered here
///     /v3/…   (and /v3beta/…)                      the JSON gateway, which makes gRPC calls of them
///
/// Answers are etcd 3.5's, word for word; /livez and /readyz are 3.6's.
public struct ClientHTTP: HTTPRouter {
  public struct Configuration: Sendable {
    /// Origins that browsers may call from; `*` stands for all.
    public var corsOrigins: Set<String> = ["*"]
    /// Host names that plain-text requests may name; `*` stands for all, and so does an empty set.
    public var hostWhitelist: Set<String> = ["*"]
    public var hasGateway = true
    /// Whether gRPC's clients may be named by their certificates: etcd's `--client-cert-auth`.
    public var certificatesNameUsers = false

    public init() {}
  }

  private let node: EtcdNode
  private var configuration: Configuration
  private let health: HealthChecks
  private let gateway: Gateway

  /// - Parameter calls: what the gateway calls; the same as gRPC's clients do.
  public init(_ node: EtcdNode, calls: any CallRouter, configuration: Configuration = Configuration()) {
    self.node = node
    self.configuration = configuration
    health = HealthChecks(node)
    gateway = Gateway(calls: calls, maxMessageSize: node.maxMessageSize)
  }

  /// The same without the gateway, for a port of its own.
  public var withoutGateway: ClientHTTP {
    var other = self
    other.configuration.hasGateway = false
    return other
  }

  public func open(_ request: HTTPRequest, _ exchange: HTTPExchange) {
    var url = RequestURL(request.target)
    if url.path.hasPrefix("/v3beta/") { url.path = "/v3/" + url.path.dropFirst("/v3beta/".count) }

    if !request.peer.isSecure, let host = refusedHost(request) {
      return Answer(exchange, headers: []).refuse(421, Self.unknownHost(host))
    }
    if configuration.certificatesNameUsers, url.path.hasPrefix("/v3/"), node.isAuthEnabled,
      request.peer.certificate?.commonName.isEmpty == false
    {
      return Answer(exchange, headers: []).refuse(400, Self.nameIgnored)
    }
    let answer = Answer(exchange, headers: corsHeaders(request))
    if request.method == "OPTIONS" {
      answer(200, [], ByteBuffer())
    } else if let clean = url.cleaned {
      answer.redirect(request.method, to: clean)
    } else {
      route(request, url, answer)
    }
  }

  private func route(_ request: HTTPRequest, _ url: RequestURL, _ answer: Answer) {
    switch url.path {
    case "/metrics":
      answer(
        200, [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
        ByteBuffer(bytes: node.metrics.registry.text()))
    case "/version":
      guard request.method == "GET" else { return answer.refuseMethod() }
      let text = "{\"etcdserver\":\"\(NodeConfiguration.etcdVersion)\",\"etcdcluster\":\"\(node.clusterVersion)\"}"
      answer(200, [("content-type", "application/json")], ByteBuffer(string: text))
    case "/v3" where configuration.hasGateway:
      answer.redirect(request.method, to: url.withQuery("/v3/"))
    case _ where configuration.hasGateway && url.path.hasPrefix("/v3/"):
      gateway.open(request, path: url.path, answer)
    default:
      if let check = health.check(url) {
        guard request.method == "GET" else { return answer.refuseMethod() }
        check(answer)
      } else {
        answer.refuse(404, "404 page not found")
      }
    }
  }

  // MARK: Who may ask

  private func refusedHost(_ request: HTTPRequest) -> String? {
    let allowed = configuration.hostWhitelist
    if allowed.isEmpty || allowed.contains("*") { return nil }
    let host = Self.hostName(request.header("host") ?? "")
    return allowed.contains(host) ? nil : host
  }

  /// The host without its port.
  private static func hostName(_ host: String) -> String {
    guard let colon = host.lastIndex(of: ":") else { return host }
    let name = host[..<colon]
    if name.hasPrefix("["), name.hasSuffix("]") { return String(name.dropFirst().dropLast()) }
    return name.contains(":") ? host : String(name)
  }

  private static let nameIgnored =
    "CommonName of client sending a request against gateway will be ignored and not used as expected"

  /// A page in a browser that has made its own name mean this server must not speak to it (CVE-2018-5702).
  private static func unknownHost(_ host: String) -> String {
    """

    etcd received your request, but the Host header was unrecognized.

    To fix this, choose one of the following options:
    - Enable TLS, then any HTTPS request will be allowed.
    - Add the hostname you want to use to the whitelist in settings.
      - e.g. etcd --host-whitelist "\(host.unicodeScalars.map(\.goEscaped).joined())"

    This requirement has been added to help prevent "DNS Rebinding" attacks (CVE-2018-5702).

    """
  }

  private func corsHeaders(_ request: HTTPRequest) -> [(String, String)] {
    let origins = configuration.corsOrigins
    let origin: String
    if origins.isEmpty || origins.contains("*") {
      origin = "*"
    } else if let asking = request.header("origin"), origins.contains(asking) {
      origin = asking
    } else {
      return []
    }
    return [
      ("access-control-allow-methods", "POST, GET, OPTIONS, PUT, DELETE"), ("access-control-allow-origin", origin),
      ("access-control-allow-headers", "accept, content-type, authorization"),
    ]
  }
}
