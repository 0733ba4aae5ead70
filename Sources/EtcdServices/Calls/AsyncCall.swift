import EtcdAPI
import EtcdServer
import EtcdState
import GRPCWire
import NIOCore
import SwiftProtobuf

/// A call that is a sequence of requests to the node, with waiting between them: locks and elections. Such calls are few
/// and long, so each has a task. When the call ends early, its task is cancelled.
final class AsyncCall<Request: Message & Sendable, Response: Message & Sendable>: CallReceiver {
  /// Answers a request. What is returned is the last response; nil when all have been sent.
  typealias Body = @Sendable (Request, Recipe, AsyncReplies<Response>) async throws(EtcdError) -> Response?

  private let router: ServiceRouter
  private let call: ServerCall
  private let body: Body
  private let replies: AsyncReplies<Response>
  private var task: Task<Void, Never>?

  init(_ router: ServiceRouter, _ call: ServerCall, _ body: @escaping Body) {
    self.router = router
    self.call = call
    self.body = body
    replies = AsyncReplies(call)
  }

  func received(_ message: ByteBuffer) {
    if task != nil { return }
    do throws(EtcdError) {
      let request = try Request(message)
      let recipe = Recipe(node: router.node, caller: try router.caller(of: call))
      let bound = NIOLoopBound(call, eventLoop: call.eventLoop)
      task = Task { [body, replies] in
        do throws(EtcdError) {
          let response = try await body(request, recipe, replies)
          bound.run { call in
            if let response { call.send(response) }
            call.finish()
          }
        } catch {
          // etcd answers these calls through its own client, where errors lose their codes.
          bound.run { $0.finish(GRPCStatus(.unknown, error.message)) }
        }
      }
    } catch {
      call.finish(GRPCStatus(error))
    }
  }

  func receivedEnd() {
    if task == nil { call.finish(GRPCStatus(.internal, "the call ended without its request")) }
  }

  func ended(_ status: GRPCStatus) {
    task?.cancel()
    replies.resume()
  }

  func writable() { replies.resume() }
}

/// Where a task sends the responses of a stream: it waits while the client does not read.
final class AsyncReplies<Response: Message & Sendable>: Sendable {
  private struct State {
    var call: ServerCall
    var waiting: CheckedContinuation<Void, Never>?
  }

  private let state: NIOLoopBoundBox<State>

  init(_ call: ServerCall) { state = NIOLoopBoundBox(State(call: call), eventLoop: call.eventLoop) }

  func send(_ response: Response) async {
    await withCheckedContinuation { continuation in
      state.eventLoop.execute { [state] in
        let call = state.value.call
        call.send(response)
        if call.isWritable || call.hasEnded { continuation.resume() } else { state.value.waiting = continuation }
      }
    }
  }

  /// Lets the task go on. For the event loop.
  func resume() {
    state.value.waiting?.resume()
    state.value.waiting = nil
  }
}

extension ServiceRouter {
  static func sequence<Request: Message & Sendable, Response: Message & Sendable>(
    _ body: @escaping @Sendable (Request, Recipe) async throws(EtcdError) -> Response
  ) -> Method {
    { AsyncCall($0, $1) { request, recipe, _ async throws(EtcdError) in try await body(request, recipe) } }
  }

  static let lockMethods: [String: Method] = [
    EtcdMethod.lock: sequence { request, recipe async throws(EtcdError) in try await recipe.lock(request) },
    EtcdMethod.unlock: sequence { request, recipe async throws(EtcdError) in try await recipe.unlock(request) },
    EtcdMethod.campaign: sequence { request, recipe async throws(EtcdError) in try await recipe.campaign(request) },
    EtcdMethod.proclaim: sequence { request, recipe async throws(EtcdError) in try await recipe.proclaim(request) },
    EtcdMethod.leader: sequence { request, recipe async throws(EtcdError) in try await recipe.leader(request) },
    EtcdMethod.resign: sequence { request, recipe async throws(EtcdError) in try await recipe.resign(request) },
    EtcdMethod.observe: {
      AsyncCall($0, $1) { request, recipe, replies async throws(EtcdError) in
        try await recipe.observe(request, replies)
        return nil
      }
    },
  ]
}
