import Signals

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
struct Termination: Sendable {
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
  private let watches: [SignalWatch]

  init() {
    let (requests, continuation) = AsyncStream.makeStream(of: Request.self)
    self.requests = requests
    watches = Request.allCases.map { request in SignalWatch(request.rawValue) { continuation.yield(request) } }
  }

  /// Ends this process as the signal would have ended it, so that whoever started it sees so.
  static func end(by request: Request) -> Never { SignalWatch.endProcess(by: request.rawValue) }
}
