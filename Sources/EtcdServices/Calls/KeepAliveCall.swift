import EtcdAPI
import EtcdServer
import GRPCWire
import NIOCore

/// A stream on which a client renews leases: each request gets a response, in order.
final class KeepAliveCall: CallReceiver {
  private let router: ServiceRouter
  private let call: ServerCall

  init(_ router: ServiceRouter, _ call: ServerCall) {
    self.router = router
    self.call = call
  }

  func received(_ message: ByteBuffer) {
    do throws(EtcdError) {
      let request = try LeaseKeepAliveRequest(message)
      let bound = NIOLoopBound(call, eventLoop: call.eventLoop)
      router.node.leaseKeepAlive(request, by: try router.caller(of: call)) { result in
        bound.run { call in
          switch result {
          case .success(let response): call.send(response)
          case .failure(let error): call.finish(GRPCStatus(error))
          }
        }
      }
    } catch {
      call.finish(GRPCStatus(error))
    }
  }

  func receivedEnd() { call.finish() }
}
