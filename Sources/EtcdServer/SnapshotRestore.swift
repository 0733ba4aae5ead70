import BoltFile
import DiskIO
import EtcdAPI
import EtcdState
import WAL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A snapshot made into the data folder of a member of a new cluster, as etcd's `snapshot restore` makes it: every
/// member restores the same file, each under its own name.
///
///     db       members, members_removed      the new cluster's
///              meta                          position and voters those of the log below; the rest as it was
///              every other bucket            pair by pair as in the snapshot, whatever it holds
///     log      metadata | an entry for each member that joins | state | snapshot at the last of them
///     marker   TERM-INDEX.snap, for etcd
public struct SnapshotRestore: Sendable {
  /// A member of the new cluster.
  public struct Founder: Sendable {
    public var name: String
    public var peerURLs: [String]

    public init(name: String, peerURLs: [String]) {
      self.name = name
      self.peerURLs = peerURLs
    }
  }

  /// The backend file; what follows its last page, such as a snapshot's SHA-256, is not looked at.
  public var snapshot: String
  public var folder: String
  /// Where the log goes.
  public var logFolder: String
  /// Which of the founders this member is.
  public var name: String
  public var founders: [Founder]
  public var clusterToken: String

  public init(
    snapshot: String, folder: String, logFolder: String, name: String, founders: [Founder], clusterToken: String
  ) {
    self.snapshot = snapshot
    self.folder = folder
    self.logFolder = logFolder
    self.name = name
    self.founders = founders
    self.clusterToken = clusterToken
  }

  /// The IDs that the member and the cluster have now.
  public struct Identity: Sendable {
    public var memberID: UInt64
    public var clusterID: UInt64
  }

  /// Makes the folder, and syncs it.
  ///
  /// - Throws: the folder is there and not empty, the log's folder is there at all, or the snapshot cannot be read.
  public func run(on disk: any Disk = PosixDisk()) throws(EtcdError) -> Identity {
    let message = "cannot restore \(snapshot) into \(folder)"
    do {
      try checkRoom(on: disk)
      let members = members
      guard let own = members.first(where: { $0.name == name }) else {
        preconditionFailure("\(name) is not among the founders")
      }
      let clusterID = MemberIdentity.clusterID(memberIDs: members.map(\.id))
      let membership = Membership(members: members, removed: [], clusterVersion: "")
      // All members begin their log with the same entries, in the order of their IDs.
      let position = LogPosition(index: UInt64(members.count), term: 1)

      try disk.createDirectory(FolderStorage.snapshotFolder(folder))
      let path = FolderStorage.checkpointPath(folder)
      try writeBackend(to: path + ".tmp", membership, position, on: disk)
      try writeLog(own, clusterID, membership, position, on: disk)
      let marker = SnapshotMarker(position: position, membership: membership)
      try disk.replace("\(FolderStorage.snapshotFolder(folder))/\(marker.fileName)", with: marker.bytes)
      // Last: without it the folder is refused, so that what was cut short is not taken for whole.
      try disk.rename(path + ".tmp", to: path)
      try disk.syncDirectory(FolderStorage.snapshotFolder(folder))
      return Identity(memberID: own.id, clusterID: clusterID)
    } catch let error as DiskError {
      throw EtcdError(message, error)
    } catch let error as BoltError {
      throw EtcdError(message, error)
    } catch let error as LogError {
      throw EtcdError(message, error)
    } catch let error as EtcdError {
      throw error
    } catch {
      preconditionFailure("restoring fails in one of four ways, not by \(error)")
    }
  }

  private func checkRoom(on disk: any Disk) throws {
    if try disk.exists(folder) {
      let names = try? disk.list(folder)
      guard names?.isEmpty ?? false else {
        throw EtcdError(.failedPrecondition, "data-dir \"\(folder)\" not empty or could not be read")
      }
    }
    if try disk.exists(logFolder) { throw EtcdError(.failedPrecondition, "wal-dir \"\(logFolder)\" exists") }
  }

  /// Ascending by ID.
  private var members: [Member] {
    founders.map { founder in
      var member = Member()
      member.id = MemberIdentity.memberID(peerURLs: founder.peerURLs, clusterToken: clusterToken)
      member.name = founder.name
      member.peerUrls = founder.peerURLs
      return member
    }.sorted { $0.id < $1.id }
  }

  private func writeBackend(
    to path: String, _ membership: Membership, _ position: LogPosition, on disk: any Disk
  ) throws {
    let source = try disk.open(snapshot, .read)
    defer { source.close() }
    let reader = try BoltReader(source)
    let file = try disk.open(path, .create)
    defer { file.close() }
    var writer = BoltWriter(file)
    let own = [Checkpoint.Bucket.members, .removedMembers, .meta].map(\.rawValue)
    let names = Set(reader.buckets + own).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for name in names {
      try writer.beginBucket(name)
      switch name {
      case Checkpoint.Bucket.members.rawValue:
        // By the bytes of the key, an ID in hexadecimal without leading zeros.
        let pairs = membership.members.map { (StoredMember.key(of: $0.id), StoredMember($0).json) }
        for (key, json) in pairs.sorted(by: { $0.0 < $1.0 }) { try writer.add(Array(key.utf8), Array(json)) }
      case Checkpoint.Bucket.removedMembers.rawValue: break
      case Checkpoint.Bucket.meta.rawValue:
        for (key, value) in try meta(reader, membership, position) { try writer.add(key, value) }
      default: try reader.forEach(in: name) { key, value in try writer.add(key, value) }
      }
    }
    _ = try writer.finish()
  }

  private func meta(
    _ reader: BoltReader, _ membership: Membership, _ position: LogPosition
  ) throws -> [(key: [UInt8], value: [UInt8])] {
    var pairs = [
      Checkpoint.MetaKey.consistentIndex: bigEndian(position.index),
      Checkpoint.MetaKey.term: bigEndian(position.term),
      Checkpoint.MetaKey.confState: json(BackendConfState(membership.confState)),
    ]
    try reader.forEach(in: Checkpoint.Bucket.meta.rawValue) { key, value in
      let name = String(decoding: key, as: UTF8.self)
      if pairs[name] == nil { pairs[name] = Array(value) }
    }
    return pairs.map { (Array($0.key.utf8), $0.value) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
  }

  private func writeLog(
    _ own: Member, _ clusterID: UInt64, _ membership: Membership, _ position: LogPosition, on disk: any Disk
  ) throws {
    var metadata = LogMetadata()
    metadata.nodeID = own.id
    metadata.clusterID = clusterID
    var records = [LogRecord(.metadata, serialized(metadata)), FolderStorage.emptySnapshotRecord]
    for (index, member) in membership.members.enumerated() {
      var entry = RaftEntry.normal(Data(serialized(RaftConfChange(adding: member))), index: UInt64(index) + 1, term: 1)
      entry.type = .entryConfChange
      records.append(entry.logRecord)
    }
    let state = RaftHardState.committed(position.index, term: position.term, vote: membership.members[0].id)
    records.append(LogRecord(.state, serialized(state)))
    let marker = SnapshotMarker(position: position, membership: membership)
    records.append(LogRecord(.snapshot, serialized(marker.logRecord)))
    try disk.createDirectory(PosixDisk.folder(of: logFolder))
    try LogWriter.create(logFolder, on: disk, records).close()
  }
}
