extension Record {
  /// A record from a pair of the backend file's key bucket; nil when it is none.
  ///
  /// - Parameters:
  ///   - encodedRevision: as ``encodeRevision(into:)`` writes it.
  ///   - keyValue: as ``encodeKeyValue(into:)`` writes it; fields may come in any order.
  public init?(encodedRevision: UnsafeRawBufferPointer, keyValue: UnsafeRawBufferPointer) {
    let isTombstone = encodedRevision.count == 18 && encodedRevision[17] == UInt8(ascii: "t")
    guard encodedRevision.count == 17 || isTombstone, encodedRevision[8] == UInt8(ascii: "_") else { return nil }
    let main = Int64(bigEndian: encodedRevision.loadUnaligned(fromByteOffset: 0, as: Int64.self))
    let sub = Int64(bigEndian: encodedRevision.loadUnaligned(fromByteOffset: 9, as: Int64.self))
    guard main > 0, 0...Int64(UInt32.max) ~= sub else { return nil }
    let revision = Revision(main: main, sub: sub)

    var key = 0..<0
    var value = 0..<0
    // Create and mod revision, version and lease, at their fields' numbers.
    var numbers = [Int64](repeating: 0, count: 7)
    var position = 0
    while position < keyValue.count {
      guard let tag = Self.number(in: keyValue, at: &position), let number = Self.number(in: keyValue, at: &position)
      else { return nil }
      // The low 3 bits of a tag say how its field is written: 0 as a number, 2 as that many bytes.
      switch tag {
      case 2 << 3, 3 << 3, 4 << 3, 6 << 3: numbers[Int(tag >> 3)] = Int64(bitPattern: number)
      case 1 << 3 | 2, 5 << 3 | 2:
        guard number <= UInt64(keyValue.count - position) else { return nil }
        let run = position..<position + Int(number)
        position = run.upperBound
        if tag >> 3 == 1 { key = run } else { value = run }
      default: return nil
      }
    }
    let keyBytes = UnsafeRawBufferPointer(rebasing: keyValue[key])
    if isTombstone {
      self = .tombstone(of: keyBytes, at: revision)
      return
    }
    guard numbers[4] > 0, numbers[3] == main else { return nil }
    self.init(
      revision: revision, key: keyBytes, value: UnsafeRawBufferPointer(rebasing: keyValue[value]),
      createRevision: numbers[2], version: numbers[4], lease: numbers[6])
  }

  private static func number(in bytes: UnsafeRawBufferPointer, at position: inout Int) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
