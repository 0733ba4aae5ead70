import EtcdAPI
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The watches that run beside the commands: `watch /app/ &`.
///
///     [1] watching /app/ from revision 12      <- start, on the error stream
///     PUT …                                    <- what the body prints
///     [1] ended: watching /app/ …              <- only when it ends by itself
public final class Jobs: Sendable {
  private struct State {
    var jobs: [Job] = []
    var lastNumber = 0
  }

  private let state = Mutex(State())
  private let console: Console

  init(console: Console) { self.console = console }

  /// Starts a job and says so.
  ///
  /// - Parameters:
  ///   - title: what it does, as it continues after its number: `watching /app/ from revision 12`.
  ///   - stream: the open watch; it is cancelled when the job is stopped.
  ///   - replaysHistory: whether the watch begins in the past.
  ///   - show: prints one response. Called in order, by the job alone.
  @discardableResult
  public func start(
    _ title: String, stream: WatchStream, replaysHistory: Bool = false,
    show: @escaping @Sendable (WatchResponse) async throws -> Void
  ) -> Job {
    let job = state.withLock { state in
      state.lastNumber += 1
      let job = Job(number: state.lastNumber, title: title, stream: stream, replaysHistory: replaysHistory)
      state.jobs.append(job)
      return job
    }
    console.writeErrorLine("[\(job.number)] \(title)")
    job.run { [self] in
      var failure: ShellError?
      do {
        while let response = try await stream.responses.next() {
          try await show(response)
          console.flush()
          job.delivered(upTo: response.header.revision)
        }
      } catch {
        failure = ShellError(any: error)
      }
      guard state.withLock({ remove(job, &$0) }) else { return }
      let reason = failure.map { ": \($0.message)\($0.explanation)" } ?? ""
      console.writeErrorLine("[\(job.number)] ended: \(title)\(reason)")
    }
    return job
  }

  public var all: [Job] { state.withLock { $0.jobs } }

  public func job(_ number: Int64, at word: Word) throws(ShellError) -> Job {
    let (found, numbers) = state.withLock { state in
      (state.jobs.first { $0.number == number }, state.jobs.map { String($0.number) })
    }
    if let found { return found }
    throw ShellError(
      "no watch \(number)",
      remedy: numbers.isEmpty
        ? "none is running; `watch KEY &` starts one" : "running: \(numbers.joined(separator: ", "))",
      at: word)
  }

  /// Stops a job; nothing of it is printed afterwards.
  public func stop(_ job: Job) async {
    _ = state.withLock { remove(job, &$0) }
    await job.stop()
  }

  /// Waits, for at most two seconds, until every watch has shown what was written so far.
  func catchUp(with etcd: any Etcd) async {
    let jobs = all
    var request = RangeRequest()
    request.key = Data([0])
    request.countOnly = true
    guard !jobs.isEmpty, let now = try? await etcd.range(request).header.revision else { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for job in jobs { await job.caughtUp(with: now) }
      }
      group.addTask { try? await Task.sleep(for: .seconds(2)) }
      await group.next()
      for job in jobs { job.giveUpWaiting() }
      group.cancelAll()
    }
  }

  func stopAll() async {
    for job in all { await stop(job) }
  }

  private func remove(_ job: Job, _ state: inout State) -> Bool {
    guard let index = state.jobs.firstIndex(where: { $0 === job }) else { return false }
    state.jobs.remove(at: index)
    return true
  }
}

/// One running watch.
public final class Job: Sendable {
  public let number: Int
  public let title: String
  private let stream: WatchStream
  private let replaysHistory: Bool

  private struct State {
    var task: Task<Void, Never>?
    var revision: Int64 = 0
    var lastDelivery = ContinuousClock.now
    var waiters: [(revision: Int64, continuation: CheckedContinuation<Void, Never>)] = []
    var hasEnded = false
  }

  private let state = Mutex(State())

  init(number: Int, title: String, stream: WatchStream, replaysHistory: Bool) {
    self.number = number
    self.title = title
    self.stream = stream
    self.replaysHistory = replaysHistory
  }

  func run(_ body: @escaping @Sendable () async -> Void) {
    let task = Task {
      await body()
      finish { $0.hasEnded = true }
    }
    state.withLock { $0.task = task }
  }

  func delivered(upTo revision: Int64) {
    finish { state in
      state.revision = max(state.revision, revision)
      state.lastDelivery = .now
    }
  }

  private func finish(_ change: (inout State) -> Void) {
    let ready = state.withLock { state in
      change(&state)
      let isReady: (Int64) -> Bool = { [ended = state.hasEnded, revision = state.revision] in ended || $0 <= revision }
      let ready = state.waiters.filter { isReady($0.revision) }
      state.waiters.removeAll { isReady($0.revision) }
      return ready
    }
    for waiter in ready { waiter.continuation.resume() }
  }

  /// Waits until everything up to `revision` has been printed, or the job has ended.
  func caughtUp(with revision: Int64) async {
    if replaysHistory { await historyDelivered() }
    try? await stream.requestProgress()
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.hasEnded || state.revision >= revision { return true }
        state.waiters.append((revision, continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  /// Waits until the past has been delivered, as far as that can be known: etcd before 3.5.8 reports progress to a watch
  /// that has yet to see its past. It sends the past a thousand revisions at a time, each a tenth of a second after the
  /// one before, so three tenths without any are its end.
  private func historyDelivered() async {
    let pause = Duration.milliseconds(300)
    while true {
      let (last, hasEnded) = state.withLock { ($0.lastDelivery, $0.hasEnded) }
      let rest = pause - (.now - last)
      if hasEnded || rest <= .zero { return }
      do { try await Task.sleep(for: rest) } catch { return }
    }
  }

  /// Ends every ``caughtUp(with:)``.
  func giveUpWaiting() {
    let waiters = state.withLock { state in
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume() }
  }

  /// Waits until the job ends by itself; a cancelled caller stops it.
  func ended() async {
    let task = state.withLock { $0.task }
    await withTaskCancellationHandler {
      await task?.value
    } onCancel: {
      stream.cancel()
    }
  }

  func stop() async {
    stream.cancel()
    let task = state.withLock { $0.task }
    task?.cancel()
    await task?.value
  }
}
