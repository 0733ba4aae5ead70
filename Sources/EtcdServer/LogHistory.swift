import EtcdAPI
import WAL

/// Makes of the log's records what a node needs: the entries after a checkpoint, the last hard state, whose log it is.
///
/// A record's kind is outside its checksum in etcd's format. So everything is checked that an entry or a state, read as
/// the other, would get wrong: unknown fields, gaps, terms and commits that go back.
struct LogHistory {
  /// The checkpoint; its term is filled in from the log where the checkpoint has none.
  private(set) var position: LogPosition
  private(set) var entries: [RaftEntry] = []
  private(set) var hardState = RaftHardState()
  private(set) var identity: LogMetadata?
  /// Bytes of the entries.
  private(set) var byteCount = 0
  private let folder: String
  /// The last entry seen, and the first.
  private var lastIndex: UInt64?
  /// Where the log says that a snapshot begins it.
  private var snapshotIndex: UInt64 = 0

  init(after position: LogPosition, folder: String) {
    self.position = position
    self.folder = folder
  }

  mutating func add(_ record: LogRecord) throws(EtcdError) {
    switch record.kind {
    case .metadata:
      guard let metadata = try? LogMetadata(serializedBytes: Array(record.payload)), metadata.unknownFields.data.isEmpty
      else { throw damaged("it does not say whose it is") }
      identity = metadata
    case .entry: try addEntry(record)
    case .state: try addState(record)
    case .snapshot:
      guard let snapshot = try? LogSnapshot(serializedBytes: Array(record.payload)) else {
        throw damaged("a snapshot's place is no such message")
      }
      snapshotIndex = max(snapshotIndex, snapshot.index)
    case .checksum: break
    }
  }

  /// Checks what only the whole log shows.
  mutating func finish() throws(EtcdError) {
    let end = max(lastIndex ?? 0, snapshotIndex)
    guard position.index <= end else {
      throw damaged("it ends at entry \(end), but the checkpoint holds entries up to \(position.index)")
    }
    // A checkpoint is taken of what was committed, whether or not the log says so by now.
    hardState.commit = max(hardState.commit, position.index)
    guard hardState.commit <= max(end, position.index) else {
      throw damaged("it ends at entry \(end), but entries up to \(hardState.commit) were committed")
    }
    if let last = entries.last, last.term > hardState.term {
      throw damaged("entry \(last.index) is of term \(last.term), but the term was \(hardState.term)")
    }
  }

  private mutating func addEntry(_ record: LogRecord) throws(EtcdError) {
    guard let entry = try? RaftEntry(serializedBytes: Array(record.payload)), entry.unknownFields.data.isEmpty,
      entry.index > 0, entry.term > 0
    else { throw damaged("an entry is no such message") }
    // A new primary may overwrite entries that were never committed, but never skip any.
    if let lastIndex, entry.index > lastIndex + 1 {
      throw damaged("entry \(entry.index) follows entry \(lastIndex)")
    }
    lastIndex = entry.index
    if entry.index == position.index && position.term == 0 { position.term = entry.term }
    guard entry.index > position.index else { return }
    let offset = Int(entry.index - position.index - 1)
    guard offset <= entries.count else {
      throw damaged("entry \(entry.index) is there, but none after the checkpoint's entry \(position.index)")
    }
    if offset < entries.count { entries.removeSubrange(offset...) }
    if let last = entries.last, entry.term < last.term {
      throw damaged("entry \(entry.index) is of term \(entry.term), the one before of term \(last.term)")
    }
    entries.append(entry)
    byteCount += record.payload.count
  }

  private mutating func addState(_ record: LogRecord) throws(EtcdError) {
    guard let state = try? RaftHardState(serializedBytes: Array(record.payload)), state.unknownFields.data.isEmpty
    else { throw damaged("a hard state is no such message") }
    guard state.term >= hardState.term, state.commit >= hardState.commit else {
      throw damaged(
        "term \(state.term) and commit \(state.commit) follow term \(hardState.term) and commit \(hardState.commit)")
    }
    hardState = state
  }

  private func damaged(_ what: String) -> EtcdError {
    EtcdError(
      .dataLoss, "cannot recover from the log in \(folder)", cause: what,
      remedy: "restore the folder from a snapshot or a backup; nothing in it was changed")
  }
}
