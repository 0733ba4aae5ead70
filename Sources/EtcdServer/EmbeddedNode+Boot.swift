import EtcdAPI
import EtcdState

extension EmbeddedNode {
  /// Starts a node.
  ///
  /// A fresh one begins as etcd's does: revision 1, term 2, and four entries in its log:
  ///
  ///     index 1  term 1   the member joins
  ///           2       2   the leader's empty entry
  ///           3       2   the member's name and client URLs
  ///           4       2   the cluster's version
  public static func boot(_ configuration: NodeConfiguration = .inMemory) throws(EtcdError) -> EmbeddedNode {
    var member = Member()
    member.id = MemberIdentity.memberID(peerURLs: configuration.peerURLs, clusterToken: configuration.clusterToken)
    member.peerUrls = configuration.peerURLs
    var state = ClusterState()
    state.add(member)
    for command in publication(of: member.id, configuration) { _ = state.apply(command) }
    return EmbeddedNode(
      core: NodeCore(state: state, index: 4, term: 2), clusterID: MemberIdentity.clusterID(memberIDs: [member.id]),
      memberID: member.id)
  }

  /// What a fresh member tells the log about itself and the cluster.
  private static func publication(of id: UInt64, _ configuration: NodeConfiguration) -> [Command] {
    var attributes = MembershipClusterMemberAttrSetRequest()
    attributes.memberID = id
    attributes.memberAttributes.name = configuration.name
    attributes.memberAttributes.clientUrls = configuration.clientURLs
    var version = MembershipClusterVersionSetRequest()
    version.ver = NodeConfiguration.clusterVersion
    return [.memberAttributes(attributes), .clusterVersion(version)]
  }
}
