import DiskIO
import EtcdAPI
import EtcdState

/// Where a node keeps what it must not forget. A node in memory has none.
///
///     entries, hard state --append--> log (fsynced)          state --checkpoint--> backend file
///                                       |                                             |
///                                       +----------- recovery reads both -------------+
///
/// The deciding thread calls everything here, one call at a time.
public protocol Storage: AnyObject, Sendable {
  /// Writes entries and, when it changed, the hard state to the log, in one write and one fdatasync.
  ///
  /// What was appended is durable when the call returns. When it throws, nothing of the batch may be acknowledged, and
  /// every later call throws the same error: the node can answer reads, but must be restarted to write.
  func append(_ entries: [RaftEntry], hardState: RaftHardState?) throws(EtcdError)

  /// Begins to write a checkpoint in the background when the log has outgrown the last one, and completes one that has
  /// been written; else does nothing.
  /// - Parameters:
  ///   - state: the state with every entry up to `position` applied, and none after it.
  ///   - position: the last entry applied; it has been appended.
  func checkpointIfDue(_ state: ClusterState, at position: LogPosition)

  /// Bytes written to the log since it was opened.
  var logByteCount: Int { get }

  /// How the last checkpoint went. The one thing here that any thread may ask for.
  var lastCheckpoint: LastCheckpoint { get }

  /// An empty file without a name, gone when it is closed.
  func temporaryFile() throws(EtcdError) -> any DiskFile

  /// Waits for a checkpoint under way and completes it, then lets go of the folder.
  func close()
}

/// The checkpoint that stands, and whether a newer one failed.
public struct LastCheckpoint: Sendable {
  /// Bytes of the file: what `endpoint status` calls the database's size. 0 before the first.
  public var size: Int
  /// Why the newest could not be written; the log keeps everything until one can.
  public var failure: EtcdError?
  /// How many were written since the start, how many failed, and how long the last took.
  public var successCount = 0
  public var failureCount = 0
  public var duration = Duration.zero
}

/// A place in the log: an entry's index and the term it was proposed in. Both are 0 before the first.
public struct LogPosition: Sendable, Equatable {
  public var index: UInt64
  public var term: UInt64

  public init(index: UInt64 = 0, term: UInt64 = 0) {
    self.index = index
    self.term = term
  }
}

/// What a node finds in its storage when it starts.
public struct RecoveredState: Sendable {
  /// The state of the last checkpoint; empty when there is none.
  public var state: ClusterState
  /// The last entry that `state` has applied.
  public var position: LogPosition
  /// The entries after `position`, ascending without a gap. Those up to the hard state's commit are to be applied.
  public var entries: [RaftEntry]
  public var hardState: RaftHardState
  /// The member and the cluster that the folder belongs to.
  public var identity: LogMetadata
  /// Whether nothing was ever appended: the node has to bootstrap its cluster.
  public var isFresh: Bool
}
