import Dispatch
import GRPCWire
import NIOCore
import NIOPosix

/// Answers every call with its own message: paths that end in `Later` from another thread, as a store does that
/// answers many calls after one write to its disk, all others at once.
struct BenchServer: CallRouter, HTTPRouter {
  private let queue = DispatchQueue(label: "later")

  func open(_ call: ServerCall) -> (any CallReceiver)? {
    Receiver(call: call, queue: call.path.hasSuffix("Later") ? queue : nil)
  }

  func hasService(_ name: String) -> Bool { true }

  func open(_ request: HTTPRequest, _ exchange: HTTPExchange) {
    exchange.respond(status: 200, body: request.body)
  }

  private final class Receiver: CallReceiver, @unchecked Sendable {
    private let call: ServerCall
    private let queue: DispatchQueue?
    private var message = ByteBuffer()

    init(call: ServerCall, queue: DispatchQueue?) {
      (self.call, self.queue) = (call, queue)
    }

    func received(_ message: ByteBuffer) {
      self.message = message
    }

    func receivedEnd() {
      guard let queue else { return answer() }
      queue.async { self.call.eventLoop.execute { self.answer() } }
    }

    private func answer() {
      call.send(reserving: message.readableBytes) { $0.writeImmutableBuffer(message) }
      call.finish()
    }
  }
}
