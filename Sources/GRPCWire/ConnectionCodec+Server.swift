import NIOCore

extension ConnectionCodec {
  mutating func receiveRequest(
    _ id: UInt32, _ section: FieldSection, endStream: Bool, now: UInt64
  ) throws(HTTP2Error) {
    // Streams above the last one that GOAWAY promised to answer are ignored; the client sends them elsewhere.
    guard departure == .none || departure == .announced else { return try receiveForClosed(id, now: now) }
    guard streams.count < limits.maxConcurrentStreams else {
      reset(id, code: .refusedStream)
      return try spendReset(now: now)
    }
    let opening: ConnectionEvent
    let isGRPC = section["content-type"].map(ContentType.isGRPC) ?? false
    do throws(StreamError) {
      try section.checkRequest()
      guard section.listSize <= limits.maxHeaderListSize else {
        throw StreamError(.enhanceYourCalm, "a header list of \(section.listSize) bytes")
      }
      opening = isGRPC ? .request(id, try requestHead(section)) : .httpRequest(id, HTTPHead(section))
    } catch {
      return try failStream(id, error, now: now)
    }
    streams[id] = Stream(
      id: id, isGRPC: isGRPC, receiving: endStream ? .ended : .messages, sendWindow: peerSettings.initialWindowSize,
      receiveWindow: ReceiveWindow(capacity: limits.streamWindow))
    guard !isGRPC || section.method == "POST" else {
      return finishSending(id, trailers: HeaderList(fields: [.init(name: ":status", value: "405")]))
    }
    switch section["grpc-encoding"] {
    case nil, "identity": break
    case "gzip": streams[id]!.deframer.acceptsGzip = true
    case let encoding? where isGRPC:
      let text = "grpc: Decompressor is not installed for grpc-encoding \"\(encoding)\""
      return finish(id, GRPCStatus(.unimplemented, text), metadata: [("grpc-accept-encoding", "identity,gzip")])
    default: break
    }
    events.append(opening)
    if endStream { events.append(.requestEnded(id)) }
  }

  private func requestHead(_ section: FieldSection) throws(StreamError) -> RequestHead {
    var timeout: Int64?
    if let text = section["grpc-timeout"] {
      timeout = CallTimeout.decode(text)
      guard timeout != nil else { throw StreamError(.protocolError, "grpc-timeout is '\(text)'") }
    }
    return RequestHead(
      path: section.path ?? "", timeout: timeout,
      metadata: section.metadata.map { HeaderList.Field(name: $0.0, value: $0.1) },
      authority: section.authority ?? section["host"])
  }

  mutating func receiveRequestEnd(_ id: UInt32) {
    guard let at = streams.index(forKey: id) else { return }
    guard streams.values[at].deframer.held == 0 else {
      let status = GRPCStatus.local(.unknown, "unexpected EOF", .notGRPC)
      finish(id, status)
      return events.append(.ended(id, status))
    }
    streams.values[at].receiving = .ended
    events.append(.requestEnded(id))
  }

  /// Sends the response's first header block, if it isn't out yet.
  mutating func respond(_ id: UInt32, metadata: [(String, String)] = []) {
    guard let at = streams.index(forKey: id), !streams.values[at].hasResponded else { return }
    streams.values[at].hasResponded = true
    var list = Self.responseHeaders
    list.append(metadata: metadata)
    sendHeaders(list, on: id, endStream: false)
  }

  /// Ends the call with its status, after all that was sent; alone in one header block if nothing was.
  mutating func finish(_ id: UInt32, _ status: GRPCStatus, metadata: [(String, String)] = []) {
    guard let stream = streams[id] else { return }
    var list = stream.hasResponded ? HeaderList() : Self.responseHeaders
    list.append("grpc-status", String(status.code.rawValue))
    if !status.message.isEmpty { list.append("grpc-message", PercentEncoding.encode(status.message)) }
    list.append(metadata: metadata)
    finishSending(id, trailers: list)
  }

  /// The head of an answer that isn't gRPC's.
  mutating func respond(_ id: UInt32, httpStatus: Int, headers: [(String, String)]) {
    guard let at = streams.index(forKey: id), !streams.values[at].hasResponded else { return }
    streams.values[at].hasResponded = true
    var list = HeaderList()
    list.append(":status", String(httpStatus))
    for (name, value) in headers { list.append(name.lowercased(), value) }
    sendHeaders(list, on: id, endStream: false)
  }

  private static var responseHeaders: HeaderList {
    HeaderList(fields: [.init(name: ":status", value: "200"), .init(name: "content-type", value: "application/grpc")])
  }
}
