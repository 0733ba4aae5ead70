import LineEditing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Invocation {
  /// Runs something that goes on until Ctrl-C (or SIGTERM) and has to clean up then, by being cancelled.
  ///
  /// At a prompt the task is cancelled anyway. A one-shot that was interrupted has done what was asked of it: it leaves
  /// with success, unless `body` has an error of its own to tell.
  func untilInterrupted(_ body: @escaping @Sendable () async throws -> Void) async throws {
    if session.mode == .prompt { return try await body() }
    let signals = [SIGINT, SIGTERM]
    let sources = signals.map { InterruptSource($0) }
    defer { withExtendedLifetime(sources) { for number in signals { signal(number, SIG_DFL) } } }
    let task = Task(executorPreference: session.node.executor) { try await body() }
    do {
      try await sources[0].handling({ task.cancel() }) {
        try await sources[1].handling({ task.cancel() }) { try await task.value }
      }
    } catch  where task.isCancelled && session.mode == .oneShot && !(error is ShellError) {}
  }
}
