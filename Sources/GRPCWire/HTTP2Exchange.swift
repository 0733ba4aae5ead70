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
    guard body.readableBytes + bytes.readableBytes <= handler.service.limits.maxBodySize else {
      return open().respond(status: 413, body: ByteBuffer())
    }
    body.writeImmutableBuffer(bytes)
  }

  func receivedEnd() {
    guard exchange == nil else { return }
    let headers = head.headers + (head.authority.map { [("host", $0)] } ?? [])
    let request = HTTPRequest(
      method: head.method, target: head.target, headers: headers, body: body, peer: handler.peer)
    body = ByteBuffer()
    handler.service.http.open(request, open())
  }

  private func open() -> HTTPExchange {
    let exchange = HTTPExchange(self, on: handler.loop, method: head.method)
    self.exchange = exchange
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
