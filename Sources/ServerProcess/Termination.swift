import Dispatch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The two ways in which a server is asked to end: SIGTERM, and SIGINT from a terminal. Once this is made they do not
/// end the process, but are told by ``requests``.
///
/// SIGHUP is left as it is and ends the process, as with etcd.
struct Termination: @unchecked Sendable {
  enum Request: Int32, Sendable, CaseIterable {
    case interrupt = 2
    case terminate = 15

    /// The signal as Go prints it.
    var name: String {
      switch self {
      case .interrupt: "interrupt"
      case .terminate: "terminated"
      }
    }
  }

  let requests: AsyncStream<Request>
  // Only kept; dispatch's sources may be let go of on any thread.
  private let sources: [any DispatchSourceSignal]

  init() {
    let (requests, continuation) = AsyncStream.makeStream(of: Request.self)
    self.requests = requests
    sources = Request.allCases.map { request in
      signal(request.rawValue, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: request.rawValue, queue: .global())
      source.setEventHandler { continuation.yield(request) }
      source.resume()
      return source
    }
  }

  /// Ends this process as the signal would have ended it, so that whoever started it sees so.
  static func end(by request: Request) -> Never {
    signal(request.rawValue, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, request.rawValue)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    kill(getpid(), request.rawValue)
    // The first process of a container is not ended by a signal.
    exit(0)
  }
}
