import EtcdAPI
import GRPCWire
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization

/// etcd over the network: a cluster's members, reached through gRPC.
///
/// Nothing is connected before the first call. One connection carries the calls, to the endpoint that answered first;
/// when it breaks, or its member says that it is unavailable, the next endpoint takes over (``EndpointBalancer``). Calls
/// are sent again as ``RetryPolicy`` says. At first contact a call fails at once when every endpoint has failed; later
/// it waits for one to come back, within its time.
public final class RemoteEtcd: Etcd {
  public let endpoints: [String]
  let configuration: Configuration
  let authenticator: Authenticator
  let dialer: Dialer
  let connector: Connector
  private let commandTimeoutNanoseconds: Atomic<Int64>
  /// Connections for the calls that name their endpoint; nil after ``close()``.
  private let singles = Mutex<[String: Connector]?>([:])

  /// - Throws: an endpoint, certificate or key that cannot be used. No connection is made.
  public init(_ configuration: Configuration) throws(EtcdError) {
    guard !configuration.endpoints.isEmpty else {
      throw EtcdError(.invalidArgument, "there is no endpoint", remedy: "name one with --endpoints")
    }
    var parsed: [Endpoint] = []
    for text in configuration.endpoints {
      let endpoint = try Endpoint(text)
      if !parsed.contains(endpoint) { parsed.append(endpoint) }
    }
    self.configuration = configuration
    endpoints = configuration.endpoints
    authenticator = Authenticator(configuration.user)
    let tls = try TLSSetup(configuration.tls, for: parsed)
    commandTimeoutNanoseconds = Atomic(configuration.commandTimeout.nanoseconds)
    dialer = Dialer(
      loop: Self.loop, executor: Self.executor, timeout: configuration.dialTimeout,
      keepAlive: GRPCKeepAlive(
        interval: max(configuration.keepAliveInterval, .seconds(10)), timeout: configuration.keepAliveTimeout),
      tls: tls)
    connector = Connector(parsed, dialer: dialer)
  }

  deinit { closeAll() }

  /// A task that runs here makes its calls without a change of threads. It stays good when another cluster is turned to.
  public var preferredExecutor: any TaskExecutor { Self.executor }

  /// One thread serves all clients of the process, and ends with it: a task may run on it that outlives each of them.
  private static let loop: any EventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
  private static let executor = EventLoopTaskExecutor(loop)

  public var commandTimeout: Duration {
    get { .nanoseconds(commandTimeoutNanoseconds.load(ordering: .relaxed)) }
    set { commandTimeoutNanoseconds.store(newValue.nanoseconds, ordering: .relaxed) }
  }

  public func close() async { closeAll() }

  private func closeAll() {
    connector.close()
    for single in (singles.withLock { $0.take() } ?? [:]).values { single.close() }
  }

  /// The connector for one endpoint alone.
  ///
  /// - Throws: `text` is no endpoint, or all is closed.
  func connector(at text: String) throws(EtcdError) -> Connector {
    let endpoint = try Endpoint(text)
    let single = singles.withLock { singles -> Connector? in
      if let single = singles?[text] { return single }
      let made = connector.endpoints == [endpoint] ? connector : Connector([endpoint], dialer: dialer)
      singles?[text] = made
      return singles?[text]
    }
    guard let single else { throw .closedHere }
    return single
  }
}
