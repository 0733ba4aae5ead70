import NIOCore

/// One HTTP/2 connection that carries gRPC, in either role. Pure: received bytes go in, events and bytes to be sent
/// come out, time comes with the bytes.
///
///               receive(bytes, now)                       openCall, send, finish, cancel, consume
///                      |                                                 |
///     frames -> header blocks -> streams -> messages      messages -> windows -> frames
///                      |                                                 |
///                 nextEvent()                                         output
///
/// It bears any bytes whatsoever: those against RFC 9113 end the stream or the connection with the code the RFC gives,
/// and `Limits` bounds what a peer can make it hold or do.
struct ConnectionCodec {
  enum Role {
    case client
    case server
  }

  enum Phase: Equatable {
    case awaitingPreface
    case awaitingSettings
    case open
    case ended
  }

  /// How far the connection is on its way to an orderly end.
  enum Departure: Equatable {
    case none
    /// Server: said that it will go, and waits for a PING's answer to learn of the last streams under way.
    case announced
    /// No new streams; open ones go on.
    case draining
    case drained
  }

  /// What a client says of itself and its peer in every request.
  struct Identity {
    var scheme = "http"
    var authority = "localhost"
    var userAgent = "etch"
  }

  let role: Role
  let identity: Identity
  var limits: Limits
  /// Bytes to be sent; the driver writes them and then calls `outputWritten()`.
  var output = ByteBuffer()
  /// Whether the driver could write more at once. While false, DATA stays in the streams' backlogs.
  private(set) var isTransportWritable = true

  var phase: Phase
  var departure = Departure.none
  var events = CircularBuffer<ConnectionEvent>()
  var headers: HeaderBlocks
  var peerSettings = Settings()
  var streams: [UInt32: Stream] = [:]
  /// Streams that could send if only the connection could, in the order they get their turn.
  var blocked = CircularBuffer<UInt32>()
  var sendWindow = Settings().initialWindowSize
  var receiveWindow: ReceiveWindow
  var inbound = ByteBuffer()
  var openBlock: OpenHeaderBlock?
  /// The next stream we open (client role).
  var nextStream: UInt32 = 1
  /// The highest stream the peer has opened (server role).
  var lastPeerStream: UInt32 = 0
  /// Bytes of messages that haven't come in full, or haven't been consumed.
  var heldBytes = 0
  /// Bytes in the streams' backlogs.
  var backlogBytes = 0
  var pingPolicy: PingPolicy?
  /// Streams we reset last: what still arrives for them was sent before the peer knew.
  var recentlyReset = CircularBuffer<UInt32>()

  init(role: Role, limits: Limits, identity: Identity = Identity()) {
    self.role = role
    self.identity = identity
    self.limits = limits
    phase = role == .client ? .awaitingSettings : .awaitingPreface
    headers = HeaderBlocks(limits: limits)
    pingPolicy = limits.minPingInterval.map { PingPolicy(minInterval: $0) }
    receiveWindow = ReceiveWindow(capacity: limits.connectionWindow)
    precondition(
      limits.streamWindow >= Settings().initialWindowSize, "a peer may use the RFC's window before it has ours")
    precondition(limits.connectionWindow >= Settings().initialWindowSize)
    greet()
  }

  /// What the connection begins with; it waits for nothing.
  private mutating func greet() {
    var settings: [(SettingsParameter, UInt32)] = [
      (.initialWindowSize, UInt32(limits.streamWindow)), (.maxHeaderListSize, UInt32(limits.maxHeaderListSize)),
    ]
    switch role {
    case .client:
      output.writeStaticString(clientPreface)
      settings.append((.enablePush, 0))
    case .server:
      settings.append((.maxConcurrentStreams, UInt32(limits.maxConcurrentStreams)))
    }
    output.writeSettings(settings)
    let extra = limits.connectionWindow - Settings().initialWindowSize
    if extra > 0 { output.writeWindowUpdate(0, increment: extra) }
  }

  /// What has come from a peer that hasn't said in full that it speaks HTTP/2.
  var unparsed: ByteBuffer? {
    phase == .awaitingSettings && inbound.readableBytes > 0 ? inbound : nil
  }

  mutating func nextEvent() -> ConnectionEvent? {
    events.popFirst()
  }

  /// The driver has taken over what `output` held.
  mutating func outputWritten() {
    if output.storageCapacity > Self.keptOutput { output = ByteBuffer() } else { output.clear() }
    sendBlocked()
  }

  mutating func transportChanged(isWritable: Bool) {
    let mayGoOn = isWritable && !isTransportWritable
    isTransportWritable = isWritable
    if mayGoOn { sendBlocked() }
  }

  /// Measures the way to the peer and back; answered by `pingAnswered` with the same payload.
  mutating func ping(_ payload: UInt64) {
    guard phase != .ended else { return }
    output.writePing(payload, acknowledgement: false)
  }

  /// Begins an orderly end: open streams go on, `drained` comes when none is left.
  mutating func shutDown() {
    guard phase != .ended, departure == .none else { return }
    switch role {
    case .client:
      output.writeGoAway(lastStream: 0, code: .noError, reason: "")
      departure = .draining
      noticeDrained()
    case .server:
      // The peer may have opened streams that we haven't seen yet: once it has answered the PING, we have seen them all.
      output.writeGoAway(lastStream: UInt32(Int32.max), code: .noError, reason: "")
      output.writePing(Self.departurePing, acknowledgement: false)
      departure = .announced
    }
  }

  static let departurePing: UInt64 = 0x6c61_7374_6361_6c6c

  /// The connection is gone: every open stream ends with `status`.
  mutating func connectionLost(_ status: GRPCStatus) {
    guard phase != .ended else { return }
    phase = .ended
    endAllStreams(status)
  }

  mutating func fail(_ error: HTTP2Error) {
    phase = .ended
    output.writeGoAway(lastStream: lastPeerStream, code: error.code, reason: error.reason)
    endAllStreams(.local(.unavailable, "the connection broke HTTP/2's rules: \(error)", .connectionClosed))
    events.append(.failed(error))
  }

  private mutating func endAllStreams(_ status: GRPCStatus) {
    for id in streams.keys.sorted() { events.append(.ended(id, status)) }
    streams.removeAll()
    (heldBytes, backlogBytes) = (0, 0)
    blocked.removeAll()
    inbound = ByteBuffer()
    openBlock = nil
  }

  // MARK: The end of a stream

  mutating func remove(_ id: UInt32) {
    guard let stream = streams.removeValue(forKey: id) else { return }
    heldBytes -= stream.held
    backlogBytes -= stream.backlog.readableBytes
    if departure == .draining { noticeDrained() }
    if role == .client { events.append(.streamsAvailable) }
  }

  /// Ends a stream and tells the driver.
  mutating func end(_ id: UInt32, _ status: GRPCStatus) {
    remove(id)
    events.append(.ended(id, status))
  }

  /// Resets a stream on the wire and forgets it.
  mutating func reset(_ id: UInt32, code: HTTP2ErrorCode) {
    output.writeResetStream(id, code: code)
    if recentlyReset.count == Self.rememberedResets { recentlyReset.removeFirst() }
    recentlyReset.append(id)
    if streams[id] != nil { remove(id) }
  }

  mutating func noticeDrained() {
    guard departure == .draining, streams.isEmpty else { return }
    departure = .drained
    events.append(.drained)
  }

  private static let rememberedResets = 128
  /// Above this the room for output is not kept for the next: many connections have little to say.
  private static let keptOutput = 65_536
}

/// HEADERS whose CONTINUATION frames haven't all come.
struct OpenHeaderBlock {
  let stream: UInt32
  let endStream: Bool
  var fragment: ByteBuffer
  var continuations = 0
}
