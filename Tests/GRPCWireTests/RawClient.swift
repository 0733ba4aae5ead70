import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A client that sends any bytes it is told to, and keeps what comes back.
final class RawClient: Sendable {
  fileprivate struct State {
    var received: [UInt8] = []
    /// The frames in `received`, and where the first begins that is not complete.
    var frames: [TestFrame] = []
    var parsed = 0
    var isClosed = false
    var waiting: [(condition: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    mutating func receive(_ bytes: ByteBufferView) {
      received += bytes
      while let frame = TestFrame(at: parsed, of: received) {
        frames.append(frame)
        parsed += 9 + frame.payload.count
      }
    }
  }

  private let channel: any Channel
  private let state: Collector

  /// - Parameter reads: whether it reads at all.
  static func connect(to port: Int, reads: Bool = true) async throws -> RawClient {
    let state = Collector()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: reads)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(state)) }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return RawClient(channel, state)
  }

  private init(_ channel: any Channel, _ state: Collector) {
    (self.channel, self.state) = (channel, state)
  }

  deinit {
    channel.close(promise: nil)
  }

  func send(_ bytes: [UInt8]) {
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
  }

  func send(_ frames: TestFrame...) {
    send(frames.flatMap(\.bytes))
  }

  /// Says that it speaks HTTP/2.
  func greet() {
    send(preface + TestFrame(.settings).bytes)
  }

  func close() async throws {
    try await channel.close()
  }

  func readOn() {
    channel.setOption(.autoRead, value: true).whenComplete { _ in }
  }

  var received: [UInt8] { state.value.withLock { $0.received } }
  var frames: [TestFrame] { state.value.withLock { $0.frames } }
  var isClosed: Bool { state.value.withLock { $0.isClosed } }

  /// Waits until what has come meets a condition, or the server has closed.
  func wait(until condition: @escaping @Sendable ([TestFrame]) -> Bool) async {
    await state.wait { $0.isClosed || condition($0.frames) }
  }

  /// Waits until this text has come, or the server has closed.
  func waitForText(_ text: String) async {
    await state.wait { $0.isClosed || String(decoding: $0.received, as: UTF8.self).contains(text) }
  }

  func waitForEnd() async {
    await state.wait { $0.isClosed }
  }

  final class Collector: Sendable {
    fileprivate let value = Mutex(State())

    fileprivate func wait(until condition: @escaping @Sendable (State) -> Bool) async {
      await withCheckedContinuation { continuation in
        let isMet = value.withLock { state in
          if condition(state) { return true }
          state.waiting.append((condition, continuation))
          return false
        }
        if isMet { continuation.resume() }
      }
    }

    fileprivate func change(_ body: (inout State) -> Void) {
      let met = value.withLock { state in
        body(&state)
        let waiting = state.waiting
        state.waiting = []
        let isMet = waiting.map { $0.condition(state) }
        state.waiting = zip(waiting, isMet).filter { !$1 }.map(\.0)
        return zip(waiting, isMet).filter { $1 }.map(\.0)
      }
      for waiter in met { waiter.continuation.resume() }
    }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let state: Collector

    init(_ state: Collector) {
      self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = unwrapInboundIn(data)
      state.change { $0.receive(bytes.readableBytesView) }
    }

    func channelInactive(context: ChannelHandlerContext) {
      state.change { $0.isClosed = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}
