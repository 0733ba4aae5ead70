import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Calls an action each time a signal arrives, until it goes away. The signal's own effect is gone for good.
///
///     signal -> handler -> pipe -> one thread for all watches -> action
///
/// Dispatch's sources do not do on Linux: between their blocking of a signal and the main thread's waiting for signals
/// now and then one gets lost. A program that is started by this one has the signal's own effect again, because a handler
/// does not outlive `exec`.
public final class SignalWatch: Sendable {
  private let id: Int

  /// - Parameter action: called on the thread of all watches, so it must not block.
  public init(_ number: Int32, action: @escaping @Sendable () -> Void) {
    id = SignalHub.shared.add(number, action)
  }

  deinit { SignalHub.shared.remove(id) }

  /// Ends this process as the signal would have ended it, so that whoever started it sees so.
  public static func endProcess(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    kill(getpid(), number)
    // The first process of a container is not ended by a signal.
    exit(128 + number)
  }
}

/// The pipe's end that the handler writes to; -1 until there is one.
private let writeEnd = Atomic<Int32>(-1)

private final class SignalHub: Sendable {
  static let shared = SignalHub()

  private struct Watch {
    var id: Int
    var number: Int32
    var action: @Sendable () -> Void
  }

  private let watches = Mutex((nextID: 0, list: [Watch]()))

  private init() {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "no descriptor is left for a pipe")
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // A handler that waited for room would hold up whatever it interrupted.
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    writeEnd.store(ends[1], ordering: .sequentiallyConsistent)

    let readEnd = ends[0]
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let start = Unmanaged.passRetained(Reader(end: readEnd))
    let result = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let reader = Unmanaged<Reader>.fromOpaque(argument).takeRetainedValue()
        #else
          let reader = Unmanaged<Reader>.fromOpaque(argument!).takeRetainedValue()
        #endif
        reader.run()
        return nil
      }, start.toOpaque())
    precondition(result == 0, "no thread can be started")
  }

  func add(_ number: Int32, _ action: @escaping @Sendable () -> Void) -> Int {
    let id = watches.withLock { watches in
      watches.nextID += 1
      watches.list.append(Watch(id: watches.nextID, number: number, action: action))
      return watches.nextID
    }
    var disposition = sigaction()
    let handler: @convention(c) (Int32) -> Void = { number in
      let before = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(writeEnd.load(ordering: .relaxed), &byte, 1)
      errno = before
    }
    #if canImport(Darwin)
      disposition.__sigaction_u.__sa_handler = handler
    #else
      disposition.__sigaction_handler.sa_handler = handler
    #endif
    disposition.sa_flags = SA_RESTART
    sigaction(number, &disposition, nil)
    return id
  }

  func remove(_ id: Int) { watches.withLock { $0.list.removeAll { $0.id == id } } }

  fileprivate func arrived(_ number: Int32) {
    for watch in watches.withLock({ $0.list }) where watch.number == number { watch.action() }
  }
}

/// The thread that waits for what the handler writes.
private final class Reader {
  private let end: Int32

  init(end: Int32) { self.end = end }

  func run() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    var byte: UInt8 = 0
    while true {
      if read(end, &byte, 1) == 1 { SignalHub.shared.arrived(Int32(byte)) }
    }
  }
}
