import NIOCore
import NIOPosix
import NIOSSL

@testable import GRPCWire

/// A server in this process: the codec in its server role on a socket, and a test's idea of how to answer.
final class TestServer: Sendable {
  typealias Behaviour = @Sendable (ConnectionEvent, inout ConnectionCodec) -> Void

  private let channel: any Channel

  var port: Int { channel.localAddress!.port! }

  /// - Parameter behaviour: called for every event, on the connection's event loop.
  static func start(
    limits: Limits = Limits(), tls: NIOSSLContext? = nil, unixPath: String? = nil, _ behaviour: @escaping Behaviour
  ) async throws -> TestServer {
    try await start(tls: tls, unixPath: unixPath) { Handler(limits: limits, behaviour: behaviour) }
  }

  /// A server that greets every connection with these bytes, and then closes it or falls silent.
  static func start(
    saying bytes: [UInt8], thenClosing closes: Bool, tls: NIOSSLContext? = nil
  ) async throws -> TestServer {
    try await start(tls: tls, unixPath: nil) { Greeter(bytes: bytes, closes: closes) }
  }

  private static func start(
    tls: NIOSSLContext?, unixPath: String?, _ makeHandler: @escaping @Sendable () -> any ChannelInboundHandler
  ) async throws -> TestServer {
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          try channel.pipeline.syncOperations.addHandler(makeHandler())
        }
      }
    if let unixPath { return TestServer(try await bootstrap.bind(unixDomainSocketPath: unixPath).get()) }
    return TestServer(try await bootstrap.bind(host: "127.0.0.1", port: 0).get())
  }

  private init(_ channel: any Channel) {
    self.channel = channel
  }

  deinit {
    channel.close(promise: nil)
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var codec: ConnectionCodec
    private let behaviour: Behaviour

    init(limits: Limits, behaviour: @escaping Behaviour) {
      codec = ConnectionCodec(role: .server, limits: limits)
      self.behaviour = behaviour
    }

    func channelActive(context: ChannelHandlerContext) {
      write(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      codec.receive(unwrapInboundIn(data), now: NIODeadline.now().uptimeNanoseconds)
      // Writing makes room, which may be an event again.
      write(context)
      while let event = codec.nextEvent() {
        behaviour(event, &codec)
        write(context)
        if case .drained = event { context.close(promise: nil) }
      }
    }

    private func write(_ context: ChannelHandlerContext) {
      while codec.output.readableBytes > 0 {
        context.writeAndFlush(wrapOutboundOut(codec.output), promise: nil)
        codec.outputWritten()
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }

  private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let bytes: [UInt8]
    private let closes: Bool

    init(bytes: [UInt8], closes: Bool) {
      (self.bytes, self.closes) = (bytes, closes)
    }

    /// Only once the client has said something: a socket closed with unread bytes in it would lose ours.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
      if closes { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}

/// A connection for a test, on a loop of its own choosing.
func connect(
  to port: Int, tls: NIOSSLContext? = nil, serverHostname: String? = nil, timeout: Duration = .seconds(20)
) async throws(GRPCConnectionError) -> GRPCConnection {
  try await GRPCConnection.connect(
    to: GRPCTarget(
      .host("127.0.0.1", port: port), authority: "localhost", tls: tls, serverHostname: serverHostname),
    on: MultiThreadedEventLoopGroup.singleton.next(), timeout: timeout)
}

/// The status of a call that must fail.
func status(of call: () async throws(GRPCStatus) -> some Any) async -> GRPCStatus? {
  do {
    _ = try await call()
    return nil
  } catch {
    return error
  }
}

/// The error of an attempt to connect that must fail.
func connectingError(
  _ port: Int, tls: NIOSSLContext? = nil, timeout: Duration = .seconds(20)
) async -> GRPCConnectionError? {
  do {
    _ = try await connect(to: port, tls: tls, timeout: timeout)
    return nil
  } catch {
    return error
  }
}
