import EtcdAPI
import EtcdServer
import EtcdState
import GRPCWire
import NIOCore

/// A range read whose answer comes in parts (etcd 3.7): key by key as `Range` would answer, all of one revision.
///
///     { kvs: 10 keys } { kvs: 20 keys } …  { kvs: the rest, header, count, more }
///
/// The next part is read when the client has taken the ones before.
final class RangeStreamCall: CallReceiver {
  /// Keys of the first part; later ones follow the size of those before.
  private static let firstLimit: Int64 = 10

  private let router: ServiceRouter
  private let call: ServerCall
  private var caller = Caller.anonymous
  /// What is still to be read.
  private var rest: RangeRequest?
  /// Keys that may still be sent.
  private var remaining = Int64.max
  private var sent: Int64 = 0
  private var header = ResponseHeader()
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
      var request = try RangeRequest(message)
      try request.validate()
      try Self.check(request)
      caller = try router.caller(of: call)
      if !request.countOnly {
        if request.limit > 0 { remaining = request.limit }
        request.limit = min(Self.firstLimit, remaining)
      }
      rest = request
      readNext()
    } catch {
      call.finish(GRPCStatus(error))
    }
  }

  func receivedEnd() {
    if !hasRequest { call.finish(GRPCStatus(.internal, "the call ended without its request")) }
  }

  func ended(_ status: GRPCStatus) { rest = nil }

  func writable() { readNext() }

  private static func check(_ request: RangeRequest) throws(EtcdError) {
    if request.sortOrder == .descend || request.sortTarget != .key {
      throw EtcdError(.unimplemented, "RangeStream does not support custom sort orders")
    }
    if request.minModRevision != 0 || request.maxModRevision != 0 || request.minCreateRevision != 0
      || request.maxCreateRevision != 0
    {
      throw EtcdError(.unimplemented, "RangeStream does not support revision filters")
    }
  }

  private func readNext() {
    guard let rest, !isReading, call.isWritable, !call.hasEnded else { return }
    isReading = true
    let bound = NIOLoopBound(self, eventLoop: call.eventLoop)
    router.node.range(rest, by: caller) { result in
      bound.run { $0.send(result) }
    }
  }

  private func send(_ result: Result<RangeResponse, EtcdError>) {
    isReading = false
    guard var request = rest else { return }
    do throws(EtcdError) {
      var found = try result.get()
      if header.revision == 0 {
        // Every part is of the revision that the first was read at.
        header = found.header
        if request.revision == 0 { request.revision = header.revision }
      }
      found.clearHeader()
      let count = Int64(found.kvs.count)
      remaining -= count
      let isLast = request.countOnly || !found.more || remaining == 0
      if isLast {
        found.header = header
        // Each part counts the keys from where it began.
        found.count += sent
      } else {
        found.more = false
        found.count = 0
      }
      var response = RangeStreamResponse()
      response.rangeResponse = found
      let message = (try! response.serializedBytes() as BufferBytes).buffer
      call.send(message)
      if isLast {
        rest = nil
        return call.finish()
      }
      sent += count
      request.key = found.kvs.last!.key + [0]
      request.limit = min(Self.limit(after: request.limit, size: message.readableBytes), remaining)
      rest = request
      readNext()
    } catch {
      rest = nil
      call.finish(GRPCStatus(error))
    }
  }

  /// Parts come to about the size of the largest request: halves and doubles only beyond half and twice that.
  private static func limit(after limit: Int64, size: Int) -> Int64 {
    let wanted = 1_572_864
    if size < wanted / 2 { return limit * 2 }
    return size > wanted * 2 ? max(limit / 2, 1) : limit
  }
}
