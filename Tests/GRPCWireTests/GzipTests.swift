import Foundation
import NIOCore
import TestSupport
import Testing

@testable import GRPCWire

@Suite struct GzipTests {
  static let dynamic = "H4sIAAAAAAACA0stSU5RSB0liCEAbvBW7iwBAAA="
  private static let fixed = "H4sIAAAAAAACA8tIzcnJV8hAkACAiPnlEQAAAA=="
  private static let stored = "H4sIAAAAAAAEAwEGAPn/c3RvcmVkC/lDVgYAAAA="

  @Test(
    "every kind of block is decompressed",
    arguments: [
      (dynamic, String(repeating: "etcd etcd etcd ", count: 20)), (fixed, "hello hello hello"), (stored, "stored"),
    ])
  func blocks(compressed: String, expected: String) throws {
    #expect(try Self.decompress(compressed) == expected)
  }

  @Test("what follows a member is another member")
  func members() throws {
    var both = ByteBuffer(bytes: Data(base64Encoded: Self.fixed)!)
    both.writeBytes(Data(base64Encoded: Self.stored)!)
    #expect(String(buffer: try Gzip.decompress(both, limit: 100)) == "hello hello hellostored")
  }

  @Test("no more than the limit is decompressed, and the refusal says how long it would have been")
  func limit() throws {
    #expect(try Self.decompress(Self.fixed, limit: 17) == "hello hello hello")
    #expect(throws: Gzip.Failure.tooLong(length: 17)) { try Self.decompress(Self.fixed, limit: 16) }
    #expect(throws: Gzip.Failure.tooLong(length: 300)) { try Self.decompress(Self.dynamic, limit: 10) }
  }

  @Test("a wrong checksum is noticed")
  func checksum() {
    var bytes = Array(Data(base64Encoded: Self.stored)!)
    bytes[15] ^= 1
    #expect(throws: Gzip.Failure.undecodable("gzip: invalid checksum")) {
      try Gzip.decompress(ByteBuffer(bytes: bytes), limit: 100)
    }
  }

  @Test(
    "what gzip's own program compresses comes back",
    .needs(!Program.directories(holding: "gzip").isEmpty, orElse: "no gzip"))
  func random() async throws {
    var random = SeededGenerator(seed: TestSeed.make())
    for level in ["-1", "-6", "-9"] {
      // Words that repeat at all distances, and noise.
      var bytes: [UInt8] = []
      while bytes.count < 200_000 {
        if let from = bytes.indices.randomElement(using: &random), Bool.random(using: &random) {
          bytes += bytes[from..<min(bytes.count, from + Int.random(in: 1...400, using: &random))]
        } else {
          bytes += (0..<Int.random(in: 1...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
      }
      let compressed = try await Program.run("gzip", [level, "--name", "-c"], input: bytes).stdout
      let output = try Gzip.decompress(ByteBuffer(bytes: compressed), limit: bytes.count)
      #expect(output == ByteBuffer(bytes: bytes))
    }
  }

  @discardableResult
  private static func decompress(_ base64: String, limit: Int = 1000) throws -> String {
    String(buffer: try Gzip.decompress(ByteBuffer(bytes: Data(base64Encoded: base64)!), limit: limit))
  }
}
