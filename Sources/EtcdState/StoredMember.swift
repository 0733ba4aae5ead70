import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A member as etcd keeps it in JSON: in the log entry that adds it (server/etcdserver/api/membership/member.go), and in
/// the backend file's `members` bucket.
public struct StoredMember: Codable {
  private var id: UInt64
  private var peerURLs: [String]?
  private var isLearner: Bool?
  private var name: String?
  private var clientURLs: [String]?

  public init(_ member: Member) {
    id = member.id
    peerURLs = member.peerUrls
    isLearner = member.isLearner ? true : nil
    name = member.name.isEmpty ? nil : member.name
    clientURLs = member.clientUrls.isEmpty ? nil : member.clientUrls
  }

  public init(json: Data) throws { self = try JSONDecoder().decode(Self.self, from: json) }

  public var member: Member {
    var member = Member()
    member.id = id
    member.peerUrls = peerURLs ?? []
    member.isLearner = isLearner ?? false
    member.name = name ?? ""
    member.clientUrls = clientURLs ?? []
    return member
  }

  /// The same bytes for the same member.
  public var json: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and numbers always encode.
    return try! encoder.encode(self)
  }

  /// What the backend's bucket, and etcd's old store, call the member.
  public static func key(of id: UInt64) -> String { String(id, radix: 16) }
}
