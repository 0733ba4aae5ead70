import EtcdAPI

/// A reply as rows under headings: what `-w table` draws, `-w simple` joins with commas and a terminal aligns.
struct ReplyTable {
  var headings: [String]
  var rows: [[String]]

  init(headings: [String], rows: [[String]]) {
    self.headings = headings
    self.rows = rows
  }

  /// Nil for a reply that is no table.
  init?(_ reply: Reply) {
    switch reply {
    case .memberList(let response, _):
      headings = ["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"]
      rows = response.members.map { member in
        [
          memberText(member.id), member.name.isEmpty ? "unstarted" : "started", member.name,
          member.peerUrls.joined(separator: ","), member.clientUrls.joined(separator: ","), "\(member.isLearner)",
        ]
      }
    case .endpointHealth(let endpoints):
      headings = ["endpoint", "health", "took", "error"]
      rows = endpoints.map { [$0.endpoint, "\($0.isHealthy)", durationText($0.took), $0.error ?? ""] }
    case .endpointStatus(let endpoints):
      headings = [
        "endpoint", "ID", "version", "db size", "is leader", "is learner", "raft term", "raft index",
        "raft applied index", "errors",
      ]
      rows = endpoints.map { entry in
        let status = entry.status
        return [
          entry.endpoint, memberText(status.header.memberID), status.version, sizeText(status.dbSize),
          "\(status.leader == status.header.memberID)", "\(status.isLearner)", "\(status.raftTerm)",
          "\(status.raftIndex)", "\(status.raftAppliedIndex)", status.errors.joined(separator: ", "),
        ]
      }
    case .endpointHashKV(let endpoints):
      headings = ["endpoint", "hash"]
      rows = endpoints.map { [$0.endpoint, "\($0.hash.hash)"] }
    case .snapshotStatus(let status):
      headings = ["hash", "revision", "total keys", "total size"]
      rows = [
        [String(status.hash, radix: 16), "\(status.revision)", "\(status.totalKeys)", sizeText(status.totalSize)]
      ]
    default: return nil
    }
  }
}
