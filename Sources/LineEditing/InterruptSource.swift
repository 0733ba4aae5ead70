import Signals
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Ctrl-C while no line is being typed: the terminal sends SIGINT, which ends nothing here but calls the handler of
/// whatever is running.
///
/// Make it before the first prompt: from then on SIGINT does not end the process.
public final class InterruptSource: Sendable {
  private struct Handler {
    let id: Int
    let action: @Sendable () -> Void
  }

  private struct State {
    var handlers: [Handler] = []
    var nextID = 0
  }

  private final class Handlers: Sendable {
    let state = Mutex(State())
  }

  private let handlers: Handlers
  private let watch: SignalWatch

  /// - Parameters:
  ///   - number: another signal that is to mean the same, such as SIGTERM.
  ///   - unhandled: called when it comes while nothing runs that handles it.
  public init(_ number: Int32 = SIGINT, unhandled: @escaping @Sendable () -> Void = {}) {
    let handlers = Handlers()
    self.handlers = handlers
    watch = SignalWatch(number) {
      if let handler = handlers.state.withLock({ $0.handlers.last }) { handler.action() } else { unhandled() }
    }
  }

  /// Runs `body`; a Ctrl-C meanwhile calls `onInterrupt`, each time, on some thread. The innermost handler is called.
  public func handling<Result, Failure: Error>(
    _ onInterrupt: @escaping @Sendable () -> Void, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let id = handlers.state.withLock {
      $0.nextID += 1
      $0.handlers.append(Handler(id: $0.nextID, action: onInterrupt))
      return $0.nextID
    }
    defer { handlers.state.withLock { $0.handlers.removeAll { $0.id == id } } }
    return try await body()
  }
}
