import EtcdAPI
import GRPCWire
import NIOCore

/// gRPC for those who speak JSON: makes a call of each request below `/v3`, and JSON of its answer, as grpc-gateway does
/// for etcd.
///
///     POST /v3/kv/range {"key":"Zm9v"}          ->  /etcdserverpb.KV/Range
///     {"header":{…},"kvs":[…],"count":"1"}      <-
///
///     POST /v3/watch {"create_request":{…}}     ->  /etcdserverpb.Watch/Watch
///     {"result":{…,"created":true}}             <-  a line for every message, until the client leaves
///     {"result":{…,"events":[…]}}
struct Gateway: Sendable {
  private let calls: any CallRouter
  private let maxMessageSize: Int
  private static let methods: [String: EtcdMethod.Description] = Dictionary(
    uniqueKeysWithValues: EtcdMethod.table.flatMap { method in method.gatewayPaths.map { ("/v3" + $0, method) } })

  init(calls: any CallRouter, maxMessageSize: Int) {
    self.calls = calls
    self.maxMessageSize = maxMessageSize
  }

  func open(_ request: HTTPRequest, path: String, _ answer: Answer) {
    guard let method = Self.methods[path] else { return answer.refuse(404, "Not Found") }
    guard request.method == "POST" else { return answer.refuse(405, "Method Not Allowed") }
    let gatewayCall = GatewayCall(method, answer)
    var timeout: Int64?
    if let written = request.header("grpc-timeout") {
      timeout = CallTimeout.decode(written)
      if timeout == nil { return gatewayCall.refuse(GRPCStatus(.invalidArgument, "invalid grpc-timeout: \(written)")) }
    }
    do throws(GRPCStatus) {
      let messages = try messages(in: request, for: method)
      gatewayCall.run(
        ServerCall(
          path: method.path, metadata: Self.metadata(request), deadline: timeout.map { .now() + .nanoseconds($0) },
          // Its certificate names nobody here.
          peer: Peer(address: request.peer.address, isSecure: request.peer.isSecure),
          eventLoop: answer.exchange.eventLoop, transport: gatewayCall),
        with: messages, router: calls)
    } catch {
      gatewayCall.refuse(error)
    }
  }

  /// The request's messages: the first value of the JSON, or all when the client may stream. No JSON at all is an empty
  /// message, or none; what is malformed after the first is as good as the end.
  private func messages(
    in request: HTTPRequest, for method: EtcdMethod.Description
  ) throws(GRPCStatus) -> [ByteBuffer] {
    var scanner = JSONScanner(Array(request.body.readableBytesView)[...])
    var messages: [ByteBuffer] = []
    do throws(JSONError) {
      while let json = try scanner.next() {
        messages.append(ByteBuffer(bytes: try MessageFromJSON.encode(json, as: method.request)))
        if method.streaming != .both { break }
      }
    } catch {
      if messages.isEmpty { throw GRPCStatus(method.streaming == .both ? .unknown : .invalidArgument, error.message) }
    }
    if messages.isEmpty, method.streaming != .both { messages = [ByteBuffer()] }
    if let tooLarge = messages.first(where: { $0.readableBytes > maxMessageSize }) {
      let sizes = "(\(tooLarge.readableBytes) vs. \(maxMessageSize))"
      throw GRPCStatus(.resourceExhausted, "grpc: received message larger than max \(sizes)")
    }
    return messages
  }

  /// The token comes as `Authorization`; whatever else is for gRPC, as `Grpc-Metadata-…`.
  private static func metadata(_ request: HTTPRequest) -> [(String, String)] {
    let prefix = "grpc-metadata-"
    return request.headers.compactMap { name, value in
      if name == "authorization" { return (name, value) }
      return name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), value) : nil
    }
  }
}
