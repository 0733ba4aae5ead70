import NIOCore

enum SettingsParameter: UInt16 {
  case headerTableSize = 0x1
  case enablePush = 0x2
  case maxConcurrentStreams = 0x3
  case initialWindowSize = 0x4
  case maxFrameSize = 0x5
  case maxHeaderListSize = 0x6
}

/// What a peer has said it accepts, with RFC 9113's values until it has spoken (6.5.2).
struct Settings: Equatable {
  var headerTableSize = 4096
  var maxConcurrentStreams = Int(UInt32.max)
  var initialWindowSize = 65_535
  var maxFrameSize = 16_384
  var maxHeaderListSize = Int(UInt32.max)

  /// Takes over one parameter; an unknown one is ignored, as the RFC has it.
  mutating func apply(_ identifier: UInt16, _ value: UInt32, from peer: ConnectionCodec.Role) throws(HTTP2Error) {
    guard let parameter = SettingsParameter(rawValue: identifier) else { return }
    switch parameter {
    case .headerTableSize:
      headerTableSize = Int(value)
    case .enablePush:
      guard value == 0 || (value == 1 && peer == .client) else {
        throw HTTP2Error(.protocolError, "ENABLE_PUSH is \(value)")
      }
    case .maxConcurrentStreams:
      maxConcurrentStreams = Int(value)
    case .initialWindowSize:
      guard value <= FlowControl.maxWindow else {
        throw HTTP2Error(.flowControlError, "an initial window of \(value) bytes")
      }
      initialWindowSize = Int(value)
    case .maxFrameSize:
      guard (16_384...16_777_215).contains(value) else {
        throw HTTP2Error(.protocolError, "a frame size of \(value) bytes")
      }
      maxFrameSize = Int(value)
    case .maxHeaderListSize:
      maxHeaderListSize = Int(value)
    }
  }
}
