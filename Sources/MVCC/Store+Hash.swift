import Checksums

extension Record {
  /// Bytes of ``encodeRevision(into:)``.
  public var encodedRevisionCount: Int { isTombstone ? 18 : 17 }

  /// The record's key in the backend file: `main _ sub` with big-endian numbers, and a `t` for a tombstone.
  ///
  ///     00 00 00 00 00 00 00 05  5f  00 00 00 00 00 00 00 00  74
  public func encodeRevision(into bytes: inout [UInt8]) {
    withUnsafeBytes(of: modRevision.bigEndian) { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "_"))
    withUnsafeBytes(of: revision.sub.bigEndian) { bytes.append(contentsOf: $0) }
    if isTombstone { bytes.append(UInt8(ascii: "t")) }
  }

  /// The record's value in the backend file: a `mvccpb.KeyValue`, which of a tombstone has the key alone.
  public func encodeKeyValue(into bytes: inout [UInt8]) {
    func append(varint value: UInt64) {
      var rest = value
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }
    func append(field tag: UInt8, number: Int64) {
      if number == 0 { return }
      bytes.append(tag)
      append(varint: UInt64(bitPattern: number))
    }
    func append(field tag: UInt8, run: UnsafeRawBufferPointer) {
      if run.isEmpty { return }
      bytes.append(tag)
      append(varint: UInt64(run.count))
      bytes.append(contentsOf: run)
    }
    // A tag is the field's number, shifted left by 3, with 2 for bytes and 0 for a number.
    withKey { append(field: 1 << 3 | 2, run: $0) }
    if isTombstone { return }
    append(field: 2 << 3, number: createRevision)
    append(field: 3 << 3, number: modRevision)
    append(field: 4 << 3, number: version)
    withValue { append(field: 5 << 3 | 2, run: $0) }
    append(field: 6 << 3, number: lease)
  }
}

extension Store {
  /// etcd's checksum of history up to a revision: equal on all replicas, and between implementations.
  ///
  /// It is a CRC-32C over the bucket's name and the pairs as the backend file has them. Records at or before the
  /// compacted revision count only if they are still current at `revision` (server/mvcc/kvstore.go, `HashByRev`).
  ///
  /// - Parameter revision: 0 means the current one. Before a negative one nothing has happened.
  public func hash(at revision: Int64 = 0) throws(RevisionError) -> UInt32 {
    if revision > 0 && revision <= compactedRevision { throw .compacted(oldest: compactedRevision + 1) }
    if revision > self.revision { throw .future(current: self.revision) }
    let revision = revision == 0 ? self.revision : revision

    var crc = CRC32C()
    crc.update("key".utf8)
    // etcd skips nothing when no key is current at the revision: nothing of what a finished compaction leaves.
    let skipped = Set(
      (hasKeys(at: revision) ? garbage(at: revision) : needsSweep ? garbage(at: compactedRevision) : [])
        .map(\.revision))
    var pair: [UInt8] = []
    forEachRecord { record in
      if record.modRevision > revision { return false }
      if record.modRevision <= compactedRevision && skipped.contains(record.revision) { return true }
      pair.removeAll(keepingCapacity: true)
      record.encodeRevision(into: &pair)
      record.encodeKeyValue(into: &pair)
      crc.update(pair)
      return true
    }
    return crc.value
  }

  private func hasKeys(at revision: Int64) -> Bool {
    if revision == self.revision { return keyCount > 0 }
    let everything = KeyRange(start: [], end: .unbounded)
    var found = false
    visit(everything, onlyLive: false) { head in
      found = head.withKey { current(of: $0, at: revision) } != nil
      return !found
    }
    return found
  }
}
