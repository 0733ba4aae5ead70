import NIOCore

/// On a listening channel: when the process has no more file descriptors, waits a second before it tries to accept
/// again. Otherwise it would try, and fail, as fast as it can.
final class AcceptBackoff: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias OutboundIn = any Channel

  private var isPausing = false
  private var isReadHeldBack = false

  func read(context: ChannelHandlerContext) {
    if isPausing {
      isReadHeldBack = true
    } else {
      context.read()
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The errors after which the channel lives on (a connection reset before it was accepted aside) mean exhaustion.
    guard !isPausing else { return }
    isPausing = true
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .seconds(1)) {
      let (handler, context) = bound.value
      handler.isPausing = false
      guard handler.isReadHeldBack else { return }
      handler.isReadHeldBack = false
      context.read()
    }
  }
}
