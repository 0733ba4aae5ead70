import NIOCore

/// The frames that carry no content.
extension ConnectionCodec {
  mutating func receiveSettings(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws(HTTP2Error) {
    guard header.stream == 0 else { throw HTTP2Error(.protocolError, "SETTINGS on stream \(header.stream)") }
    guard limits.settings.spend(now: now) else { throw HTTP2Error(.enhanceYourCalm, "too many SETTINGS") }
    guard !header.flags.contains(.acknowledgement) else {
      // Nothing waits for it: our settings only ever permit more than the RFC's initial ones.
      guard header.length == 0 else { throw HTTP2Error(.frameSizeError, "a SETTINGS acknowledgement with content") }
      return
    }
    guard header.length % 6 == 0 else { throw HTTP2Error(.frameSizeError, "SETTINGS of \(header.length) bytes") }
    let before = peerSettings
    var rest = payload
    while let (identifier, value) = rest.readMultipleIntegers(as: (UInt16, UInt32).self) {
      try peerSettings.apply(identifier, value, from: role == .client ? .server : .client)
    }
    if peerSettings.headerTableSize != before.headerTableSize {
      headers.resizeEncoderTable(peerSettings.headerTableSize)
    }
    output.writeSettingsAcknowledgement()
    if phase == .awaitingSettings {
      phase = .open
      events.append(.ready)
    }
    if peerSettings.maxConcurrentStreams != before.maxConcurrentStreams, role == .client {
      events.append(.streamsAvailable)
    }
    try widenAllStreams(by: peerSettings.initialWindowSize - before.initialWindowSize)
  }

  private mutating func widenAllStreams(by change: Int) throws(HTTP2Error) {
    guard change != 0 else { return }
    for id in streams.keys.sorted() {
      guard let wider = FlowControl.widened(streams[id]!.sendWindow, by: change) else {
        throw HTTP2Error(.flowControlError, "SETTINGS overflow the window of stream \(id)")
      }
      streams[id]!.sendWindow = wider
      sendBacklog(id)
    }
  }

  mutating func receivePing(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws(HTTP2Error) {
    guard header.stream == 0 else { throw HTTP2Error(.protocolError, "PING on stream \(header.stream)") }
    guard let content = payload.getInteger(at: payload.readerIndex, as: UInt64.self), header.length == 8 else {
      throw HTTP2Error(.frameSizeError, "PING of \(header.length) bytes")
    }
    guard limits.pings.spend(now: now) else { throw HTTP2Error(.enhanceYourCalm, "too many PINGs") }
    guard header.flags.contains(.acknowledgement) else {
      guard pingPolicy?.permits(now: now, isIdle: streams.isEmpty) ?? true else {
        throw HTTP2Error(.enhanceYourCalm, "too_many_pings")
      }
      output.writePing(content, acknowledgement: true)
      return
    }
    if content == Self.departurePing, departure == .announced {
      output.writeGoAway(lastStream: lastPeerStream, code: .noError, reason: "")
      departure = .draining
      noticeDrained()
    } else {
      events.append(.pingAnswered(content))
    }
  }

  mutating func receiveGoAway(_ header: FrameHeader, _ payload: ByteBuffer) throws(HTTP2Error) {
    guard header.stream == 0 else { throw HTTP2Error(.protocolError, "GOAWAY on stream \(header.stream)") }
    var rest = payload
    guard let (last, code) = rest.readMultipleIntegers(as: (UInt32, UInt32).self) else {
      throw HTTP2Error(.frameSizeError, "GOAWAY of \(header.length) bytes")
    }
    let reason = String(buffer: rest)
    events.append(.goingAway(HTTP2ErrorCode(rawValue: code), reason: reason))
    if departure == .none || departure == .announced { departure = .draining }
    if role == .client {
      let refused = GRPCStatus.local(
        .unavailable, "the server is going away and did not take the call", .refused, wasProcessedMaybe: false)
      for id in streams.keys.sorted() where id > last & 0x7fff_ffff { end(id, refused) }
    }
    noticeDrained()
  }

  mutating func receiveReset(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws(HTTP2Error) {
    let id = header.stream
    guard id != 0, !isIdle(id) else {
      throw HTTP2Error(.protocolError, "RST_STREAM on stream \(id), which is not open")
    }
    guard let code = payload.getInteger(at: payload.readerIndex, as: UInt32.self), header.length == 4 else {
      throw HTTP2Error(.frameSizeError, "RST_STREAM of \(header.length) bytes")
    }
    guard streams[id] != nil else { return try spendIdleFrame(now: now) }
    end(id, GRPCStatus(reset: HTTP2ErrorCode(rawValue: code)))
    try spendReset(now: now)
  }

  mutating func receivePriority(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws(HTTP2Error) {
    guard header.stream != 0 else { throw HTTP2Error(.protocolError, "PRIORITY on stream 0") }
    try spendIdleFrame(now: now)
    guard header.length == 5 else {
      // A stream error, but an idle stream cannot be reset.
      guard !isIdle(header.stream) else { throw HTTP2Error(.frameSizeError, "PRIORITY of \(header.length) bytes") }
      return try failStream(header.stream, StreamError(.frameSizeError, "PRIORITY of \(header.length) bytes"), now: now)
    }
  }

  mutating func receiveWindowUpdate(_ header: FrameHeader, _ payload: ByteBuffer, now: UInt64) throws(HTTP2Error) {
    let id = header.stream
    guard let value = payload.getInteger(at: payload.readerIndex, as: UInt32.self), header.length == 4 else {
      throw HTTP2Error(.frameSizeError, "WINDOW_UPDATE of \(header.length) bytes")
    }
    let increment = Int(value & 0x7fff_ffff)
    guard id != 0 else {
      guard increment > 0 else { throw HTTP2Error(.protocolError, "WINDOW_UPDATE by 0") }
      guard let wider = FlowControl.widened(sendWindow, by: increment) else {
        throw HTTP2Error(.flowControlError, "the connection's window overflows")
      }
      sendWindow = wider
      return sendBlocked()
    }
    guard !isIdle(id) else { throw HTTP2Error(.protocolError, "WINDOW_UPDATE on stream \(id), which was never opened") }
    // Closed streams are still sent updates that crossed their end.
    guard let at = streams.index(forKey: id) else { return try spendIdleFrame(now: now) }
    guard increment > 0 else { return try failStream(id, StreamError(.protocolError, "WINDOW_UPDATE by 0"), now: now) }
    guard let wider = FlowControl.widened(streams.values[at].sendWindow, by: increment) else {
      return try failStream(id, StreamError(.flowControlError, "the stream's window overflows"), now: now)
    }
    streams.values[at].sendWindow = wider
    sendBacklog(id)
  }
}
