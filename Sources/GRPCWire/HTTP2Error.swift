/// Why a stream or a connection ended, as RST_STREAM and GOAWAY say it (RFC 9113, 7). Unknown codes are kept.
public struct HTTP2ErrorCode: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let noError = HTTP2ErrorCode(rawValue: 0x0)
  public static let protocolError = HTTP2ErrorCode(rawValue: 0x1)
  public static let internalError = HTTP2ErrorCode(rawValue: 0x2)
  public static let flowControlError = HTTP2ErrorCode(rawValue: 0x3)
  public static let settingsTimeout = HTTP2ErrorCode(rawValue: 0x4)
  public static let streamClosed = HTTP2ErrorCode(rawValue: 0x5)
  public static let frameSizeError = HTTP2ErrorCode(rawValue: 0x6)
  public static let refusedStream = HTTP2ErrorCode(rawValue: 0x7)
  public static let cancel = HTTP2ErrorCode(rawValue: 0x8)
  public static let compressionError = HTTP2ErrorCode(rawValue: 0x9)
  public static let connectError = HTTP2ErrorCode(rawValue: 0xa)
  public static let enhanceYourCalm = HTTP2ErrorCode(rawValue: 0xb)
  public static let inadequateSecurity = HTTP2ErrorCode(rawValue: 0xc)
  public static let http11Required = HTTP2ErrorCode(rawValue: 0xd)

  private static let names = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
  ]
}

extension HTTP2ErrorCode: CustomStringConvertible {
  public var description: String {
    rawValue < Self.names.count ? Self.names[Int(rawValue)] : "error code \(rawValue)"
  }
}

/// An error that ends the connection: its code, and in words what was wrong.
public struct HTTP2Error: Error, Equatable, Sendable {
  public var code: HTTP2ErrorCode
  public var reason: String

  init(_ code: HTTP2ErrorCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}

extension HTTP2Error: CustomStringConvertible {
  public var description: String { "\(code): \(reason)" }
}

/// An error that ends one stream and leaves the connection as it is.
struct StreamError: Error, Equatable {
  var code: HTTP2ErrorCode
  var reason: String

  init(_ code: HTTP2ErrorCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}
