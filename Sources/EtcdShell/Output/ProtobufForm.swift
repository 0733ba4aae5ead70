import EtcdAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `-w protobuf`: the message's own bytes, nothing before, between or behind them.
///
/// Of a lease's replies etcdctl prints the header alone (its Go structs embed the header, and with it the header's
/// marshalling); who parses that expects it, so it is kept.
struct ProtobufForm {
  func write(_ reply: Reply, to out: inout ByteWriter) {
    let message: any Message
    switch reply {
    case .range(let response, _): message = response
    case .put(let response): message = response
    case .deleteRange(let response): message = response
    case .txn(let response): message = response
    case .watch(let response):
      message = WatchResponse.with {
        if response.hasHeader { $0.header = response.header }
        $0.events = response.events
        $0.compactRevision = response.compactRevision
        $0.canceled = response.canceled
        $0.created = response.created
      }
    case .leaseGrant(let response): message = response.header
    case .leaseKeepAlive(let response): message = response.header
    case .leaseTimeToLive(let response, _): message = response.header
    case .leaseLeases(let response): message = response.header
    case .memberList(let response, _): message = response
    case .memberAdd(let response): message = response
    case .memberRemove(_, let response): message = response
    case .memberUpdate(_, let response): message = response
    case .memberPromote(_, let response): message = response
    case .authStatus(let response): message = response
    case .userGet(_, let response): message = response
    case .userList(let response): message = response
    case .roleGet(_, let response): message = response
    case .roleList(let response): message = response
    // Every one of these responses holds a header and no more, so one encodes as any other.
    case .accessChange(_, let header): message = AuthRoleAddResponse.with { $0.header = header }
    case .alarm(let response): message = response
    case .moveLeader(_, _, let response): message = response
    case .leaseRevoke, .endpointHealth, .endpointStatus, .endpointHashKV, .snapshotStatus:
      preconditionFailure("refused by OutputFormat.check")
    }
    let bytes: [UInt8]
    do { bytes = try message.serializedBytes() } catch { preconditionFailure("a decoded message encodes: \(error)") }
    out.raw(bytes)
  }
}
