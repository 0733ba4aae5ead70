import EtcdServer
import EtcdServices
import GRPCWire
import Logging
import NIOPosix

/// A node that clients can reach, from its start to its end.
struct RunningServer {
  let settings: ServerSettings
  let node: EtcdNode
  let logger: Logger
  /// From before clients are served on, so that who sees that they are can end the process properly.
  let termination: Termination
  private let listeners: [ClientListener]

  /// How long calls under way may take to end when the server does: etcd's request timeout.
  private static let patience = Duration.seconds(5)

  /// Recovers the node's data, and then listens: who can connect is answered.
  static func start(_ settings: ServerSettings, version: String, _ logger: Logger) async throws -> RunningServer {
    let folder = settings.dataFolder
    let isInitialized = try FolderStorage.isInitialized(folder, walFolder: settings.walFolder)
    if isInitialized {
      logger.info(
        "server has been already initialized", metadata: ["data-dir": "\(folder)", "dir-type": "member"])
    }
    logger.info("starting an etcd server", metadata: settings.summary(isInitialized: isInitialized, version: version))
    var configuration = settings.nodeConfiguration(logger)
    if !isInitialized { configuration.peerURLs = try settings.bootstrapPeerURLs().map(\.text) }
    let node = try EtcdNode.boot(configuration)
    let member = String(node.memberID, radix: 16)
    logger.info(
      "starting local member",
      metadata: ["local-member-id": "\(member)", "cluster-id": "\(String(node.clusterID, radix: 16))"])
    logger.info("kvstore restored", metadata: ["current-rev": .stringConvertible(node.revision)])
    logger.info(
      "published local member to cluster through raft",
      metadata: [
        "local-member-id": "\(member)", "local-member-attributes": .string(settings.attributesText),
        "cluster-id": "\(String(node.clusterID, radix: 16))",
      ])
    let termination = Termination()
    do {
      return RunningServer(
        settings: settings, node: node, logger: logger, termination: termination,
        listeners: try await listen(settings, node, logger))
    } catch {
      await node.close()
      throw error
    }
  }

  private static func listen(
    _ settings: ServerSettings, _ node: EtcdNode, _ logger: Logger
  ) async throws -> [ClientListener] {
    let group = MultiThreadedEventLoopGroup.singleton
    ProcessMetrics.register(in: node.metrics.registry)
    let calls = MeteredCalls(
      ServiceRouter(node, certificatesNameUsers: settings.values.bool("client-cert-auth")),
      metrics: node.metrics.registry, measuresTime: settings.values["metrics"] == "extensive")
    let http = ClientHTTP(node, calls: calls, configuration: settings.httpConfiguration)
    var listeners: [ClientListener] = []
    func listen(_ url: ServerURL, _ calls: any CallRouter, _ http: ClientHTTP) async throws {
      if url.scheme.isTLS {
        throw ServerSettings.Refusal(
          "TLS key/cert (--cert-file, --key-file) must be provided for client url \(url.text) with HTTPS scheme")
      }
      let listener = try await url.bind { address in
        try await ClientListener.bind(
          address, limits: settings.connectionLimits, node: node, calls: calls, http: http, group: group)
      }
      listeners.append(listener)
    }
    do {
      for url in settings.listenClientURLs { try await listen(url, calls, http) }
      for url in settings.listenMetricsURLs { try await listen(url, NoCalls(), http.withoutGateway) }
    } catch {
      for listener in listeners { await listener.shutDown(within: .zero) }
      throw error
    }
    logger.info("ready to serve client requests")
    for url in settings.listenClientURLs {
      let message: Logger.Message =
        url.scheme.isTLS
        ? "serving client traffic securely" : "serving client traffic insecurely; this is strongly discouraged!"
      logger.info(message, metadata: ["address": "\(url.address)"])
    }
    for url in settings.listenMetricsURLs { logger.info("serving metrics", metadata: ["address": "\(url.address)"]) }
    return listeners
  }

  /// Takes no more clients, lets the calls under way end, and leaves the folder with all that was answered.
  func close() async {
    let metadata: Logger.Metadata = [
      "name": "\(settings.name)", "data-dir": "\(settings.dataFolder)",
      "advertise-peer-urls": settings.advertisePeerURLs.metadata,
      "advertise-client-urls": settings.advertiseClientURLs.metadata,
    ]
    logger.info("closing etcd server", metadata: metadata)
    await withTaskGroup { group in
      for listener in listeners { group.addTask { await listener.shutDown(within: Self.patience) } }
    }
    await node.close()
    logger.info("closed etcd server", metadata: metadata)
  }
}

/// What a port for metrics has of gRPC.
private struct NoCalls: CallRouter {
  func open(_ call: ServerCall) -> (any CallReceiver)? { nil }
  func hasService(_ name: String) -> Bool { false }
}
