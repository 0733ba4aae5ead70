/// How a call ended, other than well: thrown by every call.
public struct GRPCStatus: Error, Equatable, Sendable {
  /// gRPC's status codes, by number.
  public enum Code: Int, Sendable {
    case ok = 0
    case cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
    case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss
    case unauthenticated
  }

  public enum Origin: Equatable, Sendable {
    /// The server's own answer: it ran the call, or refused it.
    case peer
    /// Made on this side. When `wasProcessedMaybe` is false, the call was surely not processed and may be sent again.
    case local(Reason, wasProcessedMaybe: Bool)
  }

  public enum Reason: Equatable, Sendable {
    /// The calling task was cancelled, or the stream was.
    case cancelled
    /// The call's own deadline passed.
    case deadlineExceeded
    /// The connection was, or became, closed; the message says why.
    case connectionClosed
    /// The peer refused the stream unprocessed: REFUSED_STREAM, or GOAWAY with an earlier last stream.
    case refused
    /// The peer reset the stream with this code, without a status.
    case reset(HTTP2ErrorCode)
    /// The answer wasn't gRPC: an HTTP status, a content type, or frames against the rules.
    case notGRPC
    /// A message is larger than permitted, or compressed.
    case messageRefused
  }

  public var code: Code
  public var message: String
  public var origin: Origin

  public init(_ code: Code, _ message: String, origin: Origin = .peer) {
    self.code = code
    self.message = message
    self.origin = origin
  }

  static func local(
    _ code: Code, _ message: String, _ reason: Reason, wasProcessedMaybe: Bool = true
  ) -> GRPCStatus {
    GRPCStatus(code, message, origin: .local(reason, wasProcessedMaybe: wasProcessedMaybe))
  }

  /// True when sending the call again cannot make it happen twice.
  public var isSafeToRetry: Bool {
    if case .local(_, wasProcessedMaybe: false) = origin { return true }
    return false
  }
}

extension GRPCStatus: CustomStringConvertible {
  public var description: String { "\(code): \(message)" }
}

extension GRPCStatus {
  /// What an answer without grpc-status means (gRPC's http-grpc-status-mapping.md).
  init(httpStatus: Int) {
    let code: Code =
      switch httpStatus {
      case 400: .internal
      case 401: .unauthenticated
      case 403: .permissionDenied
      case 404: .unimplemented
      case 429, 502, 503, 504: .unavailable
      default: .unknown
      }
    self = .local(code, "the server answered HTTP status \(httpStatus) instead of gRPC", .notGRPC)
  }

  /// What RST_STREAM instead of a status means (gRPC's PROTOCOL-HTTP2.md, "Errors").
  init(reset code: HTTP2ErrorCode) {
    let text = "the server reset the call with \(code)"
    switch code {
    case .refusedStream: self = .local(.unavailable, text, .refused, wasProcessedMaybe: false)
    case .cancel: self = .local(.cancelled, text, .reset(code))
    case .enhanceYourCalm: self = .local(.resourceExhausted, text, .reset(code))
    case .inadequateSecurity: self = .local(.permissionDenied, text, .reset(code))
    default: self = .local(.internal, text, .reset(code))
    }
  }

  /// What grpc-status and grpc-message say. A code that no one knows is `unknown`.
  init(statusField: String, messageField: String?) {
    let code = Int(statusField).flatMap(Code.init(rawValue:)) ?? .unknown
    self.init(code, messageField.map(PercentEncoding.decode) ?? "")
  }
}

/// How grpc-message carries text in a header: bytes outside printable ASCII, and `%`, as `%XX`.
enum PercentEncoding {
  static func encode(_ text: String) -> String {
    guard !text.utf8.allSatisfy(isPlain) else { return text }
    var encoded = ""
    for byte in text.utf8 {
      if isPlain(byte) {
        encoded.unicodeScalars.append(UnicodeScalar(byte))
      } else {
        encoded += byte < 16 ? "%0" : "%"
        encoded += String(byte, radix: 16, uppercase: true)
      }
    }
    return encoded
  }

  /// A `%` that two hexadecimal digits don't follow stands for itself; invalid UTF-8 becomes U+FFFD.
  static func decode(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "%"), at + 2 < bytes.count,
        let high = hexDigit(bytes[at + 1]), let low = hexDigit(bytes[at + 2])
      {
        decoded.append(high << 4 | low)
        at += 3
      } else {
        decoded.append(bytes[at])
        at += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "%")
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
