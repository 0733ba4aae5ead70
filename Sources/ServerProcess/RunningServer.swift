import EtcdServer
import Logging

/// A node that clients can reach, from its start to its end.
struct RunningServer {
  let settings: ServerSettings
  let node: EtcdNode
  let logger: Logger
  /// From before clients are served on, so that who sees that they are can end the process properly.
  let termination: Termination
  private let ports: ClientPorts

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
      let ports = try await ClientPorts.open(settings, for: node, logger)
      tellOfReadiness(settings, logger)
      return RunningServer(settings: settings, node: node, logger: logger, termination: termination, ports: ports)
    } catch {
      await node.close()
      throw error
    }
  }

  private static func tellOfReadiness(_ settings: ServerSettings, _ logger: Logger) {
    logger.info("ready to serve client requests")
    for url in settings.listenClientURLs {
      let message: Logger.Message =
        url.scheme.isTLS
        ? "serving client traffic securely" : "serving client traffic insecurely; this is strongly discouraged!"
      logger.info(message, metadata: ["address": "\(url.address)"])
    }
    for url in settings.listenMetricsURLs { logger.info("serving metrics", metadata: ["address": "\(url.address)"]) }
  }

  /// Takes no more clients, lets the calls under way end, and leaves the folder with all that was answered.
  func close() async {
    let metadata: Logger.Metadata = [
      "name": "\(settings.name)", "data-dir": "\(settings.dataFolder)",
      "advertise-peer-urls": settings.advertisePeerURLs.metadata,
      "advertise-client-urls": settings.advertiseClientURLs.metadata,
    ]
    logger.info("closing etcd server", metadata: metadata)
    await ports.close(within: Self.patience)
    await node.close()
    logger.info("closed etcd server", metadata: metadata)
  }
}
