import BoltFile
import Dispatch
import DiskIO
import EtcdAPI
import EtcdState
import Synchronization
import WAL

/// A node's data folder, laid out as etcd's:
///
///     member/wal/*.wal            the log
///     member/snap/db              the last checkpoint
///     member/snap/*.snap          which entry that was, for etcd
///     member/lock                 held by the process that has the folder open
///
/// A checkpoint is written to `db.tmp` while writes go on, and takes `db`'s place by a rename. Then the log notes it,
/// and the segments that it makes needless are removed.
public final class FolderStorage: Storage, @unchecked Sendable {
  // Everything but `job` and `outcome` belongs to the deciding thread.
  let folder: String
  let disk: any Disk
  private let log: LogWriter
  private let lock: any DiskFile
  private var hardState: RaftHardState
  private var nextIndex: UInt64
  /// Bytes of entries appended since the last checkpoint was begun.
  private var bytesSinceCheckpoint: Int
  /// A checkpoint is due when the log has outgrown the last one, and this.
  private let checkpointLogSize: Int
  /// Or when it has this many entries.
  private let checkpointEntryCount: Int?
  private var entriesSinceCheckpoint: Int
  private var isWritingCheckpoint = false

  private let queue = DispatchQueue(label: "etch.checkpoint", qos: .utility)
  private let job = Mutex<Result<Written, EtcdError>?>(nil)
  private let outcome: Mutex<LastCheckpoint>
  private let temporaryNumber = Atomic<Int>(0)

  /// A checkpoint that is in its place.
  private struct Written {
    var size: Int
    var marker: SnapshotMarker
  }

  init(
    folder: String, disk: any Disk, log: LogWriter, lock: any DiskFile, history: LogHistory, checkpointSize: Int,
    checkpointLogSize: Int, checkpointEntryCount: Int?
  ) {
    self.folder = folder
    self.disk = disk
    self.log = log
    self.lock = lock
    hardState = history.hardState
    nextIndex = (history.entries.last?.index ?? history.position.index) + 1
    bytesSinceCheckpoint = history.byteCount
    outcome = Mutex(LastCheckpoint(size: checkpointSize))
    self.checkpointLogSize = checkpointLogSize
    self.checkpointEntryCount = checkpointEntryCount
    entriesSinceCheckpoint = history.entries.count
  }

  static func snapshotFolder(_ folder: String) -> String { "\(folder)/member/snap" }
  static func checkpointPath(_ folder: String) -> String { "\(snapshotFolder(folder))/db" }

  public func append(_ entries: [RaftEntry], hardState: RaftHardState?) throws(EtcdError) {
    var records: [LogRecord] = []
    records.reserveCapacity(entries.count + 2)
    if let hardState, hardState.term > self.hardState.term {
      // A crash may leave the batch's beginning only, and no entry may be of a term that the log has not heard of.
      var begun = hardState
      begun.commit = self.hardState.commit
      records.append(LogRecord(.state, serialized(begun)))
    }
    for entry in entries {
      let record = entry.logRecord
      bytesSinceCheckpoint += record.payload.count
      records.append(record)
    }
    if let hardState {
      self.hardState = hardState
      records.append(LogRecord(.state, serialized(hardState)))
    }
    if records.isEmpty { return }
    try append(records, nextIndex: entries.first?.index ?? nextIndex)
    entriesSinceCheckpoint += entries.count
    if let last = entries.last { nextIndex = last.index + 1 }
  }

  private func append(_ records: [LogRecord], nextIndex: UInt64) throws(EtcdError) {
    do throws(LogError) {
      try log.append(records, nextIndex: nextIndex)
    } catch {
      throw EtcdError("the node cannot write to its log and takes no more writes", error)
        .explained(remedy: error.remedy.map { "\($0); then start the node again" } ?? "start the node again")
    }
  }

  public var logByteCount: Int { log.byteCount }
  public var lastCheckpoint: LastCheckpoint { outcome.withLock { $0 } }

  public func checkpointIfDue(_ state: ClusterState, at position: LogPosition) {
    completeCheckpoint()
    guard !isWritingCheckpoint else { return }
    let isDue =
      bytesSinceCheckpoint >= max(checkpointLogSize, lastCheckpoint.size)
      || entriesSinceCheckpoint >= checkpointEntryCount ?? .max
    if !isDue { return }
    isWritingCheckpoint = true
    bytesSinceCheckpoint = 0
    entriesSinceCheckpoint = 0
    let checkpoint = Checkpoint(state: state, position: position)
    queue.async { [self] in
      let begun = ContinuousClock.now
      let result = Result { () throws(EtcdError) in try write(checkpoint) }
      outcome.withLock { outcome in
        outcome.duration = begun.duration(to: .now)
        switch result {
        case .success(let written):
          outcome.size = written.size
          outcome.failure = nil
          outcome.successCount += 1
        case .failure(let error):
          outcome.failure = error
          outcome.failureCount += 1
        }
      }
      job.withLock { $0 = result }
    }
  }

  /// Runs beside the deciding thread.
  private func write(_ checkpoint: Checkpoint) throws(EtcdError) -> Written {
    let path = Self.checkpointPath(folder)
    let message = "cannot write the checkpoint \(path)"
    let temporary = path + ".tmp"
    do {
      let file = try disk.open(temporary, .create)
      defer { file.close() }
      let size = try checkpoint.write(to: file)
      try disk.rename(temporary, to: path)
      let marker = SnapshotMarker(position: checkpoint.position, membership: checkpoint.state.membership)
      // Its rename syncs the folder, and with it the checkpoint's.
      try disk.replace("\(Self.snapshotFolder(folder))/\(marker.fileName)", with: marker.bytes)
      return Written(size: size, marker: marker)
    } catch {
      try? disk.remove(temporary)
      switch error {
      case let error as DiskError: throw EtcdError(message, error)
      case let error as BoltError: throw EtcdError(message, error)
      default: preconditionFailure("a checkpoint fails in one of two ways, not by \(error)")
      }
    }
  }

  /// Notes a written checkpoint in the log, and lets go of what it made needless.
  private func completeCheckpoint() {
    guard let result = job.withLock({ $0.take() }) else { return }
    isWritingCheckpoint = false
    guard case .success(let written) = result else { return }
    do {
      // etcd passes over a snapshot that the log does not call committed.
      hardState.commit = max(hardState.commit, written.marker.position.index)
      try append(
        [
          LogRecord(.state, serialized(hardState)),
          LogRecord(.snapshot, serialized(written.marker.logRecord)),
        ], nextIndex: nextIndex)
      try log.release(upTo: written.marker.position.index)
      try removeMarkers(except: written.marker)
    } catch {
      // The log's next append says what is the matter; files too many do no harm.
    }
  }

  private func removeMarkers(except kept: SnapshotMarker) throws(DiskError) {
    let snapshotFolder = Self.snapshotFolder(folder)
    for name in try disk.list(snapshotFolder) where name.hasSuffix(SnapshotMarker.suffix) && name != kept.fileName {
      try disk.remove("\(snapshotFolder)/\(name)")
    }
  }

  public func temporaryFile() throws(EtcdError) -> any DiskFile {
    let number = temporaryNumber.wrappingAdd(1, ordering: .relaxed).newValue
    let path = "\(Self.snapshotFolder(folder))/send-\(number).tmp"
    do throws(DiskError) {
      let file = try disk.open(path, .create)
      try disk.remove(path)
      return file
    } catch { throw EtcdError("cannot make a temporary file", error) }
  }

  public func close() {
    queue.sync {}
    completeCheckpoint()
    log.close()
    lock.close()
  }
}

extension RaftEntry {
  /// The entry as etcd writes it, with all four fields whatever they are.
  var logRecord: LogRecord {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.count + 32)
    bytes.append(0x08)
    appendVarint(UInt64(type.rawValue), to: &bytes)
    bytes.append(0x10)
    appendVarint(term, to: &bytes)
    bytes.append(0x18)
    appendVarint(index, to: &bytes)
    bytes.append(0x22)
    appendVarint(UInt64(data.count), to: &bytes)
    bytes.append(contentsOf: data)
    return LogRecord(.entry, bytes)
  }
}
