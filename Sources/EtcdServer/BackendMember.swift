import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A member as etcd keeps it in JSON: in the backend file's `members` bucket, and in the log entry that adds it.
struct BackendMember: Codable {
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

  /// What the backend's bucket, and etcd's old store, call the member.
  static func key(of id: UInt64) -> String { String(id, radix: 16) }
}

/// Voters and learners as etcd keeps them in JSON in the backend file's `meta` bucket.
struct BackendConfState: Codable {
  var voters: [UInt64]
  var learners: [UInt64]?
  var autoLeave: Bool

  enum CodingKeys: String, CodingKey {
    case voters, learners
    case autoLeave = "auto_leave"
  }

  init(_ confState: RaftConfState) {
    voters = confState.voters
    learners = confState.learners.isEmpty ? nil : confState.learners
    autoLeave = confState.autoLeave
  }
}

/// JSON as bytes, the same for the same value.
func json(_ value: some Encodable) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  guard let data = try? encoder.encode(value) else { preconditionFailure("\(value) has no JSON") }
  return Array(data)
}
