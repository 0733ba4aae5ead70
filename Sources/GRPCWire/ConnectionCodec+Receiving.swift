import NIOCore

extension ConnectionCodec {
  /// Takes in what arrived. `now` is in nanoseconds on a clock that never goes back.
  mutating func receive(_ bytes: ByteBuffer, now: UInt64) {
    guard phase != .ended else { return }
    if inbound.readableBytes == 0 {
      inbound = bytes
    } else {
      inbound.writeImmutableBuffer(bytes)
    }
    do {
      guard try receivePreface() else { return }
      while phase != .ended, try receiveFrame(now: now) {}
    } catch let error as HTTP2Error {
      fail(error)
    } catch {
      preconditionFailure("a stream's error left its stream: \(error)")
    }
    if inbound.readableBytes == 0 {
      inbound = ByteBuffer()
    } else {
      inbound.discardReadBytes()
    }
  }

  /// False while a server's client hasn't said in full that it speaks HTTP/2.
  private mutating func receivePreface() throws(HTTP2Error) -> Bool {
    guard phase == .awaitingPreface else { return true }
    let expected = clientPreface.withUTF8Buffer { Array($0) }
    let length = min(expected.count, inbound.readableBytes)
    guard inbound.readableBytesView.prefix(length).elementsEqual(expected.prefix(length)) else {
      throw HTTP2Error(.protocolError, "the client did not begin with HTTP/2's preface")
    }
    guard length == expected.count else { return false }
    inbound.moveReaderIndex(forwardBy: length)
    phase = .awaitingSettings
    return true
  }

  /// False when there is no complete frame.
  private mutating func receiveFrame(now: UInt64) throws -> Bool {
    guard let header = inbound.peekFrameHeader() else { return false }
    if phase == .awaitingSettings {
      guard header.type == FrameType.settings.rawValue, header.stream == 0, header.flags.isEmpty,
        header.length <= Self.maxFrameSize, header.length % 6 == 0
      else { return try refuseFirstFrame(header) }
    }
    guard header.length <= Self.maxFrameSize else {
      throw HTTP2Error(.frameSizeError, "a frame of \(header.length) bytes")
    }
    guard inbound.readableBytes >= FrameHeader.size + header.length else { return false }
    inbound.moveReaderIndex(forwardBy: FrameHeader.size)
    let payload = inbound.readSlice(length: header.length)!
    try dispatch(header, payload, now: now)
    return true
  }

  /// What a server says first, if not SETTINGS, is another protocol: HTTP/1, a TLS alert, …
  private mutating func refuseFirstFrame(_ header: FrameHeader) throws(HTTP2Error) -> Bool {
    guard role == .client else { throw HTTP2Error(.protocolError, "the first frame is not SETTINGS") }
    let first = inbound
    connectionLost(
      .local(.unavailable, "the server does not speak HTTP/2", .connectionClosed, wasProcessedMaybe: false))
    events.append(.notHTTP2(first))
    return false
  }

  /// We never ask for more than the RFC's 16 KiB: larger frames gain little and hold up the others.
  private static var maxFrameSize: Int { Settings().maxFrameSize }

  private mutating func dispatch(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws {
    let type = FrameType(rawValue: header.type)
    if let openBlock, type != .continuation || header.stream != openBlock.stream {
      throw HTTP2Error(.protocolError, "another frame inside the header block of stream \(openBlock.stream)")
    }
    switch type {
    case .data: try receiveData(header, payload, now: now)
    case .headers: try receiveHeaders(header, payload, now: now)
    case .continuation: try receiveContinuation(header, payload, now: now)
    case .priority: try receivePriority(header, payload, now: now)
    case .resetStream: try receiveReset(header, payload, now: now)
    case .settings: try receiveSettings(header, payload, now: now)
    case .pushPromise: throw HTTP2Error(.protocolError, "PUSH_PROMISE, though push is off")
    case .ping: try receivePing(header, payload, now: now)
    case .goAway: try receiveGoAway(header, payload)
    case .windowUpdate: try receiveWindowUpdate(header, payload, now: now)
    case nil: try spendIdleFrame(now: now)
    }
  }

  mutating func spendIdleFrame(now: UInt64) throws(HTTP2Error) {
    guard limits.idleFrames.spend(now: now) else {
      throw HTTP2Error(.enhanceYourCalm, "too many frames that carry nothing")
    }
  }

  /// Ends one stream for an error of the peer's. A server that is made to reset streams on and on ends the connection.
  mutating func failStream(_ id: UInt32, _ error: StreamError, now: UInt64) throws(HTTP2Error) {
    let isKnown = streams[id] != nil
    reset(id, code: error.code)
    if isKnown {
      events.append(.ended(id, .local(.internal, "the peer broke HTTP/2's rules: \(error.reason)", .notGRPC)))
    }
    try spendReset(now: now)
  }

  func isIdle(_ id: UInt32) -> Bool {
    guard id % 2 == 1 else { return true }
    return role == .client ? id >= nextStream : id > lastPeerStream
  }

  mutating func spendReset(now: UInt64) throws(HTTP2Error) {
    guard role == .client || limits.resets.spend(now: now) else {
      throw HTTP2Error(.enhanceYourCalm, "too many streams reset")
    }
  }

  /// A frame with content for a stream that is closed (RFC 9113, 5.1).
  mutating func receiveForClosed(_ id: UInt32, now: UInt64) throws(HTTP2Error) {
    try spendIdleFrame(now: now)
    if !recentlyReset.contains(id) { reset(id, code: .streamClosed) }
  }

  // MARK: HEADERS and CONTINUATION

  private mutating func receiveHeaders(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws {
    guard header.stream != 0 else { throw HTTP2Error(.protocolError, "HEADERS on stream 0") }
    var fragment = payload
    guard fragment.removePadding(header.flags) else {
      throw HTTP2Error(.protocolError, "more padding than payload in HEADERS")
    }
    if header.flags.contains(.priority) {
      guard fragment.readableBytes >= 5 else { throw HTTP2Error(.frameSizeError, "HEADERS without its priority") }
      fragment.moveReaderIndex(forwardBy: 5)
    }
    let endStream = header.flags.contains(.endStream)
    if header.flags.contains(.endHeaders) {
      try receiveBlock(header.stream, fragment, endStream: endStream, now: now)
    } else {
      openBlock = OpenHeaderBlock(stream: header.stream, endStream: endStream, fragment: fragment)
    }
  }

  private mutating func receiveContinuation(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws {
    guard var block = openBlock else { throw HTTP2Error(.protocolError, "CONTINUATION without HEADERS") }
    openBlock = nil
    block.continuations += 1
    block.fragment.writeImmutableBuffer(payload)
    guard block.continuations <= limits.maxContinuations, block.fragment.readableBytes <= limits.maxHeaderListSize
    else {
      throw HTTP2Error(.enhanceYourCalm, "a header block without end")
    }
    if header.flags.contains(.endHeaders) {
      try receiveBlock(block.stream, block.fragment, endStream: block.endStream, now: now)
    } else {
      openBlock = block
    }
  }

  /// A complete header block. It is decoded whatever becomes of its stream, since the next ones build on it.
  private mutating func receiveBlock(_ id: UInt32, _ block: ByteBuffer, endStream: Bool, now: UInt64) throws {
    let section: FieldSection?
    let problem: StreamError?
    do {
      section = try headers.decode(block)
      problem = nil
    } catch let error as StreamError {
      section = nil
      problem = error
    }
    if role == .server {
      guard id % 2 == 1 else { throw HTTP2Error(.protocolError, "a client opened stream \(id)") }
      if id > lastPeerStream {
        lastPeerStream = id
        if let problem { return try failStream(id, problem, now: now) }
        return try receiveRequest(id, section!, endStream: endStream, now: now)
      }
    } else if isIdle(id) {
      throw HTTP2Error(.protocolError, "HEADERS on stream \(id), which was never opened")
    }
    guard let receiving = streams[id]?.receiving else { return try receiveForClosed(id, now: now) }
    if let problem { return try failStream(id, problem, now: now) }
    do throws(StreamError) {
      switch receiving {
      case .ended: throw StreamError(.streamClosed, "HEADERS after the end")
      case .awaitingHeaders: try receiveResponse(id, section!, endStream: endStream)
      case .messages: try receiveTrailers(id, section!, endStream: endStream)
      }
    } catch {
      try failStream(id, error, now: now)
    }
  }

  private mutating func receiveTrailers(_ id: UInt32, _ section: FieldSection, endStream: Bool) throws(StreamError) {
    guard endStream else { throw StreamError(.protocolError, "a second header block that doesn't end the stream") }
    try section.checkTrailers()
    switch role {
    case .client: receiveStatus(id, section)
    case .server: receiveRequestEnd(id)
    }
  }

  // MARK: DATA

  private mutating func receiveData(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws {
    let id = header.stream
    guard id != 0, !isIdle(id) else { throw HTTP2Error(.protocolError, "DATA on stream \(id), which is not open") }
    guard receiveWindow.receive(header.length) else {
      throw HTTP2Error(.flowControlError, "more data than the connection's window")
    }
    // The connection's window is never what holds a peer up: a consumer that doesn't read must not stop the others.
    if let increment = receiveWindow.grant() { output.writeWindowUpdate(0, increment: increment) }
    var content = payload
    guard content.removePadding(header.flags) else {
      throw HTTP2Error(.protocolError, "more padding than payload in DATA")
    }
    let endStream = header.flags.contains(.endStream)
    if content.readableBytes == 0, !endStream { try spendIdleFrame(now: now) }
    guard let at = streams.index(forKey: id) else { return try receiveForClosed(id, now: now) }
    do throws(StreamError) {
      guard streams.values[at].receiveWindow.receive(header.length) else {
        throw StreamError(.flowControlError, "more data than the stream's window")
      }
      switch streams.values[at].receiving {
      case .awaitingHeaders: throw StreamError(.protocolError, "DATA before HEADERS")
      case .ended: throw StreamError(.streamClosed, "DATA after the end")
      case .messages: break
      }
    } catch {
      return try failStream(id, error, now: now)
    }
    if !streams.values[at].isGRPC {
      if content.readableBytes > 0 { events.append(.body(id, content)) }
    } else if !receiveMessages(id, at, content) {
      return
    }
    if endStream {
      receiveDataEnd(id, isInsideMessage: streams.values[at].deframer.held > 0)
    } else if let increment = streams.values[at].receiveWindow.grant() {
      output.writeWindowUpdate(id, increment: increment)
    }
  }

  /// Emits the messages that `content` completes; false when that ended the stream.
  private mutating func receiveMessages(
    _ id: UInt32, _ at: Dictionary<UInt32, Stream>.Index, _ content: ByteBuffer
  ) -> Bool {
    let before = streams.values[at].held
    streams.values[at].deframer.append(content)
    var failure: MessageDeframer.Failure?
    do throws(MessageDeframer.Failure) {
      while let message = try streams.values[at].deframer.next(maxSize: limits.maxMessageSize) {
        streams.values[at].receiveWindow.hold(MessageDeframer.prefixSize + message.readableBytes)
        events.append(.message(id, message))
      }
    } catch {
      failure = error
    }
    streams.values[at].deframer.settle()
    heldBytes += streams.values[at].held - before
    if let failure {
      refuseMessage(id, failure)
    } else if role == .server, heldBytes > limits.maxHeld {
      giveUp(id, .local(.resourceExhausted, "too many large messages at a time on one connection", .messageRefused))
    } else {
      return true
    }
    return false
  }

  private mutating func refuseMessage(_ id: UInt32, _ failure: MessageDeframer.Failure) {
    let status: GRPCStatus =
      switch failure {
      case .tooLarge(let length):
        .local(
          .resourceExhausted, "grpc: received message larger than max (\(length) vs. \(limits.maxMessageSize))",
          .messageRefused)
      case .compressed:
        .local(.internal, "grpc: compressed flag set with identity or empty encoding", .messageRefused)
      case .undecodable(let reason):
        .local(.internal, "grpc: failed to decompress the received message \(reason)", .messageRefused)
      case .invalidFlag(let flag):
        .local(.internal, "grpc: received unexpected payload format \(flag)", .messageRefused)
      }
    giveUp(id, status)
  }

  private mutating func receiveDataEnd(_ id: UInt32, isInsideMessage: Bool) {
    if role == .server {
      receiveRequestEnd(id)
    } else if isInsideMessage {
      giveUp(id, .local(.internal, "the stream ended inside a message", .notGRPC))
    } else {
      finishResponse(id, .local(.internal, "the server ended the call without a status", .notGRPC))
    }
  }

  /// Ends a stream whose content is not acceptable: a server answers with the status, a client makes it its own.
  private mutating func giveUp(_ id: UInt32, _ status: GRPCStatus) {
    switch role {
    case .client:
      reset(id, code: .cancel)
    case .server:
      clearBacklog(id)
      finish(id, status)
    }
    events.append(.ended(id, status))
  }

  /// The consumer is done with a message of `size` bytes, which makes room for more.
  mutating func consume(_ id: UInt32, messageSize size: Int) {
    guard let at = streams.index(forKey: id) else { return }
    streams.values[at].receiveWindow.consume(MessageDeframer.prefixSize + size)
    heldBytes -= MessageDeframer.prefixSize + size
    guard case .messages = streams.values[at].receiving, let increment = streams.values[at].receiveWindow.grant() else {
      return
    }
    output.writeWindowUpdate(id, increment: increment)
  }
}
