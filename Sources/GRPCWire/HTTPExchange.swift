import NIOCore

/// The answer to a request that isn't gRPC's. For its event loop only. After the end, or after the client has gone,
/// everything is ignored.
public final class HTTPExchange {
  public let eventLoop: any EventLoop
  /// Called once if the client goes away before `end`.
  public var onClosed: (() -> Void)?
  /// Called when more may be written, after `isWritable` was false.
  public var onWritable: (() -> Void)?
  /// False when a good deal waits for the client to read: what is written all the same is kept.
  public internal(set) var isWritable = true

  private var transport: (any HTTPTransport)?
  private let isHead: Bool
  private var hasResponded = false

  init(_ transport: any HTTPTransport, on eventLoop: any EventLoop, method: String) {
    self.transport = transport
    self.eventLoop = eventLoop
    isHead = method == "HEAD"
  }

  public var hasEnded: Bool { transport == nil }

  /// Sends the head of the answer. Without a `content-length` the content has no announced end (chunks, in HTTP/1.1).
  public func respond(status: Int, headers: [(String, String)] = []) {
    guard let transport, !hasResponded else { return }
    hasResponded = true
    transport.respond(status: status, headers: headers)
  }

  /// Sends a whole answer.
  public func respond(status: Int, headers: [(String, String)] = [], body: ByteBuffer) {
    respond(status: status, headers: headers + [("content-length", "\(body.readableBytes)")])
    write(body)
    end()
  }

  /// Sends a part of the content, at once.
  public func write(_ bytes: ByteBuffer) {
    guard let transport, hasResponded, !isHead, bytes.readableBytes > 0 else { return }
    if !transport.write(bytes) { isWritable = false }
  }

  /// Ends the answer; an empty 500 if there wasn't any.
  public func end() {
    if !hasResponded { respond(status: 500, headers: [("content-length", "0")]) }
    let ended = detach()
    ended?.end()
  }

  /// The client has gone.
  func close() {
    guard detach() != nil else { return }
    let tell = onClosed
    (onClosed, onWritable) = (nil, nil)
    tell?()
  }

  func becameWritable() {
    guard !isWritable else { return }
    isWritable = true
    onWritable?()
  }

  private func detach() -> (any HTTPTransport)? {
    defer { transport = nil }
    return transport
  }
}

/// How an exchange's answer reaches the client.
protocol HTTPTransport {
  func respond(status: Int, headers: [(String, String)])
  /// False when no more should be written for now.
  func write(_ bytes: ByteBuffer) -> Bool
  func end()
}
