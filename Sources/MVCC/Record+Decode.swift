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
    guard main > 0, 0...Int64(UInt32.max) ~= sub, let fields = KeyValueFields(keyValue) else { return nil }
    let revision = Revision(main: main, sub: sub)
    if isTombstone {
      self = .tombstone(of: fields.key, at: revision)
      return
    }
    guard fields.version > 0, fields.modRevision == main else { return nil }
    self.init(
      revision: revision, key: fields.key, value: fields.value, createRevision: fields.createRevision,
      version: fields.version, lease: fields.lease)
  }
}

/// The fields of a `mvccpb.KeyValue` in its bytes.
private struct KeyValueFields {
  var key = UnsafeRawBufferPointer(start: nil, count: 0)
  var value = UnsafeRawBufferPointer(start: nil, count: 0)
  var createRevision: Int64 = 0
  var modRevision: Int64 = 0
  var version: Int64 = 0
  var lease: Int64 = 0

  init?(_ bytes: UnsafeRawBufferPointer) {
    var position = 0
    func number() -> UInt64? {
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
    while position < bytes.count {
      guard let tag = number(), let value = number() else { return nil }
      // The low 3 bits of a tag say how its field is written: 0 as a number, 2 as that many bytes.
      switch (tag >> 3, tag & 7) {
      case (1, 2), (5, 2):
        guard value <= UInt64(bytes.count - position) else { return nil }
        let run = UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(value)])
        position += Int(value)
        if tag >> 3 == 1 { key = run } else { self.value = run }
      case (2, 0): createRevision = Int64(bitPattern: value)
      case (3, 0): modRevision = Int64(bitPattern: value)
      case (4, 0): version = Int64(bitPattern: value)
      case (6, 0): lease = Int64(bitPattern: value)
      default: return nil
      }
    }
  }
}
