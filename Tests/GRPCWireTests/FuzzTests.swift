import Foundation
import NIOCore
import TestSupport
import Testing

@testable import GRPCWire

/// Bytes that no honest peer sends. Nothing may crash, and nothing may be held beyond what the limits say.
@Suite(.timeLimit(.minutes(3))) struct FuzzTests {
  @Test("random and mutated frames never crash a codec, nor make it hold more than its limits")
  func mutatedFrames() {
    var random = SeededGenerator(seed: TestSeed.make())
    let end = ContinuousClock.now + .seconds(Self.seconds)
    var rounds = 0
    repeat {
      for role in [ConnectionCodec.Role.server, .client] { Self.round(role, &random) }
      rounds += 1
    } while ContinuousClock.now < end || rounds < 100
  }

  /// One second, or as many as ETCH_FUZZ_SECONDS says.
  private static let seconds = ProcessInfo.processInfo.environment["ETCH_FUZZ_SECONDS"].flatMap(Int.init) ?? 1

  private static func round(_ role: ConnectionCodec.Role, _ random: inout SeededGenerator) {
    var limits = Limits()
    limits.maxConcurrentStreams = 20
    limits.maxMessageSize = 20_000
    limits.minPingInterval = 1_000_000
    limits.maxHeaderListSize = 4096
    (limits.streamWindow, limits.connectionWindow) = (65_535, 200_000)
    var test = CodecUnderTest(role, limits: limits, opened: Bool.random(using: &random))
    var held = 0
    for _ in 0..<Int.random(in: 1...120, using: &random) {
      test.now += UInt64.random(in: 0...1_000_000, using: &random)
      if role == .client, test.codec.canOpen, Int.random(in: 0..<4, using: &random) == 0 {
        let id = test.codec.openCall(RequestHead(path: "/a/b"))
        test.codec.send(ByteBuffer(repeating: 1, count: Int.random(in: 0...9000, using: &random)), on: id, last: true)
      }
      var bytes = frame(role, &random).bytes
      while Int.random(in: 0..<3, using: &random) == 0 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Int.random(in: 0..<20, using: &random) == 0 {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      }
      test.feed(bytes)
      for event in test.events {
        switch event {
        case .message(let id, let message):
          // Half of the messages are never consumed.
          if message.readableBytes % 2 == 0 { test.codec.consume(id, messageSize: message.readableBytes) }
          if role == .server { test.codec.send(message, on: id) }
        case .httpRequest(let id, _):
          test.codec.respond(id, httpStatus: 200, headers: [("A", "b")])
          test.codec.sendBytes(ByteBuffer(repeating: 1, count: Int.random(in: 0...99_000, using: &random)), on: id)
          test.codec.finishSending(id)
        case .requestEnded(let id):
          if id % 3 != 0 { test.codec.finish(id, GRPCStatus(.unknown, "\u{0}ü")) }
        default: break
        }
      }
      test.collect()
      test.forget()
      held = max(held, test.codec.inbound.readableBytes + (test.codec.openBlock?.fragment.readableBytes ?? 0))
      #expect(test.codec.streams.count <= (role == .server ? 20 : 200))
      #expect(test.codec.streams.values.allSatisfy { $0.deframer.held <= 20_005 })
      #expect(test.codec.heldBytes == test.codec.streams.values.reduce(0) { $0 + $1.held })
      #expect(test.codec.backlogBytes == test.codec.streams.values.reduce(0) { $0 + $1.backlog.readableBytes })
      if test.hasEnded { break }
    }
    #expect(held <= 16_393 + 4096 + 16_384)
  }

  private static func frame(_ role: ConnectionCodec.Role, _ random: inout SeededGenerator) -> TestFrame {
    let stream = UInt32.random(in: 0...12, using: &random) * 2 + (Int.random(in: 0..<12, using: &random) == 0 ? 0 : 1)
    let end = Bool.random(using: &random)
    let noise = (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    switch Int.random(in: 0..<16, using: &random) {
    case 0...2:
      guard role == .server else { return .response(stream) }
      return .request(
        stream, end: end, requestFields + [("grpc-encoding", ["gzip", "identity", "zip"][Int(stream) % 3])])
    case 3: return .response(stream, end: true, [("grpc-status", "0"), ("grpc-message", "%2")])
    case 4...6:
      return .message(stream, end: end, [UInt8](repeating: 3, count: Int.random(in: 0...9000, using: &random)))
    case 7: return TestFrame(.data, flags: UInt8.random(in: 0...9, using: &random), stream: stream, noise)
    case 8: return TestFrame(.headers, flags: UInt8.random(in: 0...0x2d, using: &random), stream: stream, noise)
    case 9: return TestFrame(.continuation, flags: end ? 4 : 0, stream: stream, noise)
    case 10: return TestFrame(.settings, [0, UInt8.random(in: 0...7, using: &random), 0, 0] + noise.prefix(2))
    case 11:
      return TestFrame(.window, stream: end ? 0 : stream, bigEndian(UInt32.random(in: 0...70_000, using: &random)))
    case 12: return TestFrame(.reset, stream: stream, bigEndian(8))
    case 13: return TestFrame(.ping, flags: end ? 1 : 0, [1, 2, 3, 4, 5, 6, 7, 8])
    case 14:
      return Int.random(in: 0..<10, using: &random) == 0
        ? TestFrame(.goAway, bigEndian(stream) + bigEndian(0)) : .message(1, noise)
    default:
      return TestFrame(type: UInt8.random(in: 0...255, using: &random), flags: noise.first ?? 0, stream: stream, noise)
    }
  }

  @Test("noise in a compressed message is refused, and a message cut anywhere too")
  func compressed() throws {
    var random = SeededGenerator(seed: TestSeed.make())
    let good = try #require(Data(base64Encoded: GzipTests.dynamic))
    for length in 0..<good.count {
      #expect(throws: Gzip.Failure.self) {
        try Gzip.decompress(ByteBuffer(bytes: good.prefix(length)), limit: 1000)
      }
    }
    for _ in 0..<3000 {
      var bytes = Array(good)
      for _ in 0...3 { bytes[Int.random(in: 10..<bytes.count, using: &random)] = .random(in: 0...255, using: &random) }
      let output = try? Gzip.decompress(ByteBuffer(bytes: bytes), limit: 5000)
      #expect((output?.readableBytes ?? 0) <= 5000)
    }
  }

  @Test("noise is no HTTP/2, and is seen to be none within a frame")
  func noise() {
    var random = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<200 {
      for role in [ConnectionCodec.Role.server, .client] {
        var codec = ConnectionCodec(role: role, limits: Limits())
        for _ in 0..<10 {
          let bytes = (0..<100).map { _ in UInt8.random(in: 0...255, using: &random) }
          codec.receive(ByteBuffer(bytes: bytes), now: 0)
        }
        #expect(codec.phase == .ended)
        #expect(codec.inbound.readableBytes == 0)
      }
    }
  }

  @Test("a header block cache never answers for another block")
  func headerBlocks() throws {
    var random = SeededGenerator(seed: TestSeed.make())
    var sending = HeaderBlocks(limits: Limits())
    var receiving = HeaderBlocks(limits: Limits())
    let names = ["a", "token", "grpc-status", "x-long-name"]
    for round in 0..<2000 {
      if round % 97 == 0 { sending.resizeEncoderTable(Int.random(in: 0...200, using: &random)) }
      if round % 193 == 0 { sending.resizeEncoderTable(4096) }
      var list = HeaderList(fields: [.init(name: ":status", value: "200")])
      list.append(
        metadata: (0..<Int.random(in: 0...3, using: &random)).map { _ in
          (names.randomElement(using: &random)!, "\(Int.random(in: 0...9, using: &random))")
        })
      let section = try receiving.decode(sending.encode(list))
      #expect(section.fields.map { [$0.name, $0.value] } == list.fields.dropFirst().map { [$0.name, $0.value] })
    }
  }
}
