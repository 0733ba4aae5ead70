import EtcdAPI
import GRPCWire
import Metrics
import NIOCore

/// Counts calls on their way to whoever serves them, as etcd's servers do (go-grpc-prometheus):
///
///     grpc_server_started_total{grpc_method="Range",grpc_service="etcdserverpb.KV",grpc_type="unary"} 3
///     grpc_server_handled_total{grpc_code="OK",…} 3      grpc_server_msg_received_total    grpc_server_msg_sent_total
///
/// With `measuresTime`, etcd's `--metrics extensive`, also how long they took.
public final class MeteredCalls: CallRouter {
  private let calls: any CallRouter
  private let methods: [String: MethodMetrics]
  private let measuresTime: Bool
  private let requests: MetricFamily<Counter>
  /// Those of clients that do not say which version they are.
  private let unknownUnary: Counter
  private let unknownStreams: Counter

  public init(_ calls: any CallRouter, metrics: MetricRegistry, measuresTime: Bool = false) {
    self.calls = calls
    self.measuresTime = measuresTime
    let requests = metrics.counters(
      "etcd_server_client_requests_total", "The total number of client requests per client version.",
      labels: ["client_api_version", "type"])
    self.requests = requests
    unknownUnary = requests["unknown", "unary"]
    unknownStreams = requests["unknown", "stream"]
    let families = CallMetrics(metrics, measuresTime: measuresTime)
    let known = EtcdMethod.table.map { ($0.path, $0.streaming) }
    let health = [
      ("/grpc.health.v1.Health/Check", EtcdMethod.Streaming.unary), ("/grpc.health.v1.Health/Watch", .server),
    ]
    methods = Dictionary(
      uniqueKeysWithValues: (known + health).map { ($0, MethodMetrics(path: $0, $1, families)) })
  }

  public func open(_ call: ServerCall) -> (any CallReceiver)? {
    if let method = methods[call.path] {
      method.started.add()
      let isUnary = method.streaming == .unary
      if let version = call.metadata("client-api-version"), version.isVersion {
        requests[version, isUnary ? "unary" : "stream"].add()
      } else {
        (isUnary ? unknownUnary : unknownStreams).add()
      }
      call.observer = measuresTime ? TimedCall(method) : method
    }
    return calls.open(call)
  }

  public func hasService(_ name: String) -> Bool { calls.hasService(name) }
}

/// The families, which all methods share.
private struct CallMetrics {
  static let labels = ["grpc_method", "grpc_service", "grpc_type"]
  let started: MetricFamily<Counter>
  let handled: MetricFamily<Counter>
  let received: MetricFamily<Counter>
  let sent: MetricFamily<Counter>
  let times: MetricFamily<Histogram>?
  let receivedBytes: Counter
  let sentBytes: Counter

  init(_ metrics: MetricRegistry, measuresTime: Bool) {
    started = metrics.counters(
      "grpc_server_started_total", "Total number of RPCs started on the server.", labels: Self.labels)
    handled = metrics.counters(
      "grpc_server_handled_total",
      "Total number of RPCs completed on the server, regardless of success or failure.",
      labels: ["grpc_code"] + Self.labels)
    received = metrics.counters(
      "grpc_server_msg_received_total", "Total number of RPC stream messages received on the server.",
      labels: Self.labels)
    sent = metrics.counters(
      "grpc_server_msg_sent_total", "Total number of gRPC stream messages sent by the server.", labels: Self.labels)
    times =
      measuresTime
      ? metrics.histograms(
        "grpc_server_handling_seconds",
        "Histogram of response latency (seconds) of gRPC that had been application-level handled by the server.",
        labels: Self.labels, bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
      : nil
    receivedBytes = metrics.counter(
      "etcd_network_client_grpc_received_bytes_total", "The total number of bytes received from grpc clients.")
    sentBytes = metrics.counter(
      "etcd_network_client_grpc_sent_bytes_total", "The total number of bytes sent to grpc clients.")
  }
}

/// What is counted of one method. Its calls share it.
private final class MethodMetrics: CallObserver, Sendable {
  let streaming: EtcdMethod.Streaming
  let started: Counter
  let time: Histogram?
  /// By the code's number.
  private let handled: [Counter]
  private let received: Counter
  private let sent: Counter
  private let receivedBytes: Counter
  private let sentBytes: Counter

  init(path: String, _ streaming: EtcdMethod.Streaming, _ families: CallMetrics) {
    let parts = path.split(separator: "/").map(String.init)
    self.streaming = streaming
    let (service, name, type) = (parts[0], parts[1], streaming.rawValue)
    started = families.started[name, service, type]
    received = families.received[name, service, type]
    sent = families.sent[name, service, type]
    time = families.times?[name, service, type]
    handled = (0...16).map { families.handled[GRPCStatus.Code(rawValue: $0)!.goName, name, service, type] }
    receivedBytes = families.receivedBytes
    sentBytes = families.sentBytes
  }

  func received(_ byteCount: Int) {
    received.add()
    receivedBytes.add(byteCount)
  }

  func sent(_ byteCount: Int) {
    sent.add()
    sentBytes.add(byteCount)
  }

  func ended(_ code: GRPCStatus.Code) {
    handled[code.rawValue].add()
  }
}

/// One call of a method whose time is measured.
private final class TimedCall: CallObserver {
  private let method: MethodMetrics
  private let begun = NIODeadline.now()

  init(_ method: MethodMetrics) { self.method = method }

  func received(_ byteCount: Int) { method.received(byteCount) }
  func sent(_ byteCount: Int) { method.sent(byteCount) }

  func ended(_ code: GRPCStatus.Code) {
    method.ended(code)
    method.time?.observe(Double((NIODeadline.now() - begun).nanoseconds) / 1e9)
  }
}

extension String {
  /// Whether it is like "3.5": clients may say anything, and each version is a metric.
  fileprivate var isVersion: Bool {
    let parts = split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { (1...2).contains($0.count) && $0.utf8.allSatisfy(\.isDigit) }
  }
}

extension GRPCStatus.Code {
  /// As Go's gRPC names it.
  fileprivate var goName: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "Canceled"
    case .unknown: "Unknown"
    case .invalidArgument: "InvalidArgument"
    case .deadlineExceeded: "DeadlineExceeded"
    case .notFound: "NotFound"
    case .alreadyExists: "AlreadyExists"
    case .permissionDenied: "PermissionDenied"
    case .resourceExhausted: "ResourceExhausted"
    case .failedPrecondition: "FailedPrecondition"
    case .aborted: "Aborted"
    case .outOfRange: "OutOfRange"
    case .unimplemented: "Unimplemented"
    case .internal: "Internal"
    case .unavailable: "Unavailable"
    case .dataLoss: "DataLoss"
    case .unauthenticated: "Unauthenticated"
    }
  }
}
