import Checksums
import DiskIO
import EtcdAPI
import EtcdState

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The small file that tells etcd up to 3.6 where the log begins: `member/snap/TERM-INDEX.snap`.
///
/// We do not need it. etcd does as soon as the log's first segments are gone: it then looks for the newest of these
/// that the log has a snapshot record for, and takes from it who the members are, in the form of its store of version 2
/// (server/etcdserver/api/snap, api/v2store).
struct SnapshotMarker {
  static let suffix = ".snap"

  var position: LogPosition
  var membership: Membership

  var fileName: String { "\(hexadecimal(position.term))-\(hexadecimal(position.index))\(Self.suffix)" }

  /// The file's content: `snappb.Snapshot`, a `raftpb.Snapshot` behind its CRC-32C.
  var bytes: [UInt8] {
    var snapshot = RaftSnapshot()
    snapshot.data = Data(json(store))
    snapshot.metadata.confState = membership.confState
    snapshot.metadata.index = position.index
    snapshot.metadata.term = position.term
    let data = serialized(snapshot)
    var bytes: [UInt8] = [0x08]
    appendVarint(UInt64(CRC32C.checksum(data)), to: &bytes)
    bytes.append(0x12)
    appendVarint(UInt64(data.count), to: &bytes)
    return bytes + data
  }

  /// The record in the log that makes the file valid.
  var logRecord: LogSnapshot {
    var record = LogSnapshot()
    record.index = position.index
    record.term = position.term
    record.confState = membership.confState
    return record
  }

  private struct V2Store: Encodable {
    var root: V2Node
    var currentVersion = 2

    enum CodingKeys: String, CodingKey {
      case root = "Root"
      case currentVersion = "CurrentVersion"
    }
  }

  /// A folder when it has children, else a file.
  private struct V2Node: Encodable {
    var path: String
    var value = ""
    var children: [String: V2Node]?

    enum CodingKeys: String, CodingKey {
      case path = "Path"
      case value = "Value"
      case children = "Children"
    }

    static func folder(_ path: String, _ children: [V2Node]) -> V2Node {
      let named = children.map { (String($0.path[$0.path.index(after: $0.path.lastIndex(of: "/")!)...]), $0) }
      return V2Node(path: path, children: Dictionary(uniqueKeysWithValues: named))
    }

    static func file(_ path: String, _ value: [UInt8]) -> V2Node {
      V2Node(path: path, value: String(decoding: value, as: UTF8.self))
    }
  }

  private var store: V2Store {
    struct RaftAttributes: Encodable {
      var peerURLs: [String]
      var isLearner: Bool?
    }
    struct Attributes: Encodable {
      var name: String
      var clientURLs: [String]
    }
    let members = membership.members.map { member in
      let path = "/0/members/\(StoredMember.key(of: member.id))"
      return V2Node.folder(
        path,
        [
          .file(
            "\(path)/raftAttributes",
            json(RaftAttributes(peerURLs: member.peerUrls, isLearner: member.isLearner ? true : nil))),
          .file("\(path)/attributes", json(Attributes(name: member.name, clientURLs: member.clientUrls))),
        ])
    }
    let removed = membership.removed.map { V2Node.file("/0/removed_members/\(StoredMember.key(of: $0))", []) }
    var cluster = [V2Node.folder("/0/members", members), .folder("/0/removed_members", removed)]
    let version = membership.clusterVersion
    if !version.isEmpty { cluster.append(.file("/0/version", Array(version.utf8))) }
    return V2Store(root: .folder("/", [.folder("/0", cluster), .folder("/1", [])]))
  }

  private func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

func appendVarint(_ number: UInt64, to bytes: inout [UInt8]) {
  var rest = number
  while rest >= 0x80 {
    bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
}
