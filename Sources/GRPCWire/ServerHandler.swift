import NIOCore

/// Drives a server's `ConnectionCodec` on a channel: bytes to and fro, requests to the routers, timers for deadlines
/// and keep-alive. Output is written once for all that happened in a turn of the event loop.
final class ServerHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  let loop: any EventLoop
  let peer: Peer
  let service: Service
  var codec: ConnectionCodec
  var calls: [UInt32: ServerCall] = [:]
  var exchanges: [UInt32: HTTP2Exchange] = [:]
  var context: ChannelHandlerContext?
  /// The earliest deadline a timer is set for.
  var timer: (deadline: NIODeadline, task: Scheduled<Void>)?
  var greetingTimer: Scheduled<Void>?
  var keepAliveTimer: Scheduled<Void>?
  /// Bytes of HTTP requests' contents that haven't come in full.
  var bodyBytes = 0
  /// When something came last, for keep-alive.
  var lastRead = NIODeadline.now()

  /// New calls that wait until less has been left unsent, and what came for them; the streams they are on.
  var postponed = CircularBuffer<ConnectionEvent>()
  var postponedStreams: Set<UInt32> = []

  private var isReading = false
  private var isFlushScheduled = false
  private var isFlushing = false
  private var isReadHeldBack = false

  init(service: Service, peer: Peer, loop: any EventLoop) {
    self.service = service
    self.peer = peer
    self.loop = loop
    codec = ConnectionCodec(role: .server, limits: Limits(service.limits))
  }

  // MARK: Bytes

  /// Writes what there is at the end of this turn of the event loop.
  func scheduleFlush() {
    guard !isReading, !isFlushScheduled else { return }
    isFlushScheduled = true
    let bound = NIOLoopBound(self, eventLoop: loop)
    loop.execute {
      bound.value.isFlushScheduled = false
      bound.value.flush()
      bound.value.handleEvents()
    }
  }

  func flush() {
    guard let context, !isFlushing else { return }
    isFlushing = true
    defer { isFlushing = false }
    let channel = context.channel
    codec.transportChanged(isWritable: channel.isWritable)
    while codec.output.readableBytes > 0, codec.isTransportWritable {
      context.writeAndFlush(wrapOutboundOut(codec.output), promise: nil)
      codec.outputWritten()
      codec.transportChanged(isWritable: channel.isWritable)
    }
    if isReadHeldBack, codec.output.readableBytes < Self.maxUnwritten {
      isReadHeldBack = false
      context.read()
    }
  }

  /// A client that asks and asks and doesn't read the answers isn't read from.
  private static let maxUnwritten = 1 << 20

  func read(context: ChannelHandlerContext) {
    if codec.output.readableBytes < Self.maxUnwritten {
      context.read()
    } else {
      isReadHeldBack = true
    }
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    awaitGreeting()
    if context.channel.isActive { flush() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    lastRead = .now()
    codec.receive(unwrapInboundIn(data), now: lastRead.uptimeNanoseconds)
    handleEvents()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    flush()
    handleEvents()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    // Inside `flush` this is its own doing: it goes on by itself, and what were added to the output now would be lost.
    guard context.channel.isWritable, !isFlushing else { return }
    flush()
    handleEvents()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ListenerEvent.leaving = event {
      codec.shutDown()
      flush()
      handleEvents()
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.task.cancel()
    timer = nil
    greetingTimer?.cancel()
    keepAliveTimer?.cancel()
    codec.connectionLost(.local(.cancelled, "context canceled", .connectionClosed))
    handleEvents()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
