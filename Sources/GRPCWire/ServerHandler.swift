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
  /// When something came last, for keep-alive.
  var lastRead = NIODeadline.now()

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

  // MARK: Events

  private func handleEvents() {
    while let event = codec.nextEvent() {
      switch event {
      case .request(let stream, let head):
        open(stream, head)
      case .message(let stream, let message):
        calls[stream]?.received(message)
        codec.consume(stream, messageSize: message.readableBytes)
      case .httpRequest(let stream, let head):
        exchanges[stream] = HTTP2Exchange(stream: stream, head: head, handler: self)
      case .body(let stream, let bytes):
        exchanges[stream]?.received(bytes)
      case .requestEnded(let stream):
        if let call = calls[stream] { call.receivedEnd() } else { exchanges[stream]?.receivedEnd() }
      case .ended(let stream, let status):
        calls.removeValue(forKey: stream)?.ended(status)
        exchanges.removeValue(forKey: stream)?.exchange?.close()
      case .writable(let stream):
        if let call = calls[stream] { call.becameWritable() } else { exchanges[stream]?.exchange?.becameWritable() }
      case .ready:
        context?.fireUserInboundEventTriggered(ConnectionProgress.greeted)
        watchConnection()
      case .drained, .failed:
        if case .failed(let error) = event { service.report(.protocolBroken(error), peer) }
        flush()
        context?.close(promise: nil)
      case .goingAway, .pingAnswered, .streamsAvailable: break
      case .notHTTP2: preconditionFailure("a client's event on a server's connection")
      }
    }
  }

  private func open(_ stream: UInt32, _ head: RequestHead) {
    let call = ServerCall(
      path: head.path, metadata: head.metadata.map { ($0.name, $0.value) },
      deadline: head.timeout.map { lastRead + .nanoseconds($0) }, peer: peer, eventLoop: loop,
      transport: HTTP2Call(stream: stream, handler: self))
    calls[stream] = call
    guard call.open(service.calls) else { return call.finish(unknown(head.path)) }
    if let deadline = call.deadline, !call.hasEnded { setTimer(deadline) }
  }

  /// What Go's gRPC says of a path that nobody serves.
  private func unknown(_ path: String) -> GRPCStatus {
    guard path.first == "/", let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      return GRPCStatus(.unimplemented, "malformed method name: \"\(path)\"")
    }
    let name = String(path[..<slash].dropFirst())
    return GRPCStatus(
      .unimplemented,
      service.calls.hasService(name)
        ? "unknown method \(path[slash...].dropFirst()) for service \(name)" : "unknown service \(name)")
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
    // Writing can change the channel's writability, which calls this again with the same bytes still in the output.
    guard let context, !isFlushing else { return }
    isFlushing = true
    defer { isFlushing = false }
    let channel = context.channel
    codec.isTransportWritable = channel.isWritable
    while codec.output.readableBytes > 0, codec.isTransportWritable {
      context.writeAndFlush(wrapOutboundOut(codec.output), promise: nil)
      codec.isTransportWritable = channel.isWritable
      codec.outputWritten()
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
    if context.channel.isWritable {
      flush()
      handleEvents()
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ConnectionProgress.leaving = event {
      codec.shutDown()
      flush()
      handleEvents()
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.task.cancel()
    timer = nil
    codec.connectionLost(.local(.cancelled, "context canceled", .connectionClosed))
    handleEvents()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

// MARK: What calls say

private struct HTTP2Call: CallTransport {
  let stream: UInt32
  let handler: ServerHandler

  func respond(metadata: [(String, String)]) {
    handler.codec.respond(stream, metadata: metadata)
    handler.scheduleFlush()
  }

  func send(_ message: ByteBuffer) -> Bool {
    defer { handler.scheduleFlush() }
    return handler.codec.send(message, on: stream)
  }

  func send(reserving size: Int, _ encode: (inout ByteBuffer) -> Void) -> Bool {
    defer { handler.scheduleFlush() }
    return handler.codec.send(stream, reserving: size, encode)
  }

  func finish(_ status: GRPCStatus, metadata: [(String, String)]) {
    handler.finish(stream, status, metadata: metadata)
  }
}

extension ServerHandler {
  fileprivate func finish(_ stream: UInt32, _ status: GRPCStatus, metadata: [(String, String)] = []) {
    calls[stream] = nil
    codec.finish(stream, status, metadata: metadata)
    scheduleFlush()
  }
}

// MARK: Timers

extension ServerHandler {
  /// Most calls end long before their deadline, so one timer for the earliest serves them all: it isn't moved when a
  /// call ends, and finds out whom it concerns when it fires.
  private func setTimer(_ deadline: NIODeadline) {
    if let timer, timer.deadline <= deadline { return }
    timer?.task.cancel()
    let bound = NIOLoopBound(self, eventLoop: loop)
    timer = (deadline, loop.scheduleTask(deadline: deadline) { bound.value.deadlinePassed() })
  }

  private func deadlinePassed() {
    timer = nil
    let now = NIODeadline.now()
    var next: NIODeadline?
    for (stream, call) in calls.sorted(by: { $0.key < $1.key }) {
      guard let deadline = call.deadline else { continue }
      if deadline <= now {
        let status = GRPCStatus.local(.deadlineExceeded, "context deadline exceeded", .deadlineExceeded)
        finish(stream, status)
        call.ended(status)
      } else {
        next = min(next ?? deadline, deadline)
      }
    }
    if let next { setTimer(next) }
  }

  /// Asks a client that has been silent for long with a PING, and closes if that isn't answered.
  private func watchConnection() {
    let interval = TimeAmount.nanoseconds(service.limits.keepAliveInterval.nanoseconds)
    let bound = NIOLoopBound(self, eventLoop: loop)
    loop.scheduleTask(deadline: lastRead + interval) {
      let handler = bound.value
      guard handler.context != nil else { return }
      guard handler.lastRead + interval <= .now() else { return handler.watchConnection() }
      let asked = NIODeadline.now()
      handler.codec.ping(0)
      handler.flush()
      handler.loop.scheduleTask(in: .nanoseconds(handler.service.limits.keepAliveTimeout.nanoseconds)) {
        let handler = bound.value
        guard let context = handler.context else { return }
        guard handler.lastRead < asked else { return handler.watchConnection() }
        handler.service.report(.keepAliveTimedOut, handler.peer)
        context.close(promise: nil)
      }
    }
  }
}
