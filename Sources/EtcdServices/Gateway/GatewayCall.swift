import EtcdAPI
import GRPCWire
import NIOCore

/// One call that the gateway makes, answered in JSON. For its event loop only.
///
///     unary    whole answer at the end:   200 {…}       or  the error's status  {"error":…,"code":…,"message":…}
///     stream   head at the first message: 200 {"result":{…}}⏎ …  then, if it ends badly, {"error":{…}}
final class GatewayCall: CallTransport {
  private let method: EtcdMethod.Description
  private let answer: Answer
  private var timer: Scheduled<Void>?
  /// A unary call's answer, as JSON.
  private var reply: ByteBuffer?
  private var hasBegun = false

  init(_ method: EtcdMethod.Description, _ answer: Answer) {
    self.method = method
    self.answer = answer
  }

  /// Makes the call, whose transport this is.
  func run(_ call: ServerCall, with messages: [ByteBuffer], router: any CallRouter) {
    let bound = NIOLoopBound(call, eventLoop: call.eventLoop)
    answer.exchange.onClosed = { bound.value.ended(GRPCStatus(.cancelled, "context canceled")) }
    answer.exchange.onWritable = { bound.value.becameWritable() }
    guard call.open(router) else {
      return call.finish(GRPCStatus(.unimplemented, "unknown method \(method.name) for service \(method.service)"))
    }
    if let deadline = call.deadline, !call.hasEnded {
      let bound = NIOLoopBound((self, call), eventLoop: call.eventLoop)
      timer = call.eventLoop.scheduleTask(deadline: deadline) {
        let (gatewayCall, call) = bound.value
        let status = GRPCStatus(.deadlineExceeded, "context deadline exceeded")
        call.ended(status)
        gatewayCall.finish(status, metadata: [])
      }
    }
    for message in messages { call.received(message) }
    call.receivedEnd()
  }

  /// The answer to a request that did not become a call, or to a unary one that failed.
  func refuse(_ status: GRPCStatus) {
    var text = JSONFromMessage()
    text.append("{\"error\":")
    text.string(status.message)
    text.append(",\"code\":\(status.code.rawValue),\"message\":")
    text.string(status.message)
    text.append("}")
    answer(status.code.httpStatus, [Self.contentType], ByteBuffer(bytes: text.text))
  }

  // MARK: CallTransport

  func respond(metadata: [(String, String)]) {}

  func send(_ message: ByteBuffer) -> Bool {
    let json = JSONFromMessage.text(of: message.readableBytesView, as: method.response)
    guard method.streaming != .unary else {
      reply = ByteBuffer(bytes: json)
      return true
    }
    if !hasBegun {
      hasBegun = true
      answer.begin(200, [Self.contentType, Self.fromGRPC])
    }
    var line = ByteBuffer()
    line.reserveCapacity(json.count + 13)
    line.writeString("{\"result\":")
    line.writeBytes(json)
    line.writeString("}\n")
    answer.exchange.write(line)
    return answer.exchange.isWritable
  }

  func finish(_ status: GRPCStatus, metadata: [(String, String)]) {
    timer?.cancel()
    if method.streaming == .unary {
      if status.code == .ok {
        answer(200, [Self.contentType, Self.fromGRPC], reply ?? ByteBuffer())
      } else {
        refuse(status)
      }
      return
    }
    if !hasBegun { answer.begin(status.code.httpStatus, [Self.contentType]) }
    if status.code != .ok { answer.exchange.write(ByteBuffer(bytes: Self.streamError(status))) }
    answer.exchange.end()
  }

  private static let contentType = ("content-type", "application/json")
  private static let fromGRPC = ("grpc-metadata-content-type", "application/grpc")

  private static func streamError(_ status: GRPCStatus) -> [UInt8] {
    let http = status.code.httpStatus
    var text = JSONFromMessage()
    text.append("{\"error\":{\"grpc_code\":\(status.code.rawValue),\"http_code\":\(http),\"message\":")
    text.string(status.message)
    text.append(",\"http_status\":\"\(status.code.httpReason)\"}}")
    return text.text
  }
}

extension GRPCStatus.Code {
  /// The HTTP status that grpc-gateway makes of it, with its name in Go.
  private var http: (status: Int, reason: String) {
    switch self {
    case .ok: (200, "OK")
    case .cancelled: (408, "Request Timeout")
    case .invalidArgument, .failedPrecondition, .outOfRange: (400, "Bad Request")
    case .deadlineExceeded: (504, "Gateway Timeout")
    case .notFound: (404, "Not Found")
    case .alreadyExists, .aborted: (409, "Conflict")
    case .permissionDenied: (403, "Forbidden")
    case .unauthenticated: (401, "Unauthorized")
    case .resourceExhausted: (429, "Too Many Requests")
    case .unimplemented: (501, "Not Implemented")
    case .unavailable: (503, "Service Unavailable")
    case .unknown, .internal, .dataLoss: (500, "Internal Server Error")
    }
  }

  var httpStatus: Int { http.status }
  fileprivate var httpReason: String { http.reason }
}
