/// The CRC-32C (Castagnoli) of a run of bytes, which may come in pieces.
///
/// The same function as Go's `crc32.Update(value, crc32.MakeTable(crc32.Castagnoli), bytes)`: the value so far is all
/// there is to carry, so a chain begun in one file is continued in the next by starting from the last value.
/// It takes eight bytes a step through eight tables ("slicing by 8"):
///
///     bytes   b0 b1 b2 b3 | b4 b5 b6 b7
///             xor with value so far
///     tables  [7][6][5][4] [3][2][1][0]     each byte's share, as if followed by 7, 6, … 0 zero bytes
///     value   = xor of the eight
public struct CRC32C: Sendable, Hashable {
  /// The checksum of everything taken so far.
  public private(set) var value: UInt32

  /// - Parameter value: the checksum to continue from; 0 begins afresh.
  public init(continuing value: UInt32 = 0) {
    self.value = value
  }

  /// The checksum of one whole run of bytes.
  public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }

  @inlinable
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    let contiguous: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    if contiguous == nil {
      update(Array(bytes))
    }
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = ~value
    Self.tables.withUnsafeBufferPointer { tables in
      let table = tables.baseAddress!
      var offset = 0
      while bytes.count - offset >= 8 {
        let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) ^ crc
        let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        let first = table[0x700 | Int(low & 0xff)] ^ table[0x600 | Int(low >> 8 & 0xff)]
        let second = table[0x500 | Int(low >> 16 & 0xff)] ^ table[0x400 | Int(low >> 24)]
        let third = table[0x300 | Int(high & 0xff)] ^ table[0x200 | Int(high >> 8 & 0xff)]
        let fourth = table[0x100 | Int(high >> 16 & 0xff)] ^ table[Int(high >> 24)]
        crc = first ^ second ^ third ^ fourth
        offset &+= 8
      }
      while offset < bytes.count {
        crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[offset])]
        offset &+= 1
      }
    }
    value = ~crc
  }

  /// Eight tables of 256 one after another; the first is the classic bytewise one.
  private static let tables: [UInt32] = {
    let polynomial: UInt32 = 0x82f6_3b78  // Castagnoli's, bits reversed
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 {
        crc = crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1
      }
      tables[byte] = crc
    }
    for index in 256..<tables.count {
      let crc = tables[index - 256]
      tables[index] = crc >> 8 ^ tables[Int(crc & 0xff)]
    }
    return tables
  }()
}
