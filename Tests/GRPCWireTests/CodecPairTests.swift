import NIOCore
import TestSupport
import Testing

@testable import GRPCWire

/// A client's codec and a server's, with a wire between them that divides the bytes as it likes.
struct CodecPair {
  var client: ConnectionCodec
  var server: ConnectionCodec
  var random: SeededGenerator
  private(set) var toServer: [UInt8] = []
  private(set) var toClient: [UInt8] = []
  /// The longest a receiver held on to bytes that it could not use yet.
  private(set) var mostHeld = 0

  init(seed: UInt64, clientLimits: Limits = Limits(), serverLimits: Limits = Limits()) {
    client = ConnectionCodec(role: .client, limits: clientLimits)
    server = ConnectionCodec(role: .server, limits: serverLimits)
    random = SeededGenerator(seed: seed)
  }

  /// Moves some bytes one way or the other; false when there are none.
  mutating func step() -> Bool {
    Self.drain(&client, into: &toServer)
    Self.drain(&server, into: &toClient)
    guard !toServer.isEmpty || !toClient.isEmpty else { return false }
    let goesToServer = toClient.isEmpty || (!toServer.isEmpty && Bool.random(using: &random))
    let waiting = goesToServer ? toServer.count : toClient.count
    let count =
      Bool.random(using: &random)
      ? Int.random(in: 1...min(waiting, 20), using: &random)
      : Int.random(in: 1...waiting, using: &random)
    if goesToServer {
      server.receive(ByteBuffer(bytes: toServer.prefix(count)), now: 0)
      toServer.removeFirst(count)
    } else {
      client.receive(ByteBuffer(bytes: toClient.prefix(count)), now: 0)
      toClient.removeFirst(count)
    }
    mostHeld = max(mostHeld, client.inbound.readableBytes, server.inbound.readableBytes)
    return true
  }

  private static func drain(_ codec: inout ConnectionCodec, into bytes: inout [UInt8]) {
    while codec.output.readableBytes > 0 {
      bytes += codec.output.readableBytesView
      codec.outputWritten()
    }
  }
}

@Suite(.timeLimit(.minutes(3))) struct CodecPairTests {
  /// An echo: what each call sends comes back in order, whatever the wire does with it.
  @Test("every message arrives once, whole and in order, however the bytes are divided")
  func echo() throws {
    var random = SeededGenerator(seed: TestSeed.make())
    for round in 0..<12 {
      var limits = Limits()
      limits.streamWindow = [65_535, 70_000, 1 << 20][round % 3]
      limits.connectionWindow = 1 << 20
      limits.maxBacklog = 10_000
      var pair = CodecPair(seed: random.next(), clientLimits: limits, serverLimits: limits)
      var calls: [UInt32: (toSend: [[UInt8]], sent: [[UInt8]], received: [[UInt8]], status: GRPCStatus?)] = [:]
      var isBlocked: Set<UInt32> = []
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let head = RequestHead(
          path: "/test.Service/Echo", timeout: 5_000_000_000,
          metadata: [
            .init(name: "id", value: "\(calls.count)"),
            .init(name: "long", value: String(repeating: "ab", count: Int.random(in: 0...12_000, using: &random))),
          ])
        let messages = (0..<Int.random(in: 0...6, using: &random)).map { _ in
          let size = Int.random(in: 0...(1 << Int.random(in: 0...17, using: &random)), using: &random)
          return [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: size)
        }
        calls[pair.client.openCall(head)] = (messages, messages, [], nil)
      }
      var steps = 0
      while calls.values.contains(where: { $0.status == nil }) {
        for id in calls.keys.sorted() where !isBlocked.contains(id) {
          guard let message = calls[id]!.toSend.first else {
            pair.client.finishSending(id)
            continue
          }
          calls[id]!.toSend.removeFirst()
          if !pair.client.send(ByteBuffer(bytes: message), on: id) { isBlocked.insert(id) }
        }
        let isMoving = pair.step()
        try #require(isMoving, "stuck in round \(round): \(calls.mapValues { ($0.sent.count, $0.received.count) })")
        while let event = pair.server.nextEvent() {
          switch event {
          case .message(let id, let message):
            pair.server.send(message, on: id)
            pair.server.consume(id, messageSize: message.readableBytes)
          case .requestEnded(let id): pair.server.finish(id, GRPCStatus(.aborted, "100 % schön"))
          case .ended, .failed: Issue.record("\(event)")
          default: break
          }
        }
        while let event = pair.client.nextEvent() {
          switch event {
          case .message(let id, let message):
            calls[id]!.received.append(Array(message.readableBytesView))
            pair.client.consume(id, messageSize: message.readableBytes)
          case .ended(let id, let status): calls[id]!.status = status
          case .writable(let id): isBlocked.remove(id)
          case .failed: Issue.record("\(event)")
          default: break
          }
        }
        steps += 1
      }
      for (id, call) in calls {
        #expect(call.received == call.sent, "stream \(id)")
        #expect(call.status == GRPCStatus(.aborted, "100 % schön"))
      }
      #expect(pair.client.streams.isEmpty)
      #expect(pair.server.streams.isEmpty)
      #expect(pair.mostHeld <= 2 * 16_393 + 16_384)
    }
  }

  @Test("a server's goodbye loses no call: those it took are answered, later ones are surely unprocessed")
  func gracefulEnd() throws {
    var random = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<60 {
      var pair = CodecPair(seed: random.next())
      var outcome: [UInt32: GRPCStatus] = [:]
      var processed: Set<UInt32> = []
      var opened: [UInt32] = []
      var isDrained = (client: false, server: false)
      let goodbye = Int.random(in: 0...40, using: &random)
      var steps = 0
      repeat {
        if steps == goodbye { pair.server.shutDown() }
        if pair.client.canOpen, opened.count < 30 {
          let id = pair.client.openCall(RequestHead(path: "/a/b"))
          pair.client.send(ByteBuffer(bytes: [1]), on: id, last: true)
          opened.append(id)
        }
        steps += 1
        while let event = pair.server.nextEvent() {
          switch event {
          case .requestEnded(let id):
            processed.insert(id)
            pair.server.finish(id, GRPCStatus(.ok, ""))
          case .drained: isDrained.server = true
          default: break
          }
        }
        while let event = pair.client.nextEvent() {
          switch event {
          case .ended(let id, let status): outcome[id] = status
          case .drained: isDrained.client = true
          default: break
          }
        }
      } while pair.step() || steps < 60
      #expect(outcome.count == opened.count)
      for id in opened {
        let status = try #require(outcome[id])
        #expect(status.code == .ok ? processed.contains(id) : status.isSafeToRetry && !processed.contains(id))
      }
      #expect(isDrained == (true, true))
    }
  }

  @Test("GOAWAY splits open calls into those the server took and those that can be sent again")
  func goAway() throws {
    var test = CodecUnderTest(.client)
    _ = test.codec.openCall(RequestHead(path: "/a/b"))
    test.feed(TestFrame(.goAway, bigEndian(1) + bigEndian(0) + Array("bye".utf8)))
    let refused = try #require(test.status(3))
    #expect(refused.isSafeToRetry)
    #expect(test.status(1) == nil)
    #expect(!test.codec.canOpen)
    test.feed(.response(1, end: true, responseFields + [("grpc-status", "0")]))
    #expect(test.status(1)?.code == .ok)
    #expect(test.events.contains { if case .drained = $0 { true } else { false } })
  }

  @Test("the server's limit on streams is kept, also when it changes")
  func streamLimit() {
    var test = CodecUnderTest(.client)
    test.feed(TestFrame(.settings, [0, 3, 0, 0, 0, 1]))
    #expect(!test.codec.canOpen)
    test.feed(TestFrame(.settings, [0, 3, 0, 0, 0, 2]))
    #expect(test.codec.canOpen)
    #expect(test.events.contains { if case .streamsAvailable = $0 { true } else { false } })
  }

  @Test("what is sent keeps to the peer's windows, its frame size and the turn of each stream")
  func sendingWindows() {
    var test = CodecUnderTest(.client)
    let other = test.codec.openCall(RequestHead(path: "/a/b"))
    let third = test.codec.openCall(RequestHead(path: "/a/b"))
    test.collect()
    test.forget()
    test.codec.send(ByteBuffer(repeating: 7, count: 100_000), on: other, last: true)
    test.codec.send(ByteBuffer(repeating: 8, count: 100), on: third, last: true)
    test.collect()
    // 8 bytes of the connection's window went to the call that was open before.
    #expect(test.sent.map(\.payload.count) == [16_384, 16_384, 16_384, 16_375])
    #expect(test.sent.allSatisfy { $0.stream == other })
    test.forget()
    // The stream has 8 bytes left; the third stream gets its turn.
    test.feed(TestFrame(.window, bigEndian(1000)))
    #expect(test.sent.map(\.payload.count) == [8, 105])
    #expect(test.sent.last?.flags == 1)
    test.forget()
    test.feed(TestFrame(.settings, [0, 4, 0, 1, 0x11, 0x70]))
    #expect(test.sent.filter { $0.kind == .data }.map(\.payload.count) == [1000 - 8 - 105])
    test.feed(TestFrame(.window, bigEndian(1_000_000)), TestFrame(.window, stream: other, bigEndian(1_000_000)))
    let data = test.sent.filter { $0.kind == .data }
    let count = data.map(\.payload.count).reduce(0, +)
    #expect(data.last?.flags == 1)
    #expect(count == 100_005 - 65_527 - 8)
  }

  @Test("a window shrunk below what is under way goes negative and is waited out")
  func negativeWindow() {
    var test = CodecUnderTest(.client)
    let id = test.codec.openCall(RequestHead(path: "/a/b"))
    test.codec.send(ByteBuffer(repeating: 7, count: 40_000), on: id)
    test.feed(TestFrame(.settings, [0, 4, 0, 0, 0, 0]))
    test.forget()
    test.codec.send(ByteBuffer(repeating: 7, count: 10), on: id)
    test.feed(TestFrame(.window, stream: id, bigEndian(40_005)))
    #expect(test.sent.isEmpty)
    test.feed(TestFrame(.window, stream: id, bigEndian(3)))
    #expect(test.sent.map(\.payload.count) == [3])
  }

  @Test("received messages that wait for their consumer hold the peer back; consumed, they let it go on")
  func receivingWindows() {
    var limits = Limits()
    limits.streamWindow = 100_000
    var test = CodecUnderTest(.server, limits: limits)
    for _ in 0..<6 { test.feed(.message(1, [UInt8](repeating: 1, count: 15_000))) }
    #expect(!test.sent.contains { $0.kind == .window && $0.stream == 1 })
    for _ in 0..<6 { test.codec.consume(1, messageSize: 15_000) }
    test.collect()
    let updates = test.sent.filter { $0.kind == .window && $0.stream == 1 }
    #expect(!updates.isEmpty)
    let granted = updates.map(\.increment).reduce(0, +)
    #expect(granted <= 6 * 15_005)
  }
}
