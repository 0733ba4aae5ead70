import NIOCore
import NIOPosix
import Synchronization

@testable import GRPCWire

/// A listener on loopback whose methods are closures.
final class ServerUnderTest: Sendable {
  let listener: Listener
  let problems: Problems

  var port: Int { listener.port! }

  static func start(
    on address: Listener.Address = .host("127.0.0.1", port: 0), tls: ServerTLS? = nil,
    limits: ServerLimits = ServerLimits(), calls: [String: Method] = [:], http: @escaping HTTPClosure.Body = Pages.open
  ) async throws -> ServerUnderTest {
    let problems = Problems()
    let listener = try await Listener.bind(
      address, tls: tls, limits: limits, calls: Methods(methods: Method.standard.merging(calls) { $1 }),
      http: HTTPClosure(body: http), group: MultiThreadedEventLoopGroup.singleton
    ) { problem, _ in problems.add(problem) }
    return ServerUnderTest(listener, problems)
  }

  private init(_ listener: Listener, _ problems: Problems) {
    (self.listener, self.problems) = (listener, problems)
  }
}

/// What a listener reported.
final class Problems: Sendable {
  private let list = Mutex<[ConnectionProblem]>([])

  func add(_ problem: ConnectionProblem) {
    list.withLock { $0.append(problem) }
  }

  var all: [ConnectionProblem] { list.withLock { $0 } }
}

/// What one method does: made anew for every call.
struct Method: Sendable {
  let make: @Sendable (ServerCall) -> any CallReceiver

  /// One message each way.
  static func unary(_ body: @escaping @Sendable (ServerCall, ByteBuffer) -> Void) -> Method {
    Method { UnaryReceiver(call: $0, body: body) }
  }

  /// Every message as it comes, and the end as nil.
  static func stream(_ body: @escaping @Sendable (ServerCall, ByteBuffer?) -> Void) -> Method {
    Method { StreamReceiver(call: $0, body: body) }
  }

  static let standard: [String: Method] = [
    "/test.Service/Echo": .unary { call, message in
      call.send(reserving: message.readableBytes) { $0.writeImmutableBuffer(message) }
      call.finish()
    },
    "/test.Service/EchoEach": .stream { call, message in
      if let message { call.send(message) } else { call.finish() }
    },
    "/test.Service/Fail": .unary { call, _ in
      call.finish(GRPCStatus(.notFound, "100 % schön\n鍵"), metadata: [("x-why", "nobody knows")])
    },
  ]
}

struct Methods: CallRouter {
  let methods: [String: Method]

  func open(_ call: ServerCall) -> (any CallReceiver)? {
    methods[call.path]?.make(call)
  }

  func hasService(_ name: String) -> Bool {
    name == "test.Service"
  }
}

final class UnaryReceiver: CallReceiver {
  private let call: ServerCall
  private let body: (ServerCall, ByteBuffer) -> Void
  private var message = ByteBuffer()

  init(call: ServerCall, body: @escaping (ServerCall, ByteBuffer) -> Void) {
    (self.call, self.body) = (call, body)
  }

  func received(_ message: ByteBuffer) {
    self.message = message
  }

  func receivedEnd() {
    body(call, message)
  }
}

final class StreamReceiver: CallReceiver {
  private let call: ServerCall
  private let body: (ServerCall, ByteBuffer?) -> Void

  init(call: ServerCall, body: @escaping (ServerCall, ByteBuffer?) -> Void) {
    (self.call, self.body) = (call, body)
  }

  func received(_ message: ByteBuffer) {
    body(call, message)
  }

  func receivedEnd() {
    body(call, nil)
  }
}

struct HTTPClosure: HTTPRouter {
  typealias Body = @Sendable (HTTPRequest, HTTPExchange) -> Void

  let body: Body

  func open(_ request: HTTPRequest, _ exchange: HTTPExchange) {
    body(request, exchange)
  }
}

/// A few pages for HTTP clients.
enum Pages {
  static func open(_ request: HTTPRequest, _ exchange: HTTPExchange) {
    switch request.path {
    case "/hello":
      exchange.respond(status: 200, headers: [("content-type", "text/plain")], body: ByteBuffer(string: "hello\n"))
    case "/echo":
      let about = "\(request.method) \(request.query ?? "-") \(request.header("x-given") ?? "-")\n"
      exchange.respond(status: 200)
      exchange.write(ByteBuffer(string: about))
      exchange.write(request.body)
      exchange.end()
    default: exchange.respond(status: 404, body: ByteBuffer(string: "404 page not found\n"))
    }
  }
}
