import EtcdAPI
import EtcdState

extension EtcdNode {
  public func memberList(_ request: MemberListRequest) async throws(EtcdError) -> MemberListResponse {
    var response = MemberListResponse()
    response.members = try snapshot().membership.members
    response.header = memberHeader
    return response
  }

  public func memberAdd(_ request: MemberAddRequest) async throws(EtcdError) -> MemberAddResponse {
    let members = try snapshot().membership.members
    guard PeerURL.areValid(request.peerUrls) else {
      throw .memberBadURLs.explained(remedy: "give URLs such as http://10.0.0.1:2380, each with host and port")
    }
    if members.contains(where: { !Set($0.peerUrls).isDisjoint(with: request.peerUrls) }) { throw .peerURLExists }
    throw Self.staysAlone
  }

  public func memberRemove(_ request: MemberRemoveRequest) async throws(EtcdError) -> MemberRemoveResponse {
    guard try snapshot().membership[request.id] != nil else { throw .memberNotFound }
    throw .memberNotEnoughStarted.explained(
      cause: "this member is the only one; without it there is no cluster",
      remedy: "to end the node, leave the shell")
  }

  public func memberUpdate(_ request: MemberUpdateRequest) async throws(EtcdError) -> MemberUpdateResponse {
    guard try snapshot().membership[request.id] != nil else { throw .memberNotFound }
    throw Self.staysAlone
  }

  public func memberPromote(_ request: MemberPromoteRequest) async throws(EtcdError) -> MemberPromoteResponse {
    guard try snapshot().membership[request.id] != nil else { throw .memberNotFound }
    throw .memberNotLearner
  }

  public func moveLeader(_ request: MoveLeaderRequest) async throws(EtcdError) -> MoveLeaderResponse {
    // To lead already is no move, and succeeds in etcd too.
    guard try snapshot().membership[request.targetID] != nil else { throw .badLeaderTransferee }
    return MoveLeaderResponse()
  }

  private static let staysAlone = EtcdError(
    .unimplemented, "etcdserver: the embedded node takes no further members",
    cause: "it runs inside this process and listens on no address where another member could reach it",
    remedy: "start etcd servers and connect to them")

  /// Answers about members carry no revision, as in etcd.
  private var memberHeader: ResponseHeader {
    var header = ResponseHeader()
    fill(&header)
    header.revision = 0
    return header
  }
}

enum PeerURL {
  /// Whether etcd would take these as a member's peer URLs: at least one, each `http://host:port` or `https://…`
  /// without a path (client/pkg/types/urls.go).
  static func areValid(_ urls: [String]) -> Bool {
    !urls.isEmpty
      && urls.allSatisfy { url in
        guard let scheme = ["http://", "https://"].first(where: url.hasPrefix) else { return false }
        let address = url.dropFirst(scheme.count)
        guard let colon = address.lastIndex(of: ":"), colon > address.startIndex else { return false }
        return UInt16(address[address.index(after: colon)...]) != nil && !address.contains("/")
      }
  }
}
