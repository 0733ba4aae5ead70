import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import GRPCWire

/// A listener and our own client.
@Suite(.timeLimit(.minutes(3))) struct ServerTests {
  @Test("calls of every kind are answered on a plain port")
  func calls() async throws {
    let server = try await ServerUnderTest.start()
    let connection = try await connect(to: server.port)
    for size in [0, 1, 16_384, 3_000_000] {
      let message = ByteBuffer(repeating: 7, count: size)
      #expect(try await connection.unary(path: "/test.Service/Echo", message: message) == message)
    }
    let each = try await connection.open(path: "/test.Service/EchoEach")
    for number in 0..<100 {
      try await each.send(ByteBuffer(string: "\(number)"))
      #expect(try await each.next() == ByteBuffer(string: "\(number)"))
    }
    each.finish()
    #expect(try await each.next() == nil)
  }

  @Test(
    "a status and its text arrive, for methods that are there and that aren't",
    arguments: [
      ("/test.Service/Fail", GRPCStatus(.notFound, "100 % schön\n鍵")),
      ("/test.Service/None", GRPCStatus(.unimplemented, "unknown method None for service test.Service")),
      ("/test.Other/None", GRPCStatus(.unimplemented, "unknown service test.Other")),
      ("/a", GRPCStatus(.unimplemented, "malformed method name: \"/a\"")),
    ])
  func statuses(path: String, expected: GRPCStatus) async throws {
    let server = try await ServerUnderTest.start()
    let connection = try await connect(to: server.port)
    let failed = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: path, message: ByteBuffer())
    }
    #expect(failed == expected)
  }
}
