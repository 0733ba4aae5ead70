import NIOCore
import NIOSSL

/// Drives a client's `ConnectionCodec` on a channel: bytes to and fro, calls to streams, timers for deadlines and
/// keep-alive. Output is written once for all that happened in a turn of the event loop.
final class ClientHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  var codec: ConnectionCodec
  private let loop: any EventLoop
  private let keepAlive: GRPCKeepAlive?
  /// Told once: nil when the server has greeted, else why it hasn't.
  private var whenGreeted: ((GRPCConnectionError?) -> Void)?
  private let whenClosed: (GRPCConnectionEnd) -> Void
  private let whenUnusable: () -> Void

  private var context: ChannelHandlerContext?
  private var calls: [UInt32: Call] = [:]
  private var waiting = CircularBuffer<Call>()
  /// Why the connection takes no more calls, though some are still under way.
  private var departure: GRPCConnectionEnd?
  private var end: GRPCConnectionEnd?

  private var isReading = false
  private var isFlushScheduled = false
  private var isFlushing = false
  private var isReadHeldBack = false
  /// The earliest deadline a timer is set for.
  private var timer: (deadline: UInt64, task: Scheduled<Void>)?
  private var hasReadSinceKeepAlive = false

  init(
    target: GRPCTarget, limits: Limits, loop: any EventLoop, keepAlive: GRPCKeepAlive?,
    whenGreeted: @escaping (GRPCConnectionError?) -> Void, whenUnusable: @escaping () -> Void,
    whenClosed: @escaping (GRPCConnectionEnd) -> Void
  ) {
    codec = ConnectionCodec(
      role: .client, limits: limits,
      identity: .init(
        scheme: target.tls == nil ? "http" : "https", authority: target.authority, userAgent: target.userAgent))
    self.loop = loop
    self.keepAlive = keepAlive
    self.whenGreeted = whenGreeted
    self.whenUnusable = whenUnusable
    self.whenClosed = whenClosed
  }

  // MARK: Calls

  func start(_ call: Call) {
    guard case .new = call.state else { return }
    guard end == nil, codec.takesCalls else {
      let reason = (end ?? departure)?.description ?? "the connection takes no more calls"
      call.state = .ended
      return call.ended(.local(.unavailable, reason, .connectionClosed, wasProcessedMaybe: false))
    }
    if let deadline = call.deadline { setTimer(deadline) }
    if codec.canOpen {
      open(call)
    } else {
      call.state = .waiting
      waiting.append(call)
    }
  }

  /// Ends a call from this side, wherever it is; nothing when it has ended already.
  func cancel(_ call: Call, _ status: GRPCStatus) {
    var status = status
    switch call.state {
    case .ended: return
    case .new, .waiting:
      if case .local(let reason, _) = status.origin { status.origin = .local(reason, wasProcessedMaybe: false) }
    case .open(let stream):
      calls[stream] = nil
      codec.cancel(stream)
      scheduleFlush()
    }
    call.state = .ended
    call.ended(status)
  }

  private func open(_ call: Call) {
    let stream = codec.openCall(call.head)
    calls[stream] = call
    call.state = .open(stream)
    call.opened(stream, by: self)
    scheduleFlush()
  }

  private func openWaiting() {
    while codec.canOpen, let call = waiting.popFirst() {
      if case .waiting = call.state { open(call) }
    }
  }

  private func finish(_ stream: UInt32, _ status: GRPCStatus) {
    guard let call = calls.removeValue(forKey: stream) else { return }
    call.state = .ended
    call.ended(status)
  }

  // MARK: The end

  func close(gracefully: Bool) {
    guard end == nil else { return }
    departure = .closedHere
    codec.shutDown()
    if gracefully, !calls.isEmpty || !waiting.isEmpty {
      whenUnusable()
      refuseWaiting()
      flush()
      handleEvents()
    } else {
      flush()
      close(.closedHere)
    }
  }

  private func close(_ reason: GRPCConnectionEnd) {
    guard end == nil else { return }
    end = reason
    whenUnusable()
    timer?.task.cancel()
    codec.connectionLost(.local(.unavailable, reason.description, .connectionClosed))
    handleEvents()
    refuseWaiting()
    context?.close(promise: nil)
    whenClosed(reason)
  }

  /// Ends the calls that were never sent.
  private func refuseWaiting() {
    while let call = waiting.popFirst() {
      let reason = (end ?? departure)?.description ?? "the connection takes no more calls"
      cancel(call, .local(.unavailable, reason, .connectionClosed, wasProcessedMaybe: false))
    }
  }

  /// The connecting party has given up.
  func abandon() {
    let forgotten = whenGreeted
    whenGreeted = nil
    withExtendedLifetime(forgotten) { close(.closedHere) }
  }

  private func greeted(_ error: GRPCConnectionError?) {
    // Taken first: releasing it may release the connection, and that leads back here.
    let tell = whenGreeted
    whenGreeted = nil
    tell?(error)
  }

  // MARK: Events

  private func handleEvents() {
    while let event = codec.nextEvent() {
      switch event {
      case .message(let stream, let message):
        calls[stream]?.received(message, on: stream, by: self)
      case .ended(let stream, let status):
        finish(stream, status)
      case .writable(let stream):
        calls[stream]?.writable()
      case .streamsAvailable:
        if !waiting.isEmpty { openWaiting() }
      case .ready:
        greeted(nil)
        if keepAlive != nil { watchConnection() }
      case .notHTTP2(let firstBytes):
        greeted(.notHTTP2(firstBytes: firstBytes))
        close(.lost(nil))
      case .goingAway(let code, let reason):
        if departure == nil { departure = .goneAway(code, reason: reason) }
        whenUnusable()
        refuseWaiting()
      case .drained:
        flush()
        close(departure ?? .closedHere)
      case .failed(let error):
        flush()
        close(.protocolBroken(error))
      case .pingAnswered:
        break
      case .request, .httpRequest, .body, .requestEnded:
        preconditionFailure("a server's event on a client's connection")
      }
    }
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

  private func flush() {
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

  /// A peer that asks and asks and doesn't read the answers isn't read from.
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

  func channelActive(context: ChannelHandlerContext) {
    flush()
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    hasReadSinceKeepAlive = true
    codec.receive(unwrapInboundIn(data), now: NIODeadline.now().uptimeNanoseconds)
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

  func channelInactive(context: ChannelHandlerContext) {
    greeted(codec.unparsed.map { .notHTTP2(firstBytes: $0) } ?? .closedDuringHandshake)
    close(departure ?? .lost(nil))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let sslHandler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self) {
      greeted(.tlsFailed(error, peerCertificate: sslHandler.peerCertificate))
    } else {
      greeted(codec.unparsed.map { .notHTTP2(firstBytes: $0) } ?? .closedDuringHandshake)
    }
    close(.lost(error))
  }
}

// MARK: Timers

extension ClientHandler {
  /// Most calls have the same timeout and end long before it, so one timer for the earliest deadline serves them all:
  /// it isn't moved when a call ends, and finds out whom it concerns when it fires.
  private func setTimer(_ deadline: UInt64) {
    if let timer, timer.deadline <= deadline { return }
    timer?.task.cancel()
    let bound = NIOLoopBound(self, eventLoop: loop)
    let task = loop.scheduleTask(deadline: .uptimeNanoseconds(deadline)) { bound.value.deadlinePassed() }
    timer = (deadline, task)
  }

  private func deadlinePassed() {
    timer = nil
    let now = NIODeadline.now().uptimeNanoseconds
    var next: UInt64?
    let pending = calls.sorted { $0.key < $1.key }.map(\.value) + waiting
    for call in pending {
      guard let deadline = call.deadline, !call.hasEnded else { continue }
      if deadline <= now {
        cancel(call, .local(.deadlineExceeded, "context deadline exceeded", .deadlineExceeded))
      } else {
        next = min(next ?? deadline, deadline)
      }
    }
    if let next { setTimer(next) }
  }

  private func watchConnection() {
    let keepAlive = self.keepAlive!
    let bound = NIOLoopBound(self, eventLoop: loop)
    hasReadSinceKeepAlive = false
    loop.scheduleTask(in: .nanoseconds(keepAlive.interval.nanoseconds)) {
      let handler = bound.value
      guard handler.end == nil else { return }
      if handler.hasReadSinceKeepAlive || handler.calls.isEmpty {
        handler.watchConnection()
      } else {
        handler.codec.ping(0)
        handler.flush()
        handler.handleEvents()
        handler.loop.scheduleTask(in: .nanoseconds(keepAlive.timeout.nanoseconds)) {
          if bound.value.hasReadSinceKeepAlive {
            bound.value.watchConnection()
          } else {
            bound.value.close(.keepAliveTimedOut)
          }
        }
      }
    }
  }
}
