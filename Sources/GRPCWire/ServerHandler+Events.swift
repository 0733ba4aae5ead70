import NIOCore

/// What the codec reports, handed to calls and exchanges; what they say, handed to the codec.
extension ServerHandler {
  func handleEvents() {
    repeat {
      while let event = codec.nextEvent() {
        if mustWait(event) { postponed.append(event) } else { handle(event) }
      }
    } while takeUpPostponed()
  }

  /// A client that makes calls and doesn't read the answers is served no new ones: what cannot be sent is kept in memory.
  /// It is read from all the same, since its WINDOW_UPDATEs are what everything waits for.
  private func mustWait(_ event: ConnectionEvent) -> Bool {
    switch event {
    case .request(let stream, _), .httpRequest(let stream, _):
      guard !postponed.isEmpty || codec.backlogBytes > Self.maxUnsent else { return false }
      postponedStreams.insert(stream)
      return true
    case .message(let stream, _), .body(let stream, _), .requestEnded(let stream):
      return !postponedStreams.isEmpty && postponedStreams.contains(stream)
    default: return false
    }
  }

  private func takeUpPostponed() -> Bool {
    guard codec.backlogBytes <= Self.maxUnsent, let event = postponed.popFirst() else { return false }
    switch event {
    case .request(let stream, _), .httpRequest(let stream, _):
      // It may have been cancelled meanwhile.
      if postponedStreams.contains(stream) { handle(event) }
    default: handle(event)
    }
    if postponed.isEmpty { postponedStreams.removeAll() }
    return true
  }

  private static let maxUnsent = 32 << 20

  private func handle(_ event: ConnectionEvent) {
    switch event {
    case .request(let stream, let head):
      open(stream, head)
    case .message(let stream, let message):
      if let call = calls[stream] {
        call.received(message)
      } else {
        codec.consume(stream, messageSize: message.readableBytes)
      }
    case .httpRequest(let stream, let head):
      exchanges[stream] = HTTP2Exchange(stream: stream, head: head, handler: self)
    case .body(let stream, let bytes):
      exchanges[stream]?.received(bytes)
    case .requestEnded(let stream):
      if let call = calls[stream] { call.receivedEnd() } else { exchanges[stream]?.receivedEnd() }
    case .ended(let stream, let status):
      postponedStreams.remove(stream)
      calls.removeValue(forKey: stream)?.ended(status)
      exchanges.removeValue(forKey: stream)?.close()
    case .writable(let stream):
      if let call = calls[stream] { call.becameWritable() } else { exchanges[stream]?.exchange?.becameWritable() }
    case .ready:
      greetingTimer?.cancel()
      watchConnection()
    case .drained, .failed:
      if case .failed(let error) = event { service.report(.protocolBroken(error), peer) }
      flush()
      context?.close(promise: nil)
    case .pingAnswered: watchConnection()
    case .goingAway, .streamsAvailable: break
    case .notHTTP2: preconditionFailure("a client's event on a server's connection")
    }
  }

  private func open(_ stream: UInt32, _ head: RequestHead) {
    let call = ServerCall(
      path: head.path, metadata: head.metadata.map { ($0.name, $0.value) },
      deadline: head.timeout.map { lastRead + .nanoseconds($0) }, peer: peer, eventLoop: loop,
      transport: HTTP2Call(stream: stream, handler: self))
    calls[stream] = call
    guard call.open(service.calls) else { return call.finish(unknown(head.path)) }
    if let deadline = call.deadline, !call.hasEnded { setTimer(deadline) }
  }

  /// What Go's gRPC says of a path that nobody serves.
  private func unknown(_ path: String) -> GRPCStatus {
    guard path.first == "/", let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      return GRPCStatus(.resourceExhausted, "malformed method name: \"\(path)\"")
    }
    let name = String(path[..<slash].dropFirst())
    return GRPCStatus(
      .unimplemented,
      service.calls.hasService(name)
        ? "unknown method \(path[slash...].dropFirst()) for service \(name)" : "unknown service \(name)")
  }
}

// MARK: What calls say

private struct HTTP2Call: CallTransport {
  let stream: UInt32
  let handler: ServerHandler

  func respond(metadata: [(String, String)]) {
    handler.codec.respond(stream, metadata: metadata)
    handler.scheduleFlush()
  }

  func send(_ message: ByteBuffer) -> Bool {
    defer { handler.scheduleFlush() }
    return handler.codec.send(message, on: stream)
  }

  func send(reserving size: Int, _ encode: (inout ByteBuffer) -> Void) -> Bool {
    defer { handler.scheduleFlush() }
    return handler.codec.send(stream, reserving: size, encode)
  }

  func finish(_ status: GRPCStatus, metadata: [(String, String)]) {
    handler.finish(stream, status, metadata: metadata)
  }

  func consumed(_ message: ByteBuffer) {
    handler.codec.consume(stream, messageSize: message.readableBytes)
    handler.scheduleFlush()
  }
}

extension ServerHandler {
  func finish(_ stream: UInt32, _ status: GRPCStatus, metadata: [(String, String)] = []) {
    calls[stream] = nil
    codec.finish(stream, status, metadata: metadata)
    scheduleFlush()
  }
}
