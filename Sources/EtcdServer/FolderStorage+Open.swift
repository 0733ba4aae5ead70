import DiskIO
import EtcdAPI
import EtcdState
import WAL

extension FolderStorage {
  /// A checkpoint is due from this many bytes of entries on: replaying them takes about a second.
  public static let checkpointLogSize = 16 << 20

  /// What every log begins with, and etcd looks for when there is no checkpoint: an index and a term of 0, written out.
  static let emptySnapshotRecord = LogRecord(.snapshot, [0x08, 0, 0x10, 0])

  /// Opens a data folder, making it if it is not there, and recovers what it holds.
  ///
  /// A log's torn tail, which nobody was told was kept, is cut off. Everything else that is not as it was written, or
  /// does not belong together, is refused, and then nothing has been changed.
  ///
  /// - Parameters:
  ///   - walFolder: the log's folder, if it is not in the data folder.
  ///   - identity: whose folder it becomes if it is fresh.
  ///   - checkpointEntryCount: after how many entries a checkpoint is due, however small they are; nil: any number.
  ///   - checkpointLogSize: for tests.
  ///   - segmentSize: for tests.
  public static func open(
    _ folder: String, walFolder: String? = nil, on disk: any Disk = PosixDisk(), identity: LogMetadata,
    checkpointEntryCount: Int? = nil, checkpointLogSize: Int = FolderStorage.checkpointLogSize,
    segmentSize: Int = LogWriter.segmentSize
  ) throws(EtcdError) -> (storage: FolderStorage, recovered: RecoveredState) {
    let message = "cannot open the data folder \(folder)"
    let ownLogFolder = "\(folder)/member/wal"
    let logFolder = walFolder ?? ownLogFolder
    let lock = try diskCall(message) { () throws(DiskError) in
      try disk.createDirectory(snapshotFolder(folder))
      // Keeps a second process out while this one has the file open. etcd would be stopped by the log's own lock.
      let lock = try disk.open("\(folder)/member/lock", .openOrCreate)
      try lock.lock()
      return lock
    }
    let checkpoint = try readCheckpoint(folder, message, on: disk)
    let hasLog = try holdsLog(logFolder, message, on: disk)
    if !hasLog, walFolder != nil, try holdsLog(ownLogFolder, message, on: disk) {
      throw EtcdError(
        .failedPrecondition, message, cause: "its log is in \(ownLogFolder), and none is in \(logFolder)",
        remedy: "move the log's files to \(logFolder), or leave --wal-dir out")
    }
    if !hasLog && checkpoint != nil {
      throw EtcdError(
        .dataLoss, message, cause: "\(checkpointPath(folder)) is there, but no log in \(logFolder)",
        remedy: "restore the folder from a snapshot or a backup; nothing in it was changed")
    }
    var history = LogHistory(after: checkpoint?.position ?? LogPosition(), folder: logFolder)
    let log: LogWriter
    if !hasLog {
      let records = [
        LogRecord(.metadata, serialized(identity)),
        Self.emptySnapshotRecord,
      ]
      log = try logCall(message) { () throws(LogError) in
        try LogWriter.create(logFolder, on: disk, records, segmentSize: segmentSize)
      }
      try history.add(records[0])
    } else {
      log = try readLog(logFolder, message, on: disk, segmentSize, into: &history)
      try history.finish()
    }
    guard let found = history.identity else {
      throw EtcdError(.dataLoss, message, cause: "the log in \(logFolder) does not say whose it is")
    }
    try checkBelonging(checkpoint, to: found, folder, message)
    let storage = FolderStorage(
      folder: folder, disk: disk, log: log, lock: lock, history: history, checkpointSize: checkpoint?.size ?? 0,
      checkpointLogSize: checkpointLogSize, checkpointEntryCount: checkpointEntryCount)
    let recovered = RecoveredState(
      state: checkpoint?.state ?? ClusterState(), position: history.position, entries: history.entries,
      hardState: history.hardState, identity: found,
      // A log without an entry was made by a process that ended before it had begun the cluster.
      isFresh: checkpoint == nil && history.entries.isEmpty)
    return (storage, recovered)
  }

  /// Whether a node has begun in this folder.
  public static func isInitialized(
    _ folder: String, walFolder: String? = nil, on disk: any Disk = PosixDisk()
  ) throws(EtcdError) -> Bool {
    try holdsLog(walFolder ?? "\(folder)/member/wal", "cannot open the data folder \(folder)", on: disk)
  }

  private static func holdsLog(_ folder: String, _ message: String, on disk: any Disk) throws(EtcdError) -> Bool {
    try logCall(message) { () throws(LogError) in try LogWriter.exists(folder, on: disk) }
  }

  /// The checkpoint's and the log's member are the same, unless someone put a folder together.
  private static func checkBelonging(
    _ checkpoint: (state: ClusterState, position: LogPosition, size: Int)?, to identity: LogMetadata, _ folder: String,
    _ message: String
  ) throws(EtcdError) {
    guard let membership = checkpoint?.state.membership, !membership.members.isEmpty,
      membership[identity.nodeID] == nil, !membership.removed.contains(identity.nodeID)
    else { return }
    let members = membership.members.map { StoredMember.key(of: $0.id) }.joined(separator: ", ")
    throw EtcdError(
      .failedPrecondition, message,
      cause: "its log is that of member \(StoredMember.key(of: identity.nodeID)), "
        + "but its checkpoint is of a cluster with members \(members)",
      remedy: "put the log and the checkpoint of the same member together")
  }

  private static func readCheckpoint(
    _ folder: String, _ message: String, on disk: any Disk
  ) throws(EtcdError) -> (state: ClusterState, position: LogPosition, size: Int)? {
    let path = checkpointPath(folder)
    let opened = try diskCall(message) { () throws(DiskError) -> (any DiskFile, Int)? in
      // What a crash, or a snapshot's reader, left.
      for name in try disk.list(snapshotFolder(folder)) where name.hasSuffix(".tmp") {
        try disk.remove("\(snapshotFolder(folder))/\(name)")
      }
      guard try disk.exists(path) else { return nil }
      let file = try disk.open(path, .read)
      return (file, try file.size())
    }
    guard let (file, size) = opened else { return nil }
    defer { file.close() }
    let checkpoint = try Checkpoint(file)
    return (checkpoint.state, checkpoint.position, size)
  }

  private static func readLog(
    _ logFolder: String, _ message: String, on disk: any Disk, _ segmentSize: Int, into history: inout LogHistory
  ) throws(EtcdError) -> LogWriter {
    do {
      return try LogWriter.open(logFolder, on: disk, from: history.position.index, segmentSize: segmentSize) {
        record throws(EtcdError) in try history.add(record)
      }
    } catch let error as LogError {
      throw EtcdError(message, error)
    } catch let error as EtcdError {
      throw error
    } catch {
      preconditionFailure("reading the log fails in one of two ways, not by \(error)")
    }
  }
}

private func diskCall<Result>(
  _ message: String, _ body: () throws(DiskError) -> Result
) throws(EtcdError) -> Result {
  do throws(DiskError) { return try body() } catch { throw EtcdError(message, error) }
}

private func logCall<Result>(
  _ message: String, _ body: () throws(LogError) -> Result
) throws(EtcdError) -> Result {
  do throws(LogError) { return try body() } catch { throw EtcdError(message, error) }
}
