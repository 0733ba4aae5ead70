import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS

/// Waits for a connection's first bytes, which tell HTTP/2 from HTTP/1.1, and makes way for that protocol's handler.
///
///     TCP -> (TLS) -> ProtocolSniffer     "PRI * HTTP/2.0…"  ->  ServerHandler
///                                         anything else      ->  NIOHTTP1's handlers, HTTP1Handler
final class ProtocolSniffer: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let service: Service
  private var received = ByteBuffer()
  private var peer: Peer
  private var timer: Scheduled<Void>?
  private var isSecured = false
  private var hasFailed = false

  init(service: Service, peer: Peer) {
    self.service = service
    self.peer = peer
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: .nanoseconds(service.limits.handshakeTimeout.nanoseconds)) {
      let (sniffer, context) = bound.value
      sniffer.service.report(.handshakeTimedOut, sniffer.peer)
      context.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if hasFailed { return }
    received.writeImmutableBuffer(unwrapInboundIn(data))
    let preface = clientPreface.withUTF8Buffer { Array($0) }
    let length = min(preface.count, received.readableBytes)
    let isHTTP2 = received.readableBytesView.prefix(length).elementsEqual(preface.prefix(length))
    if isHTTP2, length < preface.count { return }
    do {
      try makeWay(context, isHTTP2: isHTTP2)
    } catch {
      context.close(promise: nil)
    }
  }

  private func makeWay(_ context: ChannelHandlerContext, isHTTP2: Bool) throws {
    let pipeline = context.pipeline.syncOperations
    if isHTTP2 {
      try pipeline.addHandler(ServerHandler(service: service, peer: peer, loop: context.eventLoop))
    } else {
      try pipeline.configureHTTPServerPipeline()
      try pipeline.addHandler(HTTP1Handler(service: service, peer: peer))
    }
    context.fireChannelRead(wrapInboundOut(received))
    context.fireChannelReadComplete()
    pipeline.removeHandler(self, promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case TLSUserEvent.handshakeCompleted:
      let certificate = shownCertificate(context)
      do {
        try service.check(certificate)
      } catch {
        return errorCaught(context: context, error: error)
      }
      isSecured = true
      peer.certificate = certificate.flatMap(Peer.Certificate.init)
    case ListenerEvent.leaving:
      context.close(promise: nil)
    default: break
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if peer.isSecure, !isSecured, !hasFailed {
      // What comes after says the same again.
      hasFailed = true
      service.report(.tlsFailed(TLSFailure(error: error, certificate: shownCertificate(context))), peer)
    }
    context.close(promise: nil)
  }

  private func shownCertificate(_ context: ChannelHandlerContext) -> NIOSSLCertificate? {
    (try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self))?.peerCertificate
  }
}
