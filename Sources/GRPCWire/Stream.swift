import NIOCore

/// One call under way.
struct Stream {
  enum Sending {
    case open
    /// Everything has been handed over; what waits for the window goes out first.
    case ending(trailers: HeaderList?)
    case ended
  }

  enum Receiving {
    case awaitingHeaders
    case messages
    case ended
  }

  let id: UInt32
  /// Whether what the peer sends is gRPC's messages; other requests' content is passed on as it comes.
  var isGRPC = true
  var sending = Sending.open
  var receiving: Receiving
  var sendWindow: Int
  var receiveWindow: ReceiveWindow
  var deframer = MessageDeframer()
  /// Framed messages that wait for a window.
  var backlog = ByteBuffer()
  /// Whether the stream is in the connection's queue of those waiting for the connection's window.
  var isQueued = false
  /// Whether its producer was told to wait.
  var isProducerWaiting = false
  /// Whether the response's first header block is out (server role).
  var hasResponded = false

  /// Bytes received that nobody has consumed yet: complete messages and the beginning of the next.
  var held: Int { deframer.held + receiveWindow.unconsumed }

  /// Appends a framed message, reusing the room of what has gone out already.
  mutating func enqueue(_ message: ByteBuffer) {
    if backlog.readerIndex > backlog.readableBytes { backlog.discardReadBytes() }
    backlog.writeMessagePrefix(length: message.readableBytes)
    backlog.writeImmutableBuffer(message)
  }
}
