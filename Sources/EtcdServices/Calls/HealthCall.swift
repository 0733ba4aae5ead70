import GRPCWire
import NIOCore

/// gRPC's own health protocol (grpc/health/v1/health.proto). A node that answers serves; etcd has one name for all of it,
/// the empty one.
///
///     HealthCheckRequest { string service = 1 }     HealthCheckResponse { ServingStatus status = 1 }
final class HealthCall: CallReceiver {
  static let checkPath = "/grpc.health.v1.Health/Check"
  static let watchPath = "/grpc.health.v1.Health/Watch"

  private let call: ServerCall
  private let isWatch: Bool
  private var hasRequest = false

  init(_ call: ServerCall, isWatch: Bool) {
    self.call = call
    self.isWatch = isWatch
  }

  func received(_ message: ByteBuffer) {
    if hasRequest { return }
    hasRequest = true
    let statusField: UInt8 = 0x08
    let (serving, unknown): (UInt8, UInt8) = (1, 3)
    let emptyName: [UInt8] = [0x0a, 0x00]
    let isKnown = message.readableBytes == 0 || message.readableBytesView.elementsEqual(emptyName)
    if isWatch {
      // The status never changes, so the stream stays open and says no more.
      call.send(ByteBuffer(bytes: [statusField, isKnown ? serving : unknown]))
    } else if isKnown {
      call.send(ByteBuffer(bytes: [statusField, serving]))
      call.finish()
    } else {
      call.finish(GRPCStatus(.notFound, "unknown service"))
    }
  }

  func receivedEnd() {
    if !hasRequest { call.finish(GRPCStatus(.internal, "the call ended without its request")) }
  }
}
