import EtcdServer
import GRPCWire
import NIOCore

/// A port where clients reach a node: etcd's services by gRPC, and what there is by HTTP.
public struct ClientListener: Sendable {
  private let listener: Listener

  /// Listens.
  ///
  /// - Parameters:
  ///   - tls: nil for plain text.
  ///   - limits: what is borne of clients; the size of a message is the node's to say.
  ///   - http: what answers requests that are not gRPC's.
  ///   - report: told of connections that ended in another way than they should.
  public static func bind(
    _ address: Listener.Address, tls: ServerTLS? = nil, limits: ServerLimits = .etcd, node: EtcdNode,
    calls: any CallRouter, http: any HTTPRouter, group: any EventLoopGroup,
    report: @escaping @Sendable (ConnectionProblem, Peer) -> Void = { _, _ in }
  ) async throws -> ClientListener {
    var limits = limits
    limits.maxMessageSize = node.maxMessageSize
    return ClientListener(
      listener: try await .bind(
        address, tls: tls, limits: limits, calls: calls, http: http, group: group, report: report))
  }

  /// Where it listens.
  public var address: SocketAddress { listener.address }
  public var port: Int? { listener.port }

  /// Takes no more connections, lets the calls under way end, and closes what is left after `patience`.
  public func shutDown(within patience: Duration) async { await listener.shutDown(within: patience) }
}

extension ServerLimits {
  /// etcd's defaults: no limit on calls; what its clients open is bounded by what they do.
  public static var etcd: ServerLimits {
    var limits = ServerLimits()
    limits.maxConcurrentStreams = Int(Int32.max)
    return limits
  }
}
