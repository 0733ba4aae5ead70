import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A client's connection to one gRPC server.
///
/// It lives on one event loop. Calls may come from anywhere, but are fastest from that loop: a task that runs there (see
/// ``EventLoopTaskExecutor``) makes them without a change of threads.
public final class GRPCConnection: Sendable {
  let handler: LoopBoundHandler
  private let usable: Atomic<Bool>
  private let closedPromise: EventLoopPromise<GRPCConnectionEnd>

  private init(handler: LoopBoundHandler, closedPromise: EventLoopPromise<GRPCConnectionEnd>) {
    self.handler = handler
    self.closedPromise = closedPromise
    usable = Atomic(true)
  }

  deinit {
    handler.run { $0.close(gracefully: true) }
  }

  /// False when no new call can be made, though those under way may go on.
  public var isOpen: Bool {
    usable.load(ordering: .relaxed)
  }

  /// Waits for the end of the connection.
  public func closed() async -> GRPCConnectionEnd {
    // The promise is never failed.
    try! await closedPromise.futureResult.get()
  }

  /// - Parameter graceful: calls under way go on, and the connection ends after the last of them.
  public func close(graceful: Bool) {
    handler.run { $0.close(gracefully: graceful) }
  }

  /// Makes a call of one message each way.
  ///
  /// - Parameters:
  ///   - path: `/package.Service/Method`.
  ///   - metadata: header fields; the names are lower case.
  ///   - timeout: sent to the server, and enforced here whatever it does.
  /// - Throws: the call's status, if it isn't `ok`. Cancelling the task cancels the call.
  public nonisolated(nonsending) func unary(
    path: String, metadata: [(String, String)] = [], message: ByteBuffer, timeout: Duration? = nil
  ) async throws(GRPCStatus) -> ByteBuffer {
    let call = UnaryCall(path: path, metadata: metadata, message: message, timeout: timeout)
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        handler.run {
          call.whenEnded(continuation)
          $0.start(call)
        }
      }
    } onCancel: {
      handler.run { $0.cancel(call, .cancelledHere) }
    }
    return try outcome.get()
  }

  /// Opens a call of any number of messages each way. Waits while the server has as many streams as it takes.
  public nonisolated(nonsending) func open(
    path: String, metadata: [(String, String)] = []
  ) async throws(GRPCStatus) -> GRPCStream {
    let call = StreamedCall(path: path, metadata: metadata)
    let opened = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        handler.run {
          call.whenOpened(continuation)
          $0.start(call)
        }
      }
    } onCancel: {
      handler.run { $0.cancel(call, .cancelledHere) }
    }
    try opened.get()
    return GRPCStream(call: call, connection: self)
  }
}

extension GRPCStatus {
  static let cancelledHere = GRPCStatus.local(.cancelled, "context canceled", .cancelled)
}

/// The handler, reached from any thread, on its event loop.
struct LoopBoundHandler: Sendable {
  private let bound: NIOLoopBound<ClientHandler>

  init(_ handler: ClientHandler, loop: any EventLoop) {
    bound = NIOLoopBound(handler, eventLoop: loop)
  }

  /// The handler itself if the caller is on its event loop.
  var here: ClientHandler? {
    bound.eventLoop.inEventLoop ? bound.value : nil
  }

  /// Runs at once if on the event loop, else soon, in the order of the calls.
  func run(_ body: @escaping @Sendable (ClientHandler) -> Void) {
    if bound.eventLoop.inEventLoop {
      body(bound.value)
    } else {
      bound.eventLoop.execute { body(bound.value) }
    }
  }
}

// MARK: Connecting

extension GRPCConnection {
  /// Connects and waits until the server has said that it speaks HTTP/2.
  ///
  /// - Parameter timeout: for all of it, the name's resolution and TLS included.
  public nonisolated(nonsending) static func connect(
    to target: GRPCTarget, on loop: any EventLoop, timeout: Duration, keepAlive: GRPCKeepAlive? = nil,
    maxMessageSize: Int = Int(Int32.max)
  ) async throws(GRPCConnectionError) -> GRPCConnection {
    var limits = Limits()
    limits.maxMessageSize = maxMessageSize
    let attempt = ConnectionAttempt(target: target, limits: limits, loop: loop, keepAlive: keepAlive)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        attempt.onLoop { $0.start(timeout: timeout, continuation) }
      }
    } onCancel: {
      attempt.onLoop { $0.finish(.failure(.cancelled)) }
    }
    return try result.get()
  }

  /// One attempt to connect: whatever comes first, a greeting, an error or the end of patience, is its result.
  /// Touched on its event loop only.
  private final class ConnectionAttempt: @unchecked Sendable {
    typealias Outcome = Result<GRPCConnection, GRPCConnectionError>

    private let target: GRPCTarget
    private let limits: Limits
    private let loop: any EventLoop
    private let keepAlive: GRPCKeepAlive?
    private var continuation: CheckedContinuation<Outcome, Never>?
    private var outcome: Outcome?
    private var connection: GRPCConnection?
    private var timer: Scheduled<Void>?
    private var isConnected = false

    init(target: GRPCTarget, limits: Limits, loop: any EventLoop, keepAlive: GRPCKeepAlive?) {
      self.target = target
      self.limits = limits
      self.loop = loop
      self.keepAlive = keepAlive
    }

    func onLoop(_ body: @escaping @Sendable (ConnectionAttempt) -> Void) {
      if loop.inEventLoop { body(self) } else { loop.execute { body(self) } }
    }

    func finish(_ outcome: Outcome) {
      guard self.outcome == nil else { return }
      self.outcome = outcome
      timer?.cancel()
      continuation?.resume(returning: outcome)
      continuation = nil
      let connection = self.connection
      self.connection = nil
      if case .failure = outcome { connection?.handler.run { $0.abandon() } }
    }

    func start(timeout: Duration, _ continuation: CheckedContinuation<Outcome, Never>) {
      if let outcome { return continuation.resume(returning: outcome) }
      self.continuation = continuation
      timer = loop.scheduleTask(in: .nanoseconds(timeout.nanoseconds)) {
        self.finish(.failure(.timedOut(isConnected: self.isConnected)))
      }
      let bootstrap = ClientBootstrap(group: loop)
        .connectTimeout(.nanoseconds(timeout.nanoseconds))
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try self.setUp(channel) }
        }
      let channel =
        switch target.address {
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .host(let host, let port):
          // An address that needs no resolving needs no resolver's thread either.
          if let address = try? SocketAddress(ipAddress: host, port: port) {
            bootstrap.connect(to: address)
          } else {
            bootstrap.connect(host: host, port: port)
          }
        }
      channel.whenComplete { result in
        switch result {
        case .success: self.isConnected = true
        case .failure(let error): self.finish(.failure(self.explain(error)))
        }
      }
    }

    /// Called for every address that is tried; the connection is the one that gets through.
    private func setUp(_ channel: any Channel) throws {
      if let tls = target.tls {
        let handler = try NIOSSLClientHandler(context: tls, serverHostname: target.serverHostname)
        try channel.pipeline.syncOperations.addHandler(handler)
      }
      let closed = loop.makePromise(of: GRPCConnectionEnd.self)
      weak var connection: GRPCConnection?
      let handler = ClientHandler(
        target: target, limits: limits, loop: loop, keepAlive: keepAlive,
        whenGreeted: { error in
          if let error {
            self.finish(.failure(error))
          } else if let connection {
            self.finish(.success(connection))
          }
        },
        whenUnusable: { connection?.usable.store(false, ordering: .relaxed) },
        whenClosed: { closed.succeed($0) })
      let made = GRPCConnection(handler: LoopBoundHandler(handler, loop: loop), closedPromise: closed)
      connection = made
      self.connection = made
      try channel.pipeline.syncOperations.addHandler(handler)
    }

    private func explain(_ error: any Error) -> GRPCConnectionError {
      switch error {
      case let error as NIOConnectionError:
        guard let first = error.connectionErrors.first else {
          return .nameNotResolved(host: error.host, error.dnsAError ?? error.dnsAAAAError ?? error)
        }
        return explain(first.error)
      case let error as IOError where error.errnoCode == ECONNREFUSED: return .refused
      case ChannelError.connectTimeout: return .timedOut(isConnected: false)
      case let error as GRPCConnectionError: return error
      default: return .unreachable(error)
      }
    }
  }
}
