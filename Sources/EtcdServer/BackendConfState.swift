import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

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
