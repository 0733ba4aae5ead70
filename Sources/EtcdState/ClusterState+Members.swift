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
      return try JSONDecoder().decode(MemberContext.self, from: change.context).member
    } catch {
      throw EtcdError(
        .dataLoss, "the log holds a membership change that cannot be read", cause: "\(error)")
    }
  }
}

extension RaftConfChange {
  /// The change that adds a member, its context as etcd writes it.
  public init(adding member: Member) {
    self.init()
    type = .confChangeAddNode
    nodeID = member.id
    context = MemberContext(member).encoded
  }

  /// The change that gives a member other peer URLs.
  public init(updating member: Member) {
    self.init(adding: member)
    type = .confChangeUpdateNode
  }
}

/// A member as a membership entry's context spells it, in JSON (server/etcdserver/api/membership/member.go).
private struct MemberContext: Codable {
  var id: UInt64
  var peerURLs: [String]?
  var isLearner: Bool?
  var name: String?
  var clientURLs: [String]?

  init(_ member: Member) {
    id = member.id
    peerURLs = member.peerUrls
    isLearner = member.isLearner ? true : nil
    name = member.name.isEmpty ? nil : member.name
    clientURLs = member.clientUrls.isEmpty ? nil : member.clientUrls
  }

  var member: Member {
    var member = Member()
    member.id = id
    member.peerUrls = peerURLs ?? []
    member.isLearner = isLearner ?? false
    member.name = name ?? ""
    member.clientUrls = clientURLs ?? []
    return member
  }

  var encoded: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // Strings and numbers always encode.
    return try! encoder.encode(self)
  }
}
