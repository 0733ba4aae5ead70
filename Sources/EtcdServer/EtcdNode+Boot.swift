import EtcdAPI
import EtcdState
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension EtcdNode {
  /// Starts a node.
  ///
  /// A fresh one begins as etcd's does: revision 1, term 2, and four entries in its log:
  ///
  ///     index 1  term 1   the member joins
  ///           2       2   the leader's empty entry
  ///           3       2   the member's name and client URLs
  ///           4       2   the cluster's version
  public static func boot(_ configuration: NodeConfiguration = .inMemory) throws(EtcdError) -> EtcdNode {
    if case .folder(let folder) = configuration.durability {
      let (storage, recovered) = try FolderStorage.open(
        folder, walFolder: configuration.walFolder, identity: configuration.identity,
        checkpointEntryCount: configuration.snapshotCount)
      return try boot(configuration, on: storage, recovered: recovered)
    }
    var state = ClusterState(minimumLeaseTimeToLive: configuration.minimumLeaseTimeToLive)
    state.add(configuration.member)
    return try boot(configuration, inMemory: state)
  }

  /// Starts a node in memory on a state whose one member it is.
  static func boot(
    _ configuration: NodeConfiguration, inMemory state: ClusterState
  ) throws(EtcdError) -> EtcdNode {
    var state = state
    state.minimumLeaseTimeToLive = configuration.minimumLeaseTimeToLive
    for command in configuration.publication(of: configuration.identity.nodeID) { _ = state.apply(command, by: .root) }
    var core = NodeCore(state: state, tokens: SimpleTokens(lifetime: configuration.authTokenTimeToLive), index: 4)
    core.renewLeases(now: .zero, extension: configuration.electionTimeout)
    let tick = core.tickToSchedule()
    let node = EtcdNode(
      core: core, term: 2, committer: nil, credentials: try Credentials(configuration),
      identity: configuration.identity, configuration: configuration)
    if let tick { node.scheduleTick(at: tick) }
    if node.core.withLock({ $0.beginSweep() }) { node.sweep() }
    node.beginAutoCompaction(configuration.autoCompaction)
    return node
  }

  /// Starts a node on what its storage holds, or bootstraps it there when the storage is fresh.
  ///
  /// A node that comes back is elected in the next term, as etcd's single member is: an empty entry commits whatever
  /// the log holds, and every lease gets its full time again.
  static func boot(
    _ configuration: NodeConfiguration, on storage: any Storage, recovered: RecoveredState
  ) throws(EtcdError) -> EtcdNode {
    let credentials = try Credentials(configuration)
    var state = recovered.state
    state.minimumLeaseTimeToLive = configuration.minimumLeaseTimeToLive
    // A single member's entries are all committed; what one of several had not heard to be so, it alone must not decide.
    let known = recovered.entries.prefix { !configuration.forcesNewCluster || $0.index <= recovered.hardState.commit }
    var tokens = SimpleTokens(lifetime: configuration.authTokenTimeToLive)
    for entry in known { try state.apply(entry, tokens: &tokens, credentials) }

    var entries: [RaftEntry] = []
    var last = known.last.map { LogPosition(index: $0.index, term: $0.term) } ?? recovered.position
    func append(_ type: RaftEntryType = .entryNormal, _ data: Data = Data()) {
      last.index += 1
      var entry = RaftEntry.normal(data, index: last.index, term: last.term)
      entry.type = type
      entries.append(entry)
    }
    if recovered.isFresh {
      last.term = 1
      append(.entryConfChange, try encoded(RaftConfChange(adding: configuration.member)))
      last.term = 2
    } else {
      last.term = max(last.term, recovered.hardState.term) + 1
    }
    append()
    if configuration.forcesNewCluster {
      for other in state.membership.members where other.id != recovered.identity.nodeID {
        append(.entryConfChange, try encoded(RaftConfChange(removing: other.id)))
      }
    }
    var publication: [Command] = []
    if state.membership.clusterVersion.isEmpty {
      // A first start that was cut short may have left only the beginning of what it wrote.
      publication = configuration.publication(of: recovered.identity.nodeID)
    } else if let member = state.membership[recovered.identity.nodeID], configuration.publishes(anotherThan: member) {
      publication = [configuration.attributes(of: member.id)]
    }
    for command in publication {
      append(.entryNormal, try encoded(command.request(id: UInt64(entries.count), by: .anonymous)))
    }
    for entry in entries { try state.apply(entry, tokens: &tokens, credentials) }

    guard state.membership.members.map(\.id) == [recovered.identity.nodeID] else {
      throw EtcdError(
        .failedPrecondition, "etcdserver: the folder belongs to a cluster of several members",
        cause: "its members are \(state.membership.members.map { String($0.id, radix: 16) }.joined(separator: ", "))",
        remedy: "serve it with etcd, restore a snapshot of it into a new folder, or go on with this member alone: "
          + "etch serve --force-new-cluster")
    }
    try storage.append(
      entries, hardState: .committed(last.index, term: last.term, vote: recovered.identity.nodeID))

    var core = NodeCore(state: state, tokens: tokens, index: last.index)
    core.renewLeases(now: .zero, extension: configuration.electionTimeout)
    let tick = core.tickToSchedule()
    let node = EtcdNode(
      core: core, term: last.term,
      committer: GroupCommitter(storage: storage, term: last.term, memberID: recovered.identity.nodeID),
      credentials: credentials, identity: recovered.identity, configuration: configuration)
    if let tick { node.scheduleTick(at: tick) }
    if node.core.withLock({ $0.beginSweep() }) { node.sweep() }
    node.beginAutoCompaction(configuration.autoCompaction)
    return node
  }
}

extension ClusterState {
  /// Applies one entry of the log.
  ///
  /// - Parameter tokens: those that the log has given out, which etcd knows again too after it was started.
  mutating func apply(
    _ entry: RaftEntry, tokens: inout SimpleTokens, _ credentials: Credentials
  ) throws(EtcdError) {
    switch entry.type {
    case .entryNormal:
      // A new leader's own entry is empty.
      if entry.data.isEmpty { return }
      if let request = try? InternalRaftRequest(serializedBytes: entry.data) {
        guard var command = try Command.of(request) else { return }
        // Logs of etcd before 3.5 have passwords in clear.
        if command.hasClearPassword { command = try command.hashingPassword(credentials.hash) }
        if case .success = apply(command, by: Caller(request.header)).reply {
          tokens.follow(command, index: entry.index, now: .zero)
        }
      } else if let request = V2Request(entry.data) {
        if let command = try request.command() { _ = apply(command, by: .root) }
      } else {
        throw EtcdError(.dataLoss, "entry \(entry.index) of the log cannot be read")
      }
    case .entryConfChange: try apply(try decoded(entry) as RaftConfChange)
    case .entryConfChangeV2, .UNRECOGNIZED:
      throw EtcdError(.dataLoss, "entry \(entry.index) of the log is of a kind that a single member never writes")
    }
  }
}

private func encoded(_ message: some Message) throws(EtcdError) -> Data {
  do {
    return try message.serializedBytes()
  } catch {
    throw EtcdError(.internal, "cannot encode a log entry", cause: "\(error)")
  }
}

private func decoded<M: Message>(_ entry: RaftEntry) throws(EtcdError) -> M {
  do {
    return try M(serializedBytes: entry.data)
  } catch {
    throw EtcdError(.dataLoss, "entry \(entry.index) of the log cannot be read", cause: "\(error)")
  }
}

extension NodeConfiguration {
  /// The member's and the cluster's ID by etcd's rule.
  var identity: LogMetadata {
    var identity = LogMetadata()
    identity.nodeID = MemberIdentity.memberID(peerURLs: peerURLs, clusterToken: clusterToken)
    identity.clusterID = MemberIdentity.clusterID(memberIDs: [identity.nodeID])
    return identity
  }

  /// The member as it joins: it publishes its client URLs afterwards.
  var member: Member {
    var member = Member()
    member.id = identity.nodeID
    member.name = name
    member.peerUrls = peerURLs
    return member
  }

  /// What a fresh member tells the log about itself and the cluster.
  fileprivate func publication(of id: UInt64) -> [Command] {
    var version = MembershipClusterVersionSetRequest()
    version.ver = Self.clusterVersion
    return [attributes(of: id), .clusterVersion(version)]
  }

  fileprivate func attributes(of id: UInt64) -> Command {
    var attributes = MembershipClusterMemberAttrSetRequest()
    attributes.memberID = id
    attributes.memberAttributes.name = name
    attributes.memberAttributes.clientUrls = clientURLs
    return .memberAttributes(attributes)
  }

  fileprivate func publishes(anotherThan member: Member) -> Bool {
    publishesAttributes && (member.name != name || member.clientUrls != clientURLs)
  }
}
