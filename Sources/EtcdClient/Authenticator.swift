import EtcdAPI
import GRPCWire
import NIOCore
import Synchronization

/// Turns the user's name and password into the token that every call carries, when the first call needs it and again
/// when the server no longer knows it.
final class Authenticator: Sendable {
  typealias Metadata = [(String, String)]

  private enum Token {
    case none
    /// Empty when the server has authentication turned off.
    case known(Metadata)
  }

  private struct State {
    var token = Token.none
    /// Counts the tokens got, so that of many calls refused for one token only one gets the next.
    var generation = 0
    var renewal: Task<Result<Void, EtcdError>, Never>?
  }

  let user: RemoteEtcd.User?
  private let state = Mutex(State())

  init(_ user: RemoteEtcd.User?) { self.user = user }

  /// What a call is to carry, and the number of the token in it; nil when a token must first be got.
  var metadata: (fields: Metadata, generation: Int)? {
    guard user != nil else { return ([], 0) }
    return state.withLock { state in
      if case .known(let fields) = state.token { (fields, state.generation) } else { nil }
    }
  }

  /// Gets a token over this connection, unless another call already got a later one than `generation`.
  func renew(after generation: Int, over live: Connector.Live, timeout: Duration) async throws(EtcdError) {
    guard let user else { return }
    let renewal: Task<Result<Void, EtcdError>, Never>? = state.withLock { state in
      guard state.generation == generation else { return state.renewal }
      if let renewal = state.renewal { return renewal }
      let renewal = Task { await self.authenticate(user, over: live, timeout) }
      state.renewal = renewal
      return renewal
    }
    try await renewal?.value.get()
  }

  private func authenticate(
    _ user: RemoteEtcd.User, over live: Connector.Live, _ timeout: Duration
  ) async -> Result<Void, EtcdError> {
    let fields: Result<Metadata, EtcdError>
    do throws(EtcdError) {
      fields = .success([("token", try await requestToken(user, over: live, timeout))])
    } catch  where error.message == EtcdError.authNotEnabled.message {
      // As etcd's own client: a user is no mistake where nobody is asked for one.
      fields = .success([])
    } catch {
      fields = .failure(error)
    }
    return state.withLock { state in
      state.renewal = nil
      return fields.map {
        state.token = .known($0)
        state.generation += 1
      }
    }
  }

  private func requestToken(
    _ user: RemoteEtcd.User, over live: Connector.Live, _ timeout: Duration
  ) async throws(EtcdError) -> String {
    var request = AuthenticateRequest()
    request.name = user.name
    request.password = user.password
    let message = try request.encoded()
    let answer: ByteBuffer
    do throws(GRPCStatus) {
      answer = try await live.connection.unary(path: EtcdMethod.authenticate, message: message, timeout: timeout)
    } catch {
      throw EtcdError(
        error,
        CallFacts(
          method: EtcdMethod.authenticate, endpoint: live.endpoint.text, user: user.name, commandTimeout: timeout))
    }
    return try AuthenticateResponse.decoded(from: answer, of: live.endpoint).token
  }
}
