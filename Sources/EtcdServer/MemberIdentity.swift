import Crypto

/// IDs by etcd's rule, so that a node made here and one made by etcd from the same settings are the same
/// (server/etcdserver/api/membership).
enum MemberIdentity {
  /// The first 8 bytes of SHA-1 over the sorted peer URLs and the cluster's token.
  static func memberID(peerURLs: [String], clusterToken: String) -> UInt64 {
    prefix(of: Array((peerURLs.sorted().joined() + clusterToken).utf8))
  }

  /// The first 8 bytes of SHA-1 over the sorted member IDs, 8 bytes each.
  static func clusterID(memberIDs: [UInt64]) -> UInt64 {
    prefix(of: memberIDs.sorted().flatMap { id in withUnsafeBytes(of: id.bigEndian) { Array($0) } })
  }

  private static func prefix(of bytes: [UInt8]) -> UInt64 {
    Insecure.SHA1.hash(data: bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
