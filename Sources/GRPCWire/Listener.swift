import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A server's socket and the connections that came by it. One port serves gRPC and other HTTP/2, and HTTP/1.1.
public final class Listener: Sendable {
  public enum Address: Sendable, Equatable {
    /// A name or an address, IPv6 without brackets; port 0 takes any free one.
    case host(String, port: Int)
    /// A socket file. One that a former listener left behind is replaced; at the end it is removed.
    case unix(path: String)
  }

  /// Where it listens.
  public let address: SocketAddress
  private let channel: any Channel
  private let connections: Connections

  private init(channel: any Channel, address: SocketAddress, connections: Connections) {
    self.channel = channel
    self.address = address
    self.connections = connections
  }

  public var port: Int? { address.port }

  /// Listens.
  ///
  /// - Parameters:
  ///   - tls: nil for plain text.
  ///   - report: told of connections that ended in another way than they should, on their event loops.
  public static func bind(
    _ address: Address, tls: ServerTLS? = nil, limits: ServerLimits = ServerLimits(), calls: any CallRouter,
    http: any HTTPRouter, group: any EventLoopGroup,
    report: @escaping @Sendable (ConnectionProblem, Peer) -> Void = { _, _ in }
  ) async throws -> Listener {
    let service = Service(
      limits: limits, calls: calls, http: http, check: tls?.check ?? { @Sendable _ in }, report: report)
    let connections = Connections()
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptBackoff()) }
      }
      .childChannelInitializer { channel in
        connections.add(channel)
        return channel.eventLoop.makeCompletedFuture { try setUp(channel, service, tls) }
      }
    let channel =
      switch address {
      case .host(let host, let port): try await bootstrap.bind(host: host, port: port).get()
      case .unix(let path): try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
      }
    if case .unix(let path) = address { channel.closeFuture.whenComplete { _ in unlink(path) } }
    return Listener(channel: channel, address: channel.localAddress!, connections: connections)
  }

  private static func setUp(_ channel: any Channel, _ service: Service, _ tls: ServerTLS?) throws {
    let pipeline = channel.pipeline.syncOperations
    if case .v4 = channel.remoteAddress { setNoDelay(channel) }
    if case .v6 = channel.remoteAddress { setNoDelay(channel) }
    let peer = Peer(address: channel.remoteAddress, isSecure: tls != nil)
    if let tls {
      do {
        try pipeline.addHandler(tls.makeHandler(peer.address))
      } catch {
        service.report(.tlsFailed(error), peer)
        throw error
      }
    }
    try pipeline.addHandler(ProtocolSniffer(service: service, peer: peer))
  }

  private static func setNoDelay(_ channel: any Channel) {
    try? channel.syncOptions?.setOption(.socketOption(.tcp_nodelay), value: 1)
  }

  /// Takes no more connections, lets the calls under way end, and closes what is left after `patience`.
  public func shutDown(within patience: Duration) async {
    try? await channel.close()
    let deadline = NIODeadline.now() + .nanoseconds(patience.nanoseconds)
    let all = connections.leave()
    for channel in all { channel.pipeline.fireUserInboundEventTriggered(ListenerEvent.leaving) }
    for channel in all {
      let timer = channel.eventLoop.scheduleTask(deadline: deadline) { channel.close(promise: nil) }
      try? await channel.closeFuture.get()
      timer.cancel()
    }
  }

  deinit {
    channel.close(promise: nil)
    for channel in connections.leave() { channel.close(promise: nil) }
  }
}

/// The open connections of a listener.
private final class Connections: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isLeaving = false
  }

  private let state = Mutex(State())

  func add(_ channel: any Channel) {
    let isLeaving = state.withLock { state in
      if !state.isLeaving { state.channels[ObjectIdentifier(channel)] = channel }
      return state.isLeaving
    }
    if isLeaving { return channel.close(promise: nil) }
    channel.closeFuture.whenComplete { [weak self] _ in
      _ = self?.state.withLock { $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
    }
  }

  /// From now on new connections are closed at once; those there are now.
  func leave() -> [any Channel] {
    state.withLock { state in
      state.isLeaving = true
      return Array(state.channels.values)
    }
  }
}
