import EtcdAPI
import EtcdServer
import GRPCWire
import NIOCore

/// Sends the backend file: the next chunk is read when the client has taken the ones before.
final class SnapshotCall: CallReceiver {
  private let router: ServiceRouter
  private let call: ServerCall
  private var sender: SnapshotSender?
  private var hasRequest = false
  private var isReading = false

  init(_ router: ServiceRouter, _ call: ServerCall) {
    self.router = router
    self.call = call
  }

  func received(_ message: ByteBuffer) {
    if hasRequest { return }
    hasRequest = true
    do throws(EtcdError) {
      let bound = NIOLoopBound(self, eventLoop: call.eventLoop)
      router.node.openSnapshot(by: try router.caller(of: call)) { result in
        bound.run { $0.begin(result) }
      }
    } catch {
      call.finish(GRPCStatus(error))
    }
  }

  func receivedEnd() {
    if !hasRequest { call.finish(GRPCStatus(.internal, "the call ended without its request")) }
  }

  func ended(_ status: GRPCStatus) {
    sender?.cancel()
    sender = nil
  }

  func writable() { sendNext() }

  private func begin(_ result: Result<SnapshotSender, EtcdError>) {
    do throws(EtcdError) {
      sender = try result.get()
      sendNext()
    } catch {
      call.finish(GRPCStatus(error))
    }
  }

  private func sendNext() {
    guard let sender, !isReading, call.isWritable, !call.hasEnded else { return }
    isReading = true
    let bound = NIOLoopBound(self, eventLoop: call.eventLoop)
    router.node.readNext(of: sender) { result in
      bound.run { $0.send(result) }
    }
  }

  private func send(_ result: Result<SnapshotResponse?, EtcdError>) {
    isReading = false
    switch result {
    case .success(let response?):
      call.send(response)
      sendNext()
    case .success(nil):
      sender = nil
      call.finish()
    case .failure(let error):
      sender = nil
      call.finish(GRPCStatus(error))
    }
  }
}
