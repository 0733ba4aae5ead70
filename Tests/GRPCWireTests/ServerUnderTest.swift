import NIOCore
import NIOPosix
import Synchronization

@testable import GRPCWire

/// A listener on loopback whose methods are closures.
final class ServerUnderTest: Sendable {
  let listener: Listener
  /// What the listener reports.
  let problems: Mailbox<ConnectionProblem>

  var port: Int { listener.port! }

  static func start(
    on address: Listener.Address = .host("127.0.0.1", port: 0), tls: ServerTLS? = nil,
    limits: ServerLimits = ServerLimits(), calls: [String: Method] = [:], http: @escaping HTTPClosure.Body = Pages.open
  ) async throws -> ServerUnderTest {
    let problems = Mailbox<ConnectionProblem>()
    let listener = try await Listener.bind(
      address, tls: tls, limits: limits, calls: Methods(methods: Method.standard.merging(calls) { $1 }),
      http: HTTPClosure(body: http), group: MultiThreadedEventLoopGroup.singleton
    ) { problem, _ in problems.put(problem) }
    return ServerUnderTest(listener, problems)
  }

  private init(_ listener: Listener, _ problems: Mailbox<ConnectionProblem>) {
    (self.listener, self.problems) = (listener, problems)
  }
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
    case "/count":
      exchange.respond(status: 200)
      for number in 0..<3 { exchange.write(ByteBuffer(string: "\(number)\n")) }
      exchange.end()
    default: exchange.respond(status: 404, body: ByteBuffer(string: "404 page not found\n"))
    }
  }
}

extension Method {
  /// Does nothing, and tells how it ended.
  static func waiting(_ ends: Mailbox<GRPCStatus.Code>) -> Method {
    Method { _ in WaitingReceiver(ends: ends) }
  }

  private final class WaitingReceiver: CallReceiver {
    private let ends: Mailbox<GRPCStatus.Code>

    init(ends: Mailbox<GRPCStatus.Code>) {
      self.ends = ends
    }

    func received(_ message: ByteBuffer) {}
    func receivedEnd() {}

    func ended(_ status: GRPCStatus) {
      ends.put(status.code)
    }
  }
}

/// Sends as much as it may, as often as it may, until it has sent `count` messages.
final class Producer: CallReceiver {
  private let call: ServerCall
  private let size: Int
  private var left: Int
  private let refused: Counter

  init(call: ServerCall, size: Int, count: Int, refused: Counter) {
    (self.call, self.size, left, self.refused) = (call, size, count, refused)
  }

  func received(_ message: ByteBuffer) {}

  func receivedEnd() {
    writable()
  }

  func writable() {
    while left > 0 {
      guard call.isWritable else {
        refused.add(1)
        return
      }
      left -= 1
      call.send(ByteBuffer(repeating: 1, count: size))
    }
    call.finish()
  }
}

/// A call to be used from a test's task.
struct ServerCallBox: @unchecked Sendable {
  private let call: ServerCall

  init(_ call: ServerCall) {
    self.call = call
  }

  func run(_ body: @escaping @Sendable (ServerCall) -> Void) {
    call.eventLoop.execute { body(call) }
  }
}

final class Counter: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  /// The count after it.
  @discardableResult
  func add(_ number: Int) -> Int {
    count.withLock { count in
      count += number
      return count
    }
  }
}

/// What happens on event loops, for one task to wait for.
final class Mailbox<Element: Sendable>: Sendable {
  private let stream: AsyncStream<Element>
  private let continuation: AsyncStream<Element>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream()
  }

  func put(_ element: Element) {
    continuation.yield(element)
  }

  func next() async throws -> Element {
    for await element in stream { return element }
    throw CancellationError()
  }
}
