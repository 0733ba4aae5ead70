import Checksums
import DiskIO

extension LogWriter {
  /// Whether the folder holds a log.
  public static func exists(_ folder: String, on disk: any Disk) throws(LogError) -> Bool {
    try logErrors { () throws(DiskError) in
      guard try disk.exists(folder) else { return false }
      return try disk.list(folder).contains { Segment(fileName: $0) != nil }
    }
  }

  /// Opens a log to append to it, handing out what it holds.
  ///
  /// A torn tail is cut off; damage anywhere else throws, and then nothing has been changed.
  /// - Parameters:
  ///   - index: reading begins in the segment that holds the entry after this one.
  ///   - each: is given the records in order, among them some before `index`.
  public static func open<Failure: Error>(
    _ folder: String, on disk: any Disk, from index: UInt64, segmentSize: Int = LogWriter.segmentSize,
    each: (LogRecord) throws(Failure) -> Void
  ) throws -> LogWriter {
    let all = try segments(in: folder, on: disk)
    let first = try position(of: index, in: all, folder)
    var state: LogRecord?
    var metadata: LogRecord?
    var chain: CRC32C?
    for (number, segment) in all.enumerated() where number >= first {
      let path = "\(folder)/\(segment.fileName)"
      let isTail = number == all.count - 1
      let file = try logErrors { () throws(DiskError) in try disk.open(path, isTail ? .update : .read) }
      if isTail { try logErrors { () throws(DiskError) in try file.lock() } }
      var reader = try logErrors { () throws(DiskError) in try SegmentReader(file, continuing: chain) }
      var step = try logErrors { () throws(DiskError) in try reader.next() }
      while case .record(let record) = step {
        if record.kind == .metadata {
          guard metadata == nil || metadata == record else {
            throw LogError.damaged(path: path, offset: reader.offset, what: "the log of another member begins here")
          }
          metadata = record
        }
        if record.kind == .state { state = record }
        try each(record)
        step = try logErrors { () throws(DiskError) in try reader.next() }
      }
      chain = reader.chain
      guard isTail else {
        if case .damage(let what) = step { throw LogError.damaged(path: path, offset: reader.offset, what: what) }
        continue
      }
      try repair(&reader, after: step, segmentSize)
      return LogWriter(
        folder: folder, disk: disk, segmentSize: segmentSize, segments: all, tail: file, position: reader.offset,
        chain: reader.chain, metadata: metadata, state: state)
    }
    preconditionFailure("the last segment ends the loop")
  }

  /// Cuts off what a crash left unfinished.
  private static func repair(
    _ reader: inout SegmentReader, after step: SegmentReader.Step, _ segmentSize: Int
  ) throws(LogError) {
    let file = reader.file
    let end = reader.offset
    switch try logErrors({ () throws(DiskError) in try reader.tail(after: step) }) {
    case .damage(let what): throw .damaged(path: file.path, offset: end, what: what)
    case .torn:
      try logErrors { () throws(DiskError) in
        try file.truncate(to: end)
        try file.sync()
      }
    case .nothing: break
    }
    // Without room for it the log can still be read, and an append says what is the matter.
    if end < segmentSize { try? file.preallocate(segmentSize) }
  }

  /// The folder's segments, oldest first, without a gap.
  private static func segments(in folder: String, on disk: any Disk) throws(LogError) -> [Segment] {
    let names = try logErrors { () throws(DiskError) in try disk.list(folder) }
    let segments = names.compactMap { Segment(fileName: $0) }
    for (before, after) in zip(segments, segments.dropFirst()) where after.sequence != before.sequence + 1 {
      throw .missingSegment(
        folder: folder, what: "no segment lies between \(before.fileName) and \(after.fileName)")
    }
    return segments
  }

  /// The segment to begin reading in: the last one that begins at or before an index.
  private static func position(of index: UInt64, in segments: [Segment], _ folder: String) throws(LogError) -> Int {
    guard let oldest = segments.first else { throw .missingSegment(folder: folder, what: "it has no segment at all") }
    guard let found = segments.lastIndex(where: { $0.firstIndex <= index }) else {
      throw .missingSegment(
        folder: folder, what: "its oldest segment is \(oldest.fileName), which begins after entry \(index)")
    }
    return found
  }
}
