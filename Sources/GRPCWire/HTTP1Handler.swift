import NIOCore
import NIOHTTP1

/// HTTP/1.1 requests, one after the other: gathers each one's content, and hands it over.
final class HTTP1Handler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case idle
    case receiving(HTTPRequestHead, ByteBuffer)
    case answering(HTTPExchange)
    case ended
  }

  private let service: Service
  private let peer: Peer
  private var state = State.idle
  private var isLeaving = false
  private var hasServed = false
  private var timer: Scheduled<Void>?
  private var context: ChannelHandlerContext?

  init(service: Service, peer: Peer) {
    self.service = service
    self.peer = peer
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    setTimer(service.limits.handshakeTimeout)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    timer?.cancel()
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    case (.head(let head), .idle):
      setTimer(service.limits.handshakeTimeout)
      begin(head, context)
    case (.body(let bytes), .receiving(let head, var body)):
      state = .idle
      body.writeImmutableBuffer(bytes)
      state = .receiving(head, body)
      if body.readableBytes > service.limits.maxBodySize { refuse(head, .payloadTooLarge, context) }
    case (.end, .receiving(let head, let body)):
      timer?.cancel()
      hasServed = true
      open(head, body, context)
    default: break
    }
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > service.limits.maxBodySize
    {
      return refuse(head, .payloadTooLarge, context)
    }
    state = .receiving(head, ByteBuffer())
    if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
      let goOn = HTTPResponseHead(version: head.version, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
    }
  }

  /// Answers without having received all of the request, which ends the connection.
  private func refuse(_ head: HTTPRequestHead, _ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
    state = .ended
    let headers: HTTPHeaders = ["content-length": "0", "connection": "close"]
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: status, headers: headers))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }

  private func open(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
    let transport = HTTP1Transport(handler: self, version: head.version, isLast: !head.isKeepAlive || isLeaving)
    let exchange = HTTPExchange(transport, on: context.eventLoop, method: head.method.rawValue)
    state = .answering(exchange)
    let request = HTTPRequest(
      method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name.lowercased(), $0.value) },
      body: body, peer: peer)
    service.http.open(request, exchange)
  }

  // MARK: Answers

  fileprivate func respond(_ head: HTTPResponseHead) {
    context?.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
  }

  fileprivate func write(_ bytes: ByteBuffer) -> Bool {
    guard let context else { return true }
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    return context.channel.isWritable
  }

  fileprivate func end(isLast: Bool) {
    guard let context else { return }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    if isLast || isLeaving {
      state = .ended
      context.close(promise: nil)
    } else {
      state = .idle
      setTimer(service.limits.idleTimeout)
    }
  }

  // MARK: The connection

  /// Whether the client is still about to say what it wants.
  private var isGreeting: Bool {
    if case .receiving = state { true } else { !hasServed }
  }

  private func setTimer(_ timeout: Duration) {
    timer?.cancel()
    guard let context else { return }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: .nanoseconds(timeout.nanoseconds)) {
      let (handler, context) = bound.value
      if handler.isGreeting { handler.service.report(.handshakeTimedOut, handler.peer) }
      context.close(promise: nil)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable, case .answering(let exchange) = state { exchange.becameWritable() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ListenerEvent.leaving:
      isLeaving = true
      if case .idle = state { context.close(promise: nil) }
    case ChannelEvent.inputClosed:
      context.close(promise: nil)
    default: break
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .answering(let exchange) = state {
      state = .ended
      exchange.close()
    }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

private struct HTTP1Transport: HTTPTransport {
  let handler: HTTP1Handler
  let version: HTTPVersion
  let isLast: Bool

  func respond(status: Int, headers: [(String, String)]) {
    var head = HTTPResponseHead(version: version, status: .init(statusCode: status), headers: HTTPHeaders(headers))
    if isLast { head.headers.replaceOrAdd(name: "connection", value: "close") }
    handler.respond(head)
  }

  func write(_ bytes: ByteBuffer) -> Bool {
    handler.write(bytes)
  }

  func end() {
    handler.end(isLast: isLast)
  }
}
