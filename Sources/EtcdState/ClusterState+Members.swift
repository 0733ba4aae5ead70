import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ClusterState {
  /// Adds the member that a new cluster begins with.
  public mutating func add(_ member: Member) { membership.put(member) }

  /// Applies what a membership entry of the log says.
  ///
  /// - Throws: an error that names the entry when its member cannot be read.
  public mutating func apply(_ change: RaftConfChange) throws(EtcdError) {
    switch change.type {
    case .confChangeRemoveNode: membership.remove(change.nodeID)
    case .confChangeAddNode, .confChangeAddLearnerNode:
      var member = try Self.member(in: change)
      // A promotion carries no name: what the member has published stays.
      if let known = membership[member.id] {
        member.name = known.name
        member.clientUrls = known.clientUrls
      }
      membership.put(member)
    case .confChangeUpdateNode:
      var member = try Self.member(in: change)
      guard let known = membership[member.id] else { return }
      member.name = known.name
      member.clientUrls = known.clientUrls
      member.isLearner = known.isLearner
      membership.put(member)
    case .UNRECOGNIZED(let number):
      throw EtcdError(.dataLoss, "the log holds a membership change of unknown kind \(number)")
    }
  }

  private static func member(in change: RaftConfChange) throws(EtcdError) -> Member {
    do {
      return try StoredMember(json: change.context).member
    } catch {
      throw EtcdError(
        .dataLoss, "the log holds a membership change that cannot be read", cause: "\(error)")
    }
  }
}

extension ClusterState {
  /// Leaves everything as it is but the members: the state is that of a new cluster, founded by this one.
  public mutating func beginCluster(of founder: Member) {
    membership = Membership(members: [founder], removed: [], clusterVersion: "")
  }
}

extension RaftConfChange {
  /// The change that adds a member, its context as etcd writes it.
  public init(adding member: Member) {
    self.init()
    type = .confChangeAddNode
    nodeID = member.id
    context = StoredMember(member).json
  }

  /// The change that removes a member.
  public init(removing id: UInt64) {
    self.init()
    type = .confChangeRemoveNode
    nodeID = id
  }

  /// The change that gives a member other peer URLs.
  public init(updating member: Member) {
    self.init(adding: member)
    type = .confChangeUpdateNode
  }
}
