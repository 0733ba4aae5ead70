import Checksums
import DiskIO

/// Telling a torn tail from damage.
///
/// A batch is written at once and synced before the next one is begun, so a crash leaves at most one batch unfinished,
/// the last. Of that batch each sector was written or not, and those that were not still hold the zeros the segment was
/// filled with. That may be cut off: nobody was told that it was kept. Anything else was changed after it had been
/// written, and cutting there would lose what was acknowledged:
///
///     …frame frame [batch ###0000####] 000000        torn: a sector is missing, nothing later was begun
///     …frame [batch ##x#] [batch ####] 000000        damage: a later batch was begun, so this one had been synced
///     …frame [batch ##x#] 00000000000000000000       damage: no sector of it is missing
///
/// Our batches begin with a checksum record, which shows where the next was begun. etcd's do not; there the rule is
/// etcd's own, that a record with a sector of zeros in it is torn.
extension SegmentReader {
  static let sectorSize = 512

  /// What lies beyond the last whole record of the last segment.
  enum Tail {
    case nothing
    /// What is left of a batch that nobody was told was kept.
    case torn
    case damage(String)
  }

  /// - Parameter step: what ``next()`` made of the current offset: `.end` or `.damage`.
  mutating func tail(after step: Step) throws(DiskError) -> Tail {
    let remains = try remains()
    if remains == .laterBatch { return .damage("a later batch follows, so this record had been written whole") }
    let sectorEnd = min(size, (offset / Self.sectorSize + 1) * Self.sectorSize)
    let sector = try bytes(offset..<sectorEnd)
    guard case .damage(let what) = step else {
      guard sector.allSatisfy({ $0 == 0 }) else { return .damage("a length is missing in the middle of a sector") }
      return remains == .bytes ? .torn : .nothing
    }
    // Lengths are never torn.
    guard let (length, padding) = Frame.decodeLength(try lengthField(at: offset)) else { return .damage(what) }
    if sector.count >= Frame.lengthSize + Frame.headerSizeMax {
      let header = sector.dropFirst(Frame.lengthSize).prefix(length)
      let stored = header.withUnsafeBytes { StoredRecord($0, isPrefix: true) }
      guard let stored, stored.payload.isEmpty || stored.payload.upperBound == length else {
        return .damage("the record's length contradicts its content")
      }
    }
    let end = offset + Frame.lengthSize + length + padding
    if end > size { return .torn }
    return try hasZeroSector(offset + Frame.lengthSize..<end) ? .torn : .damage(what)
  }

  /// Whether a part of the range that fills a sector, or reaches into one, is all zeros.
  private mutating func hasZeroSector(_ range: Range<Int>) throws(DiskError) -> Bool {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(range.upperBound, (start / Self.sectorSize + 1) * Self.sectorSize)
      if try bytes(start..<end).allSatisfy({ $0 == 0 }) { return true }
      start = end
    }
    return false
  }

  private enum Remains { case none, bytes, laterBatch }

  /// Looks through everything after the current offset for bytes, and for the beginning of a batch: a checksum record
  /// and a record that continues it.
  private mutating func remains() throws(DiskError) -> Remains {
    var found = Remains.none
    var position = offset
    while position < size {
      let field = try lengthField(at: position)
      if field == 0 {
        position += Frame.lengthSize
        if position % Self.sectorSize == 0 {
          guard let written = try file.nextWritten(from: position) else { break }
          position = max(position, written & ~7)
        }
        continue
      }
      found = .bytes
      if position > offset, try beginsBatch(at: position, field) { return .laterBatch }
      position += Frame.lengthSize
    }
    return found
  }

  private mutating func beginsBatch(at position: Int, _ field: UInt64) throws(DiskError) -> Bool {
    guard let (length, _) = Frame.decodeLength(field), 4...9 ~= length else { return false }
    let record = try bytes(position + Frame.lengthSize..<position + Frame.lengthSize + length)
    guard let stored = record.withUnsafeBytes({ StoredRecord($0) }), stored.kind == LogRecord.Kind.checksum.rawValue
    else { return false }
    var follower = try SegmentReader(file, continuing: nil, at: position)
    if case .record = try follower.next() { return true }
    return false
  }
}
