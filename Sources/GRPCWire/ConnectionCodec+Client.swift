import NIOCore

extension ConnectionCodec {
  /// Whether a call can be opened now.
  var canOpen: Bool {
    departure == .none && phase != .ended && streams.count < peerSettings.maxConcurrentStreams
      && nextStream <= Int32.max
  }

  /// Whether a call can be opened now or later.
  var takesCalls: Bool {
    departure == .none && phase != .ended && nextStream <= Int32.max
  }

  /// Opens a stream and sends its request's headers; `canOpen` must be true.
  mutating func openCall(_ head: RequestHead) -> UInt32 {
    precondition(role == .client && canOpen)
    let id = nextStream
    nextStream += 2
    streams[id] = Stream(
      id: id, receiving: .awaitingHeaders, sendWindow: peerSettings.initialWindowSize,
      receiveWindow: ReceiveWindow(capacity: limits.streamWindow))
    sendHeaders(requestHeaders(head), on: id, endStream: false)
    return id
  }

  private func requestHeaders(_ head: RequestHead) -> HeaderList {
    var list = HeaderList()
    list.fields.reserveCapacity(8 + head.metadata.count)
    list.append(":method", "POST")
    list.append(":scheme", identity.scheme)
    list.append(":path", head.path)
    list.append(":authority", head.authority ?? identity.authority)
    list.append("content-type", "application/grpc")
    list.append("te", "trailers")
    list.append("user-agent", identity.userAgent)
    if let timeout = head.timeout { list.append("grpc-timeout", CallTimeout.encode(nanoseconds: timeout)) }
    list.fields += head.metadata
    return list
  }

  /// The response's first header block, or an informational one before it, or trailers without anything before them.
  mutating func receiveResponse(_ id: UInt32, _ section: FieldSection, endStream: Bool) throws(StreamError) {
    let status = try section.checkResponse()
    guard status >= 200 else {
      guard !endStream else { throw StreamError(.protocolError, "an informational response ended the stream") }
      return
    }
    guard section.listSize <= limits.maxHeaderListSize else {
      throw StreamError(.enhanceYourCalm, "a header list of \(section.listSize) bytes")
    }
    // A gRPC status is believed whatever the HTTP status beside it (PROTOCOL-HTTP2.md, "Responses").
    if endStream, section["grpc-status"] != nil { return receiveStatus(id, section) }
    guard status == 200 else { return finishResponse(id, GRPCStatus(httpStatus: status), endStream: endStream) }
    guard let type = section["content-type"], ContentType.isGRPC(type) else {
      let type = section["content-type"].map { "content type '\($0)'" } ?? "no content type"
      return finishResponse(
        id, .local(.unknown, "the server answered with \(type) instead of gRPC", .notGRPC), endStream: endStream)
    }
    guard !endStream else { return receiveStatus(id, section) }
    streams[id]!.receiving = .messages
  }

  /// The call's outcome: trailers, or a response that is nothing but its status.
  mutating func receiveStatus(_ id: UInt32, _ section: FieldSection) {
    if let code = section["grpc-status"], streams[id]!.deframer.held == 0 {
      finishResponse(id, GRPCStatus(statusField: code, messageField: section["grpc-message"]))
    } else if streams[id]!.deframer.held > 0 {
      finishResponse(id, .local(.internal, "the stream ended inside a message", .notGRPC))
    } else {
      finishResponse(id, .local(.internal, "the server ended the call without a status", .notGRPC))
    }
  }

  /// The peer's side is over (or, without `endStream`, of no more use), and so is the call.
  mutating func finishResponse(_ id: UInt32, _ status: GRPCStatus, endStream: Bool = true) {
    if !endStream {
      reset(id, code: .cancel)
    } else if case .ended = streams[id]!.sending {
      remove(id)
    } else {
      reset(id, code: .noError)
    }
    events.append(.ended(id, status))
  }
}

enum ContentType {
  /// `application/grpc`, also with a subtype (`+proto`) or parameters.
  static func isGRPC(_ value: String) -> Bool {
    guard value.hasPrefix("application/grpc") else { return false }
    let rest = value.dropFirst("application/grpc".count)
    return rest.isEmpty || rest.first == "+" || rest.first == ";"
  }
}
