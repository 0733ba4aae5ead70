import EtcdAPI
import EtcdServer
import EtcdState
import GRPCWire
import NIOCore
import SwiftProtobuf

/// A call of one request and one response.
final class UnaryCall<Request: Message & Sendable, Response: Message & Sendable>: CallReceiver {
  typealias Answer = @Sendable (EtcdNode, Request, Caller, @escaping EtcdNode.Completion<Response>) -> Void
  typealias Check = @Sendable (EtcdNode, Request) throws(EtcdError) -> Void

  private let router: ServiceRouter
  private let call: ServerCall
  private let answer: Answer
  private let check: Check
  private let isForEveryone: Bool
  private var hasRequest = false

  init(
    _ router: ServiceRouter, _ call: ServerCall, _ answer: @escaping Answer, isForEveryone: Bool, check: @escaping Check
  ) {
    self.router = router
    self.call = call
    self.answer = answer
    self.check = check
    self.isForEveryone = isForEveryone
  }

  func received(_ message: ByteBuffer) {
    if hasRequest { return }
    hasRequest = true
    do throws(EtcdError) {
      let request = try Request(message)
      let caller: Caller
      do throws(EtcdError) {
        caller = isForEveryone ? .anonymous : try router.caller(of: call)
      } catch {
        try check(router.node, request)
        throw error
      }
      let bound = NIOLoopBound(call, eventLoop: call.eventLoop)
      answer(router.node, request, caller) { result in
        bound.run { $0.finish(result) }
      }
    } catch {
      call.finish(GRPCStatus(error))
    }
  }

  func receivedEnd() {
    if !hasRequest { call.finish(GRPCStatus(.internal, "the call ended without its request")) }
  }
}

extension ServiceRouter {
  /// A method that is one function of the node.
  ///
  /// - Parameters:
  ///   - isForEveryone: it is not asked who calls.
  ///   - check: what is wrong with a request whoever makes it.
  static func unary<Request: Message & Sendable, Response: Message & Sendable>(
    _ function: @escaping @Sendable (EtcdNode) -> (Request, Caller, @escaping EtcdNode.Completion<Response>) -> Void,
    isForEveryone: Bool = false, check: @escaping UnaryCall<Request, Response>.Check = { _, _ in }
  ) -> Method {
    { router, call in
      UnaryCall(
        router, call, { node, request, caller, then in function(node)(request, caller, then) },
        isForEveryone: isForEveryone, check: check)
    }
  }
}

extension ServerCall {
  /// Ends the call with its one response, or with why there is none.
  func finish<Response: Message>(_ result: Result<Response, EtcdError>) {
    switch result {
    case .success(let response):
      send(response)
      finish()
    case .failure(let error): finish(GRPCStatus(error))
    }
  }

  func send(_ response: some Message) {
    // Only a message with required fields cannot be encoded, and etcd's have none.
    send((try! response.serializedBytes() as BufferBytes).buffer)
  }
}

extension Message {
  /// Decodes a request. The text of the refusal begins as Go's gRPC's does.
  init(_ message: ByteBuffer) throws(EtcdError) {
    do {
      try self.init(serializedBytes: BufferBytes(message))
    } catch {
      throw EtcdError(.internal, "grpc: error unmarshalling request: \(error)")
    }
  }
}

extension GRPCStatus {
  /// An error as clients are told. They have no place for cause and remedy, so what is not etcd's own text has its cause
  /// behind it.
  init(_ error: EtcdError) {
    let isEtcds = ["etcdserver: ", "auth: ", "mvcc: "].contains(where: error.message.hasPrefix)
    self.init(
      Code(rawValue: error.code.rawValue)!,
      isEtcds ? error.message : error.cause.map { "\(error.message): \($0)" } ?? error.message)
  }
}

extension NIOLoopBound {
  /// Runs at once when this is the event loop, else as soon as the event loop can.
  func run(_ body: @escaping @Sendable (Value) -> Void) {
    if eventLoop.inEventLoop { body(value) } else { eventLoop.execute { body(value) } }
  }
}
