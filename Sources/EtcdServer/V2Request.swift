import EtcdAPI
import EtcdState

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A write to etcd's store of version 2. Members of etcd up to 3.5 publish their names and the cluster's version this
/// way, so their logs hold some (`etcdserverpb.Request`, server/etcdserver/apply_v2.go).
struct V2Request {
  private var method = ""
  private var path = ""
  private var value: [UInt8] = []

  /// Nil when the bytes are no such request.
  init?(_ bytes: Data) {
    var rest = bytes[...]
    func number() -> UInt64? {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while let byte = rest.popFirst(), shift < 64 {
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      return nil
    }
    while !rest.isEmpty {
      guard let tag = number(), let value = number() else { return nil }
      switch tag & 7 {
      case 0: break
      case 2:
        guard value <= rest.count else { return nil }
        let run = rest.prefix(Int(value))
        rest = rest.dropFirst(Int(value))
        switch tag >> 3 {
        case 2: method = String(decoding: run, as: UTF8.self)
        case 3: path = String(decoding: run, as: UTF8.self)
        case 4: self.value = Array(run)
        default: break
        }
      default: return nil
      }
    }
    if method.isEmpty { return nil }
  }

  /// What the request means here: nil for one that changes nothing.
  func command() throws(EtcdError) -> Command? {
    let names = path.split(separator: "/")
    switch (method, names.count) {
    case ("PUT", 4) where names[0] == "0" && names[1] == "members" && names[3] == "attributes":
      struct Attributes: Decodable {
        var name: String?
        var clientURLs: [String]?
      }
      guard let id = UInt64(names[2], radix: 16),
        let attributes = try? JSONDecoder().decode(Attributes.self, from: Data(value))
      else { break }
      var request = MembershipClusterMemberAttrSetRequest()
      request.memberID = id
      request.memberAttributes.name = attributes.name ?? ""
      request.memberAttributes.clientUrls = attributes.clientURLs ?? []
      return .memberAttributes(request)
    case ("PUT", 2) where names[0] == "0" && names[1] == "version":
      var request = MembershipClusterVersionSetRequest()
      request.ver = String(decoding: value, as: UTF8.self)
      return .clusterVersion(request)
    case ("SYNC", _), ("QGET", _): return nil
    default: break
    }
    throw EtcdError(
      .unimplemented, "the log holds a request to etcd's store of version 2, which this node does not keep",
      cause: "\(method) \(path)", remedy: "serve the folder with etcd, or restore a snapshot of it into a new folder")
  }
}
