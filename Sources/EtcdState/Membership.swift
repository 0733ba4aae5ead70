import EtcdAPI

/// Who is in the cluster, as the log says.
public struct Membership: Sendable, Equatable {
  /// Ascending by ID.
  public private(set) var members: [Member] = []
  /// IDs that may never come back, ascending.
  public private(set) var removed: [UInt64] = []
  /// The version that all members can speak, such as `3.5.0`; empty before it is agreed.
  public internal(set) var clusterVersion = ""

  public init() {}

  public init(members: [Member], removed: [UInt64], clusterVersion: String) {
    self.members = members.sorted { $0.id < $1.id }
    self.removed = removed.sorted()
    self.clusterVersion = clusterVersion
  }

  public subscript(id: UInt64) -> Member? { members.first { $0.id == id } }

  /// Members that vote, and those that only learn.
  public var confState: RaftConfState {
    var state = RaftConfState()
    state.voters = members.filter { !$0.isLearner }.map(\.id)
    state.learners = members.filter(\.isLearner).map(\.id)
    return state
  }

  mutating func put(_ member: Member) {
    members.removeAll { $0.id == member.id }
    members.append(member)
    members.sort { $0.id < $1.id }
  }

  mutating func remove(_ id: UInt64) {
    members.removeAll { $0.id == id }
    if !removed.contains(id) {
      removed.append(id)
      removed.sort()
    }
  }

  mutating func setAttributes(of id: UInt64, name: String, clientURLs: [String]) {
    guard let index = members.firstIndex(where: { $0.id == id }) else { return }
    members[index].name = name
    members[index].clientUrls = clientURLs
  }
}
