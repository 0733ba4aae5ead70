import LineEditing
import Signals

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
    let task = Task(executorPreference: session.node.executor) { try await body() }
    let cancel: @Sendable () -> Void = { task.cancel() }
    do {
      try await withTaskCancellationHandler {
        try await Termination.interrupt.handling(cancel) {
          try await Termination.request.handling(cancel) { try await task.value }
        }
      } onCancel: {
        task.cancel()
      }
    } catch  where task.isCancelled && session.mode == .oneShot && !(error is ShellError) {}
  }
}

/// The signals that end a process. Once someone has wanted to hear of them they stay watched, and end the process from
/// there when nobody does.
private enum Termination {
  static let interrupt = InterruptSource(SIGINT) { SignalWatch.endProcess(by: SIGINT) }
  static let request = InterruptSource(SIGTERM) { SignalWatch.endProcess(by: SIGTERM) }
}
