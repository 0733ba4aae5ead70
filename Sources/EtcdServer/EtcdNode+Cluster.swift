import EtcdAPI
import EtcdState

/// Answers about members carry no revision, as in etcd.
extension EtcdNode {
  public func memberList(_ request: MemberListRequest, by caller: Caller, then: Completion<MemberListResponse>) {
    answerAboutMembers(then) { state throws(EtcdError) in
      try state.checkIdentified(caller)
      var response = MemberListResponse()
      response.members = state.membership.members
      return response
    }
  }

  public func memberAdd(_ request: MemberAddRequest, by caller: Caller, then: Completion<MemberAddResponse>) {
    answerAboutMembers(then) { state throws(EtcdError) in
      guard PeerURL.areValid(request.peerUrls) else {
        throw .memberBadURLs.explained(remedy: "give URLs such as http://10.0.0.1:2380, each with host and port")
      }
      try state.checkAdministrator(caller)
      if state.membership.members.contains(where: { !Set($0.peerUrls).isDisjoint(with: request.peerUrls) }) {
        throw .peerURLExists
      }
      throw Self.staysAlone
    }
  }

  public func memberRemove(_ request: MemberRemoveRequest, by caller: Caller, then: Completion<MemberRemoveResponse>) {
    answerAboutMembers(then) { state throws(EtcdError) in
      try state.checkAdministrator(caller)
      guard state.membership[request.id] != nil else { throw .memberNotFound }
      throw .memberNotEnoughStarted.explained(
        cause: "this member is the only one; without it there is no cluster", remedy: "to end the node, stop it")
    }
  }

  public func memberUpdate(_ request: MemberUpdateRequest, by caller: Caller, then: Completion<MemberUpdateResponse>) {
    answerAboutMembers(then) { state throws(EtcdError) in
      try state.checkAdministrator(caller)
      guard state.membership[request.id] != nil else { throw .memberNotFound }
      throw Self.staysAlone
    }
  }

  public func memberPromote(
    _ request: MemberPromoteRequest, by caller: Caller, then: Completion<MemberPromoteResponse>
  ) {
    answerAboutMembers(then) { state throws(EtcdError) in
      try state.checkAdministrator(caller)
      guard state.membership[request.id] != nil else { throw .memberNotFound }
      throw .memberNotLearner
    }
  }

  public func moveLeader(_ request: MoveLeaderRequest, by caller: Caller, then: Completion<MoveLeaderResponse>) {
    answerAboutMembers(then) { state throws(EtcdError) in
      try state.checkAdministrator(caller)
      // To lead already is no move, and succeeds in etcd too.
      guard state.membership[request.targetID] != nil else { throw .badLeaderTransferee }
      return MoveLeaderResponse()
    }
  }

  private static let staysAlone = EtcdError(
    .unimplemented, "etcdserver: this node takes no further members",
    cause: "it does not replicate to others yet",
    remedy: "start etcd servers and connect to them")

  private func answerAboutMembers<Response: HeadedResponse>(
    _ then: Completion<Response>, _ body: (ClusterState) throws(EtcdError) -> Response
  ) {
    do throws(EtcdError) {
      var response = try body(try snapshot())
      fill(&response.header)
      response.header.revision = 0
      then(.success(response))
    } catch {
      then(.failure(error))
    }
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
