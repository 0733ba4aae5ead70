import Checksums
import DiskIO

/// Reads one segment frame by frame, following the checksum chain.
struct SegmentReader {
  /// What lies where the next frame would begin.
  enum Step {
    case record(LogRecord)
    /// Zeros, or the end of the file.
    case end
    /// A frame that is not whole or not what was written.
    case damage(String)
  }

  let file: any DiskFile
  let size: Int
  /// Where the next frame begins.
  private(set) var offset: Int
  private(set) var chain: CRC32C
  /// Whether a checksum has been seen that the chain must continue from.
  private var isChained: Bool

  /// The part of the file last read.
  private var window: [UInt8] = []
  private var windowStart = 0
  private static let windowSize = 1 << 20

  /// - Parameters:
  ///   - chain: where the segment before ended; nil for the first one read.
  ///   - offset: where to begin.
  init(_ file: any DiskFile, continuing chain: CRC32C?, at offset: Int = 0) throws(DiskError) {
    self.file = file
    self.size = try file.size()
    self.offset = offset
    self.chain = chain ?? CRC32C()
    self.isChained = chain != nil
  }

  mutating func next() throws(DiskError) -> Step {
    while true {
      let field = try lengthField(at: offset)
      if field == 0 { return .end }
      guard let (length, padding) = Frame.decodeLength(field) else { return .damage("no record has such a length") }
      guard length <= size - offset - Frame.lengthSize - padding else {
        return .damage("the record ends beyond the file")
      }
      let start = try load(offset + Frame.lengthSize, length)
      let stored = window.withUnsafeBytes { StoredRecord(UnsafeRawBufferPointer(rebasing: $0[start..<start + length])) }
      guard let stored, let kind = LogRecord.Kind(rawValue: stored.kind) else { return .damage("no record of the log") }
      let payload = window[start + stored.payload.lowerBound..<start + stored.payload.upperBound]
      if kind == .checksum {
        guard !isChained || chain.value == stored.checksum else {
          return .damage("its checksum does not continue the one before")
        }
        chain = CRC32C(continuing: stored.checksum)
        isChained = true
      } else {
        var continued = chain
        continued.update(payload)
        guard continued.value == stored.checksum else { return .damage("its checksum is wrong") }
        chain = continued
        isChained = true
      }
      offset += Frame.lengthSize + length + padding
      if kind != .checksum { return .record(LogRecord(kind, payload)) }
    }
  }

  /// Makes the bytes of a range that lies within the file available.
  /// - Returns: where they begin in the window.
  mutating func load(_ position: Int, _ count: Int) throws(DiskError) -> Int {
    if position < windowStart || position + count > windowStart + window.count {
      window = try file.read(max(count, Self.windowSize), at: position)
      windowStart = position
    }
    return position - windowStart
  }

  /// The eight bytes at an offset as a little-endian number; 0 where the file has ended.
  mutating func lengthField(at position: Int) throws(DiskError) -> UInt64 {
    guard position + Frame.lengthSize <= size else { return 0 }
    let start = try load(position, Frame.lengthSize)
    return window.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt64.self)) }
  }

  /// Bytes of the file, fewer where it ends.
  mutating func bytes(_ range: Range<Int>) throws(DiskError) -> ArraySlice<UInt8> {
    let count = min(range.upperBound, size) - range.lowerBound
    guard count > 0 else { return [] }
    let start = try load(range.lowerBound, count)
    return window[start..<start + count]
  }
}
