import Testing

@testable import Checksums

@Suite struct CRC32CTests {
  @Test("Known answers: the standard check string and RFC 3720's vectors")
  func knownAnswers() {
    #expect(CRC32C.checksum([]) == 0)
    #expect(CRC32C.checksum("123456789".utf8) == 0xe306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46dd_794e)
    #expect(CRC32C.checksum((0..<32).reversed().map { UInt8($0) }) == 0x113f_db5c)
  }

  @Test("Pieces of any length give the checksum of the whole")
  func pieces() {
    let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 5) }
    let whole = CRC32C.checksum(bytes)
    for split in 0...bytes.count {
      var crc = CRC32C()
      crc.update(bytes[..<split])
      crc = CRC32C(continuing: crc.value)
      crc.update(bytes[split...])
      #expect(crc.value == whole)
    }
  }

  @Test("Bytes that lie in no contiguous storage count the same")
  func scattered() {
    let bytes = (0..<50).map { UInt8($0) }
    #expect(CRC32C.checksum(bytes.lazy.map { $0 }) == CRC32C.checksum(bytes))
  }
}
