import GRPCWire
import NIOCore

/// An exchange together with the headers that every answer on it bears.
struct Answer {
  let exchange: HTTPExchange
  private let headers: [(String, String)]

  init(_ exchange: HTTPExchange, headers: [(String, String)]) {
    self.exchange = exchange
    self.headers = headers
  }

  func callAsFunction(_ status: Int, _ headers: [(String, String)], _ body: ByteBuffer) {
    exchange.respond(status: status, headers: self.headers + headers, body: body)
  }

  /// The head of an answer whose parts follow.
  func begin(_ status: Int, _ headers: [(String, String)]) {
    exchange.respond(status: status, headers: self.headers + headers)
  }

  /// As Go's `http.Error` words it: the text and a line break.
  func refuse(_ status: Int, _ text: String, _ headers: [(String, String)] = []) {
    let own = [("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")]
    self(status, headers + own, ByteBuffer(string: text + "\n"))
  }

  func refuseMethod() {
    refuse(405, "Method Not Allowed", [("allow", "GET")])
  }

  /// Go's answer to a path that is not clean; only who asked to see something gets to see where it went.
  func redirect(_ method: String, to location: String) {
    guard method == "GET" || method == "HEAD" else { return self(301, [("location", location)], ByteBuffer()) }
    let page = "<a href=\"\(location)\">Moved Permanently</a>.\n\n"
    self(301, [("content-type", "text/html; charset=utf-8"), ("location", location)], ByteBuffer(string: page))
  }
}
