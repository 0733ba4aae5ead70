import Testing

@testable import GRPCWire

/// As Go's gRPC counts PINGs, with etcd's five seconds.
@Suite struct PingPolicyTests {
  private static let second: UInt64 = 1_000_000_000

  @Test("the third PING too early in a row is one too many")
  func strikes() {
    var policy = PingPolicy(minInterval: 5 * Self.second)
    let permitted = (0..<5).map { policy.permits(now: $0 * Self.second, isIdle: false) }
    #expect(permitted == [true, true, true, false, false])
  }

  @Test("a PING every five seconds is fine while a call is open, and none within two hours otherwise")
  func patience() {
    var policy = PingPolicy(minInterval: 5 * Self.second)
    let steady = (0..<100).map { policy.permits(now: $0 * 5 * Self.second, isIdle: false) }
    #expect(steady.allSatisfy { $0 })
    let idle = (100..<104).map { policy.permits(now: $0 * 5 * Self.second, isIdle: true) }
    #expect(idle == [true, true, false, false])
  }

  @Test("a PING after every answer is fine for ever")
  func afterAnswers() {
    var policy = PingPolicy(minInterval: 5 * Self.second)
    for now in 0..<UInt64(1000) {
      policy.sent()
      let isPermitted = policy.permits(now: now, isIdle: true)
      #expect(isPermitted)
    }
  }

  @Test("the connection ends with the words that Go's clients look for")
  func goAway() {
    var limits = Limits()
    limits.minPingInterval = 5 * Self.second
    var test = CodecUnderTest(.server, limits: limits)
    let ping = TestFrame(.ping, [1, 2, 3, 4, 5, 6, 7, 8])
    test.feed(.request(3))
    test.codec.send(.init(), on: 3)
    for _ in 0..<3 { test.feed(ping) }
    #expect(test.goAway == nil)
    test.feed(ping)
    #expect(test.goAway == .enhanceYourCalm)
    #expect(test.sent.last.map { String(decoding: $0.payload.dropFirst(8), as: UTF8.self) } == "too_many_pings")
  }
}
