import EtcdClient
import EtcdServer
import EtcdServices
import Foundation
import GRPCWire
import NIOCore
import NIOPosix
import TestSupport

/// A node that serves clients on a free port of this process.
struct ServedNode {
  let node: EtcdNode
  let listener: ClientListener
  private let group: MultiThreadedEventLoopGroup

  static func start(
    _ configuration: NodeConfiguration = .inMemory, tls: ServerTLS? = nil, http: ClientHTTP.Configuration = .init(),
    measuresTime: Bool = false, report: @escaping @Sendable (ConnectionProblem, Peer) -> Void = { _, _ in }
  ) async throws -> ServedNode {
    let node = try EtcdNode.boot(configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    ProcessMetrics.register(in: node.metrics.registry)
    let calls = MeteredCalls(ServiceRouter(node), metrics: node.metrics.registry, measuresTime: measuresTime)
    let listener = try await ClientListener.bind(
      .host("127.0.0.1", port: 0), tls: tls, node: node, calls: calls,
      http: ClientHTTP(node, calls: calls, configuration: http), group: group, report: report)
    return ServedNode(node: node, listener: listener, group: group)
  }

  var address: String { "127.0.0.1:\(listener.port!)" }

  var port: UInt16 { UInt16(listener.port!) }

  func client() throws -> RemoteEtcd { try RemoteEtcd(RemoteEtcd.Configuration(endpoints: [address])) }

  func etcdctl(_ release: RealEtcd.Release = .v35, _ arguments: String...) async throws -> Program.Output {
    guard let program = RealEtcd.program("etcdctl", release) else {
      throw Program.Failure("\(release) is not installed")
    }
    return try await Program.run(
      program, ["--endpoints", address] + arguments, environment: ["ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"])
  }

  func stop() async throws {
    await listener.shutDown(within: .zero)
    await node.close()
    try await group.shutdownGracefully()
  }
}
