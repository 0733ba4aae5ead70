import NIOCore

/// Runs tasks on an event loop, so that calls on the connections of that loop change no threads:
///
///     try await withTaskExecutorPreference(EventLoopTaskExecutor(loop)) {
///       try await connection.unary(…)
///     }
///
/// What such a task does holds up the connections meanwhile; it should not block.
public final class EventLoopTaskExecutor: TaskExecutor {
  private let loop: any EventLoop

  public init(_ loop: any EventLoop) {
    self.loop = loop
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedTaskExecutor()
    loop.execute { job.runSynchronously(on: executor) }
  }
}
