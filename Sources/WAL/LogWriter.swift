import Checksums
import DiskIO

/// The open write-ahead log: appends batches of records to a chain of segments in one folder.
///
///     …1-0000.wal            …2-00c8.wal            …3-0190.wal   <- the tail, filled up to 64 MB before it is used
///     [checksum][metadata][state] [batch][batch]…   [checksum][metadata][state] [batch] 0000000000
///
/// The format is etcd's (`server/storage/wal`); a batch begins with a checksum record, which etcd reads too, so that
/// recovery can tell a torn batch from a damaged one.
///
/// When an append fails, what of it reached the disk is unknown; the log takes no more then, and opening it again
/// recovers. Calls come from one thread at a time.
public final class LogWriter {
  /// A segment that has grown to this size is closed, and the next begun: etcd's 64 MB.
  public static let segmentSize = 64_000_000
  /// The tail is filled with zeros this far ahead of what is written: syncing a write into bytes that exist already is
  /// quicker than into room that is merely reserved, for the file system has nothing to note down.
  static let zeroAhead = 256 << 10

  public let folder: String
  /// Bytes of records appended since it was opened.
  public private(set) var byteCount = 0
  let disk: any Disk
  private let segmentSize: Int
  /// Oldest first; the last is the tail.
  private var segments: [Segment]
  private var tail: any DiskFile
  /// Where the next batch goes.
  private var position: Int
  /// The tail holds written zeros from `position` up to here.
  private var zeroedEnd: Int
  private var chain: CRC32C
  private var metadata: LogRecord?
  private var state: LogRecord?
  private var failure: LogError?
  private var buffer: [UInt8] = []

  init(
    folder: String, disk: any Disk, segmentSize: Int, segments: [Segment], tail: any DiskFile, position: Int,
    chain: CRC32C, metadata: LogRecord?, state: LogRecord?
  ) {
    self.folder = folder
    self.disk = disk
    self.segmentSize = segmentSize
    self.segments = segments
    self.tail = tail
    self.position = position
    self.zeroedEnd = position
    self.chain = chain
    self.metadata = metadata
    self.state = state
  }

  /// Makes the log's folder with a first segment. The folder appears with all that is in it or not at all.
  /// - Parameter records: the first batch; the metadata is to be among them.
  public static func create(
    _ folder: String, on disk: any Disk, _ records: [LogRecord], segmentSize: Int = LogWriter.segmentSize
  ) throws(LogError) -> LogWriter {
    try logErrors { () throws(DiskError) in
      let temporary = folder + ".tmp"
      if try disk.exists(temporary) {
        for name in try disk.list(temporary) { try disk.remove(temporary + "/" + name) }
      }
      try disk.createDirectory(temporary)
      let segment = Segment(sequence: 0, firstIndex: 0)
      let file = try disk.open("\(temporary)/\(segment.fileName)", .create)
      try file.preallocate(segmentSize)
      var chain = CRC32C()
      var bytes: [UInt8] = []
      Frame.encode(.checksum, [], chain: &chain, into: &bytes)
      for record in records { Frame.encode(record.kind, record.payload, chain: &chain, into: &bytes) }
      try file.write(bytes, at: 0)
      try file.sync()
      file.close()
      try disk.syncDirectory(temporary)
      try disk.rename(temporary, to: folder)
      try disk.syncDirectory(parent(of: folder))
      let tail = try disk.open("\(folder)/\(segment.fileName)", .update)
      try tail.lock()
      return LogWriter(
        folder: folder, disk: disk, segmentSize: segmentSize, segments: [segment], tail: tail, position: bytes.count,
        chain: chain, metadata: records.last { $0.kind == .metadata }, state: records.last { $0.kind == .state })
    }
  }

  /// Writes a batch of records, and syncs it once. When the call returns the batch is durable.
  /// - Parameter nextIndex: the index of the first entry in the batch, or, without one, of the next to come. A new
  ///   segment is named after it.
  public func append(_ records: [LogRecord], nextIndex: UInt64) throws(LogError) {
    if let failure { throw failure }
    do throws(DiskError) {
      if position >= segmentSize { try beginSegment(firstIndex: nextIndex) }
      try write(records)
    } catch {
      failure = .disk(error)
      throw .disk(error)
    }
    note(records)
  }

  /// Removes the segments that nobody needs who reads on after entry `index`. The segment holding that entry stays.
  public func release(upTo index: UInt64) throws(LogError) {
    guard let needed = segments.lastIndex(where: { $0.firstIndex <= index }), needed > 0 else { return }
    try logErrors { () throws(DiskError) in
      // Oldest first, so that a crash in between leaves a log without a gap.
      for segment in segments[..<needed] {
        try disk.remove("\(folder)/\(segment.fileName)")
        segments.removeFirst()
      }
      try disk.syncDirectory(folder)
    }
  }

  public func close() {
    tail.close()
  }

  private func write(_ records: [LogRecord]) throws(DiskError) {
    buffer.removeAll(keepingCapacity: true)
    Frame.encode(.checksum, [], chain: &chain, into: &buffer)
    for record in records { Frame.encode(record.kind, record.payload, chain: &chain, into: &buffer) }
    let end = position + buffer.count
    if end > zeroedEnd, end < segmentSize {
      zeroedEnd = min(segmentSize, (end / Self.zeroAhead + 1) * Self.zeroAhead)
      buffer.append(contentsOf: repeatElement(0, count: zeroedEnd - end))
    }
    try tail.write(buffer, at: position)
    try tail.sync()
    byteCount += end - position
    position = end
  }

  /// Closes the tail and goes on in a new segment, which appears under its name with its head in it or not at all.
  private func beginSegment(firstIndex: UInt64) throws(DiskError) {
    try tail.truncate(to: position)
    try tail.sync()
    let segment = Segment(sequence: segments.last!.sequence + 1, firstIndex: firstIndex)
    let temporary = "\(folder)/\(segment.sequence).tmp"
    let file = try disk.open(temporary, .create)
    try file.preallocate(segmentSize)
    var bytes: [UInt8] = []
    Frame.encode(.checksum, [], chain: &chain, into: &bytes)
    if let metadata { Frame.encode(.metadata, metadata.payload, chain: &chain, into: &bytes) }
    if let state { Frame.encode(.state, state.payload, chain: &chain, into: &bytes) }
    try file.write(bytes, at: 0)
    try file.sync()
    file.close()
    let path = "\(folder)/\(segment.fileName)"
    try disk.rename(temporary, to: path)
    try disk.syncDirectory(folder)
    let next = try disk.open(path, .update)
    try next.lock()
    tail.close()
    tail = next
    segments.append(segment)
    position = bytes.count
    zeroedEnd = position
  }

  private func note(_ records: [LogRecord]) {
    for record in records {
      switch record.kind {
      case .metadata: metadata = record
      case .state: state = record
      case .entry, .checksum, .snapshot: break
      }
    }
  }

  private static func parent(of path: String) -> String { PosixDisk.folder(of: path) }
}

/// Runs file calls, and gives their errors the log's type.
func logErrors<Result>(_ body: () throws(DiskError) -> Result) throws(LogError) -> Result {
  do throws(DiskError) { return try body() } catch { throw .disk(error) }
}
