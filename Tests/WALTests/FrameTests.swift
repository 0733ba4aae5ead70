import Checksums
import Testing

@testable import WAL

@Suite struct FrameTests {
  @Test("A log's first frames are the bytes that etcd 3.5.1 writes")
  func matchesEtcd() {
    // The head of a segment that etcd 3.5.1 made.
    let expected: [UInt8] = [
      0x04, 0, 0, 0, 0, 0, 0, 0x84, 0x08, 0x04, 0x10, 0x00, 0, 0, 0, 0,
      0x1e, 0, 0, 0, 0, 0, 0, 0x82, 0x08, 0x01, 0x10, 0xb1, 0xf2, 0x90, 0xab, 0x0f,
      0x1a, 0x14, 0x08, 0xb5, 0xdb, 0xee, 0xd2, 0xda, 0x87, 0xbd, 0xee, 0x33, 0x10, 0xe7, 0xa2, 0x8b,
      0xc1, 0xd6, 0xe7, 0x80, 0xf7, 0x34, 0x00, 0x00, 0x0e, 0, 0, 0, 0, 0, 0, 0x82,
      0x08, 0x05, 0x10, 0xb8, 0x86, 0xf7, 0xb4, 0x06, 0x1a, 0x04, 0x08, 0x00, 0x10, 0x00, 0x00, 0x00,
    ]
    var bytes: [UInt8] = []
    var chain = CRC32C()
    Frame.encode(.checksum, [], chain: &chain, into: &bytes)
    Frame.encode(.metadata, expected[34..<54], chain: &chain, into: &bytes)
    Frame.encode(.snapshot, [8, 0, 16, 0], chain: &chain, into: &bytes)
    #expect(bytes == expected)
  }

  @Test("Lengths that no encoder writes are told apart", arguments: [(8, 0), (9, 7), (15, 1), (16, 0)])
  func lengths(length: Int, padding: Int) {
    var bytes: [UInt8] = []
    var chain = CRC32C()
    Frame.encode(.entry, [UInt8](repeating: 1, count: length)[...], chain: &chain, into: &bytes)
    let field = bytes.withUnsafeBytes { $0.load(as: UInt64.self) }
    let decoded = Frame.decodeLength(field)
    #expect(decoded.map { 8 + $0.length + $0.padding } == bytes.count)
    for bit in 0..<64 where bit < 3 || bit >= 56 {
      #expect(Frame.decodeLength(field ^ 1 << bit) == nil, "bit \(bit)")
    }
  }

  @Test("Segments are named by sequence and first entry")
  func names() {
    let segment = Segment(sequence: 2, firstIndex: 200)
    #expect(segment.fileName == "0000000000000002-00000000000000c8.wal")
    #expect(Segment(fileName: segment.fileName) == segment)
    for name in ["1.tmp", "0000000000000002-00000000000000c8.wal.broken", "2-c8.wal", "", ".wal"] {
      #expect(Segment(fileName: name) == nil, "\(name)")
    }
  }
}
