import NIOCore

/// What a connection has to tell its driver.
///
///     client's stream:  (message)* ended
///     server's stream:  request (message)* (requestEnded | ended)     ended only if the peer or an error ends it
///     one that isn't gRPC:  httpRequest (body)* (requestEnded | ended)
enum ConnectionEvent {
  /// The peer's first SETTINGS have come: it speaks HTTP/2.
  case ready
  /// The peer's first bytes are not HTTP/2; nothing more will be read.
  case notHTTP2(ByteBuffer)

  case request(UInt32, RequestHead)
  case message(UInt32, ByteBuffer)
  /// A request that isn't gRPC's.
  case httpRequest(UInt32, HTTPHead)
  case body(UInt32, ByteBuffer)
  /// The client has sent all it will.
  case requestEnded(UInt32)
  /// The stream is over and forgotten.
  case ended(UInt32, GRPCStatus)
  /// A producer that was told to wait may go on.
  case writable(UInt32)

  case pingAnswered(UInt64)
  /// More streams may be opened than before.
  case streamsAvailable
  /// The peer takes no new streams; those it still answers go on.
  case goingAway(HTTP2ErrorCode, reason: String)
  /// No stream is left on a connection that goes away: it can be closed.
  case drained
  /// The connection ended for the peer's breach of the protocol. What `output` holds should still be sent.
  case failed(HTTP2Error)
}

/// A call as a client opens it and a server sees it.
struct RequestHead: Equatable {
  var path: String
  /// Nanoseconds until the client gives up.
  var timeout: Int64?
  var metadata: [HeaderList.Field] = []
  /// The server's name as the client addressed it.
  var authority: String?
}

/// The head of a request that isn't gRPC's.
struct HTTPHead {
  var method: String
  /// Path and query.
  var target: String
  var authority: String?
  var headers: [(String, String)]

  init(_ section: FieldSection) {
    method = section.method ?? ""
    target = section.path ?? ""
    authority = section.authority
    headers = section.fields.map { ($0.name, $0.value) }
  }
}
