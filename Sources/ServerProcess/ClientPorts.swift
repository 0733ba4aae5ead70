import EtcdAPI
import EtcdServer
import EtcdServices
import GRPCWire
import Logging
import NIOPosix

/// The ports at which clients reach a node.
public struct ClientPorts: Sendable {
  private var listeners: [ClientListener] = []
  /// Where clients connect, ports as the system chose them where it was asked to: `http://127.0.0.1:2379`.
  public private(set) var urls: [String] = []

  private init() {}

  /// Opens what the flags name, all or nothing.
  static func open(_ settings: ServerSettings, for node: EtcdNode, _ logger: Logger) async throws -> ClientPorts {
    ProcessMetrics.register(in: node.metrics.registry)
    let calls = MeteredCalls(
      ServiceRouter(node, certificatesNameUsers: settings.values.bool("client-cert-auth")),
      metrics: node.metrics.registry, measuresTime: settings.values["metrics"] == "extensive")
    let http = ClientHTTP(node, calls: calls, configuration: settings.httpConfiguration)
    var ports = ClientPorts()
    let tls = try settings.clientTLS(logger)
    let log = ConnectionLog(logger)
    func open(_ url: ServerURL, _ calls: any CallRouter, _ http: ClientHTTP) async throws {
      let listener = try await url.bind { address in
        try await ClientListener.bind(
          address, tls: url.scheme.isTLS ? tls : nil, limits: settings.connectionLimits, node: node, calls: calls,
          http: http, group: MultiThreadedEventLoopGroup.singleton, report: log.report)
      }
      ports.listeners.append(listener)
      ports.urls.append(url.withPort(listener.port))
    }
    do {
      for url in settings.listenClientURLs { try await open(url, calls, http) }
      for url in settings.listenMetricsURLs { try await open(url, NoCalls(), http.withoutGateway) }
    } catch {
      await ports.close(within: .zero)
      throw error
    }
    return ports
  }

  /// Opens ports to the node of a prompt, with etcd's defaults for everything.
  ///
  /// - Parameter urls: as `--listen-client-urls` takes them, without TLS.
  public static func open(at urls: [String], for node: EtcdNode) async throws(EtcdError) -> ClientPorts {
    let settings = try settings(urls)
    do {
      return try await open(settings, for: node, Logger(label: "etch") { _ in SwiftLogNoOpLogHandler() })
    } catch let refusal as ServerSettings.Refusal {
      throw EtcdError(.invalidArgument, refusal.text).explained(remedy: refusal.remedy)
    } catch let error as EtcdError {
      throw error
    } catch {
      throw EtcdError(.unavailable, "cannot listen on \(urls.joined(separator: ", "))", cause: "\(error)")
    }
  }

  /// The URLs that a node of a prompt would be known by if its ports were opened at these.
  public static func check(_ urls: [String]) throws(EtcdError) -> [String] {
    try settings(urls).advertiseClientURLs.map(\.text)
  }

  private static func settings(_ urls: [String]) throws(EtcdError) -> ServerSettings {
    let text = urls.joined(separator: ",")
    var values = FlagValues()
    for name in ["listen-client-urls", "advertise-client-urls"] {
      let flag = FlagTable.flag(name)!
      if let problem = flag.problem(with: text) {
        throw EtcdError(.invalidArgument, problem, remedy: "give an address such as http://127.0.0.1:2379")
      }
      values.set(flag, to: text, from: .commandLine)
    }
    let settings: ServerSettings
    do throws(ServerSettings.Refusal) { settings = try ServerSettings(values) } catch {
      throw EtcdError(.invalidArgument, error.text, remedy: error.remedy)
    }
    if let url = settings.listenClientURLs.first(where: \.scheme.isTLS) {
      throw EtcdError(
        .invalidArgument, "\(url.text): a prompt's node speaks no TLS",
        remedy: "listen without it, or use etch serve with --cert-file and --key-file")
    }
    return settings
  }

  /// Takes no more clients, lets the calls under way end, and closes what is left after `patience`.
  public func close(within patience: Duration) async {
    await withTaskGroup { group in
      for listener in listeners { group.addTask { await listener.shutDown(within: patience) } }
    }
  }
}

/// What a port for metrics has of gRPC.
private struct NoCalls: CallRouter {
  func open(_ call: ServerCall) -> (any CallReceiver)? { nil }
  func hasService(_ name: String) -> Bool { false }
}

extension ServerSettings {
  /// The TLS of the ports that want it; nil when none does.
  fileprivate func clientTLS(_ logger: Logger) throws -> ServerTLS? {
    warnOfUnusedTLS(logger)
    let settings = try clientTLS()
    guard let url = (listenClientURLs + listenMetricsURLs).first(where: \.scheme.isTLS) else { return nil }
    guard let settings else {
      throw Refusal(
        "TLS key/cert (--cert-file, --key-file) must be provided for client url \(url.text) with HTTPS scheme",
        remedy: "give both, or listen at an http URL")
    }
    return try ReloadingTLS(settings, logger: logger).serverTLS
  }
}
