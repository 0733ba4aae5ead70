import NIOCore

/// A request over HTTP/2 that isn't gRPC's: its content as it comes, and then its answer.
final class HTTP2Exchange: HTTPTransport {
  private(set) var exchange: HTTPExchange?

  private let stream: UInt32
  private let handler: ServerHandler
  private let head: HTTPHead
  private var body = ByteBuffer()

  init(stream: UInt32, head: HTTPHead, handler: ServerHandler) {
    self.stream = stream
    self.head = head
    self.handler = handler
  }

  func received(_ bytes: ByteBuffer) {
    guard exchange == nil else { return }
    let limits = handler.service.limits
    guard body.readableBytes + bytes.readableBytes <= limits.maxBodySize, handler.bodyBytes <= Self.maxBodies else {
      return open().respond(status: 413, body: ByteBuffer())
    }
    handler.bodyBytes += bytes.readableBytes
    body.writeImmutableBuffer(bytes)
  }

  func receivedEnd() {
    guard exchange == nil else { return }
    let headers = head.headers + (head.authority.map { [("host", $0)] } ?? [])
    let request = HTTPRequest(
      method: head.method, target: head.target, headers: headers, body: body, peer: handler.peer)
    handler.service.http.open(request, open())
  }

  /// The stream is gone.
  func close() {
    releaseBody()
    exchange?.close()
  }

  private func releaseBody() {
    handler.bodyBytes -= body.readableBytes
    body = ByteBuffer()
  }

  /// What all requests under way on a connection may hold together.
  private static let maxBodies = 64 << 20

  private func open() -> HTTPExchange {
    let exchange = HTTPExchange(self, on: handler.loop, method: head.method)
    self.exchange = exchange
    releaseBody()
    return exchange
  }

  func respond(status: Int, headers: [(String, String)]) {
    handler.codec.respond(stream, httpStatus: status, headers: headers)
    handler.scheduleFlush()
  }

  func write(_ bytes: ByteBuffer) -> Bool {
    handler.scheduleFlush()
    return handler.codec.sendBytes(bytes, on: stream)
  }

  func end() {
    handler.exchanges[stream] = nil
    handler.codec.finishSending(stream)
    handler.scheduleFlush()
  }
}
