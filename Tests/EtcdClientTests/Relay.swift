import NIOCore
import NIOPosix
import Synchronization

/// Passes bytes on between clients and a server, until the line is cut.
final class Relay: Sendable {
  let port: Int
  private let line: Line
  private let listener: any Channel

  /// - Parameter path: the socket file to listen at; nil for a port.
  init(to target: UInt16, at path: String? = nil) async throws {
    let line = Line()
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { inbound in
        guard line.add(inbound) else { return inbound.close() }
        return ClientBootstrap(group: inbound.eventLoop)
          .channelInitializer { outbound in
            outbound.eventLoop.makeCompletedFuture {
              try outbound.pipeline.syncOperations.addHandler(Passing(to: inbound))
              try inbound.pipeline.syncOperations.addHandler(Passing(to: outbound))
            }
          }
          .connect(host: "127.0.0.1", port: Int(target))
          .flatMap { _ in inbound.setOption(.autoRead, value: true) }
      }
    if let path {
      listener = try await bootstrap.bind(unixDomainSocketPath: path).get()
    } else {
      listener = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
    }
    port = listener.localAddress?.port ?? 0
    self.line = line
  }

  deinit { listener.close(promise: nil) }

  /// Breaks every connection, and refuses new ones until ``mend()``.
  func cut() async throws {
    for channel in line.cut() { try? await channel.close() }
  }

  func mend() { line.mend() }

  private final class Line: Sendable {
    private let state = Mutex<(channels: [any Channel], isCut: Bool)>(([], false))

    func add(_ channel: any Channel) -> Bool {
      state.withLock { state in
        if !state.isCut { state.channels.append(channel) }
        return !state.isCut
      }
    }

    func cut() -> [any Channel] {
      state.withLock { state in
        defer { state = ([], true) }
        return state.channels
      }
    }

    func mend() { state.withLock { $0.isCut = false } }
  }
}

private final class Passing: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let other: any Channel

  init(to other: any Channel) { self.other = other }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    other.writeAndFlush(unwrapInboundIn(data), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
}
