import NIOCore

extension ConnectionCodec {
  /// Sends one message, as far as the windows let it; `last` ends our side with it.
  ///
  /// - Returns: false when the stream's backlog is long: send no more until `writable` comes for it.
  @discardableResult
  mutating func send(_ message: ByteBuffer, on id: UInt32, last: Bool = false) -> Bool {
    guard let at = streams.index(forKey: id), case .open = streams.values[at].sending else { return true }
    if role == .server { respond(id) }
    let length = MessageDeframer.prefixSize + message.readableBytes
    let window = min(sendWindow, streams.values[at].sendWindow, peerSettings.maxFrameSize)
    if streams.values[at].backlog.readableBytes == 0, length <= window, mayWriteData {
      spendWindow(length, at)
      output.writeFrameHeader(length: length, type: .data, flags: last ? .endStream : [], stream: id)
      output.writeMessagePrefix(length: message.readableBytes)
      output.writeImmutableBuffer(message)
      if last { sendingEnded(id, at) }
      return true
    }
    backlogBytes += length
    streams.values[at].enqueue(message)
    if last { streams.values[at].sending = .ending(trailers: nil) }
    sendBacklog(id)
    return mayProduce(id)
  }

  /// Sends one message that `encode` appends to the buffer it is given: exactly `size` bytes, straight into what goes
  /// to the peer where that is possible.
  @discardableResult
  mutating func send(_ id: UInt32, reserving size: Int, _ encode: (inout ByteBuffer) -> Void) -> Bool {
    guard let at = streams.index(forKey: id), case .open = streams.values[at].sending else { return true }
    let length = MessageDeframer.prefixSize + size
    let window = min(sendWindow, streams.values[at].sendWindow, peerSettings.maxFrameSize)
    guard streams.values[at].backlog.readableBytes == 0, length <= window, mayWriteData else {
      var message = ByteBuffer()
      message.reserveCapacity(size)
      encode(&message)
      return send(message, on: id)
    }
    if role == .server { respond(id) }
    spendWindow(length, at)
    output.writeFrameHeader(length: length, type: .data, stream: id)
    output.writeMessagePrefix(length: size)
    let start = output.writerIndex
    encode(&output)
    precondition(output.writerIndex - start == size, "a message is not as long as was said")
    return true
  }

  /// Sends bytes that are no gRPC message.
  @discardableResult
  mutating func sendBytes(_ bytes: ByteBuffer, on id: UInt32) -> Bool {
    guard let at = streams.index(forKey: id), case .open = streams.values[at].sending else { return true }
    backlogBytes += bytes.readableBytes
    streams.values[at].backlog.writeImmutableBuffer(bytes)
    sendBacklog(id)
    return mayProduce(id)
  }

  /// False, and `writable` comes later, when a stream's backlog is long.
  private mutating func mayProduce(_ id: UInt32) -> Bool {
    guard let at = streams.index(forKey: id), streams.values[at].backlog.readableBytes > limits.maxBacklog else {
      return true
    }
    streams.values[at].isProducerWaiting = true
    return false
  }

  private mutating func spendWindow(_ length: Int, _ at: Dictionary<UInt32, Stream>.Index) {
    sendWindow -= length
    streams.values[at].sendWindow -= length
    pingPolicy?.sent()
  }

  /// Gives up what hasn't been sent of a stream.
  mutating func clearBacklog(_ id: UInt32) {
    guard let at = streams.index(forKey: id) else { return }
    backlogBytes -= streams.values[at].backlog.readableBytes
    streams.values[at].backlog = ByteBuffer()
  }

  /// Ends our side of a stream after all that was sent on it.
  mutating func finishSending(_ id: UInt32, trailers: HeaderList? = nil) {
    guard let at = streams.index(forKey: id), case .open = streams.values[at].sending else { return }
    streams.values[at].sending = .ending(trailers: trailers)
    sendBacklog(id)
  }

  /// Resets a stream that is of no more use. No event follows.
  mutating func cancel(_ id: UInt32, code: HTTP2ErrorCode = .cancel) {
    guard streams[id] != nil else { return }
    reset(id, code: code)
  }

  /// DATA waits in the backlogs while the transport is full or has a good deal to write.
  private var mayWriteData: Bool {
    isTransportWritable && output.readableBytes < Self.maxOutput
  }

  private static var maxOutput: Int { 262_144 }

  /// Sends of a stream's backlog what the windows permit, at most `frames` of it, and then its end if that is due.
  mutating func sendBacklog(_ id: UInt32, frames: Int = .max) {
    guard let at = streams.index(forKey: id) else { return }
    var framesLeft = frames
    while streams.values[at].backlog.readableBytes > 0 {
      let waiting = streams.values[at].backlog.readableBytes
      let permitted = min(waiting, streams.values[at].sendWindow, peerSettings.maxFrameSize)
      guard permitted > 0 else { return }
      guard sendWindow > 0, mayWriteData, framesLeft > 0 else { return queue(id, at) }
      let length = min(permitted, sendWindow)
      var flags: FrameFlags = []
      if length == waiting, case .ending(trailers: nil) = streams.values[at].sending { flags = .endStream }
      output.writeFrameHeader(length: length, type: .data, flags: flags, stream: id)
      let part = streams.values[at].backlog.readSlice(length: length)!
      output.writeImmutableBuffer(part)
      backlogBytes -= length
      spendWindow(length, at)
      framesLeft -= 1
      if streams.values[at].isProducerWaiting, waiting - length <= limits.maxBacklog / 2 {
        streams.values[at].isProducerWaiting = false
        events.append(.writable(id))
      }
      if flags.contains(.endStream) { return sendingEnded(id, at) }
    }
    streams.values[at].backlog = ByteBuffer()
    guard case .ending(let trailers) = streams.values[at].sending else { return }
    if let trailers {
      sendHeaders(trailers, on: id, endStream: true)
    } else {
      output.writeFrameHeader(length: 0, type: .data, flags: .endStream, stream: id)
    }
    sendingEnded(id, at)
  }

  private mutating func queue(_ id: UInt32, _ at: Dictionary<UInt32, Stream>.Index) {
    guard !streams.values[at].isQueued else { return }
    streams.values[at].isQueued = true
    blocked.append(id)
  }

  /// Gives the streams that wait for the connection a turn of one frame each, as long as it can send.
  mutating func sendBlocked() {
    while sendWindow > 0, mayWriteData, let id = blocked.popFirst() {
      streams[id]?.isQueued = false
      sendBacklog(id, frames: 1)
    }
  }

  mutating func sendHeaders(_ list: HeaderList, on id: UInt32, endStream: Bool) {
    output.writeHeaderBlock(
      headers.encode(list), stream: id, endStream: endStream, maxFrameSize: peerSettings.maxFrameSize)
    pingPolicy?.sent()
  }

  private mutating func sendingEnded(_ id: UInt32, _ at: Dictionary<UInt32, Stream>.Index) {
    streams.values[at].sending = .ended
    guard role == .server else { return }
    // A server's end is the end. The client need not send the rest of its request (RFC 9113, 8.1).
    if case .ended = streams.values[at].receiving {
      remove(id)
    } else {
      reset(id, code: .noError)
    }
  }
}
