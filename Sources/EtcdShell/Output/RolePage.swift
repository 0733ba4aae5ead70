import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A role as etcdctl shows it: what may be read, then what may be written.
///
///     Role app
///     KV Read:
///     	/config                              one key
///     	[/app/, /app0) (prefix /app/)        a prefix
///     KV Write:
///     	[/a, <open ended>                    everything from a key on
struct RolePage {
  let name: String
  let permissions: [AuthPermission]
  /// Whether bytes that cannot be printed are escaped.
  var isForTerminal = false

  private static let root = "root"
  private static let zero = Data([0])

  func write(to out: inout ByteWriter) {
    out.line("Role \(name)")
    if name == Self.root, permissions.isEmpty {
      out.line("KV Read:\n\t[, <open ended>\nKV Write:\n\t[, <open ended>")
      return
    }
    out.line("KV Read:")
    for permission in permissions where permission.permType != .write { write(permission, to: &out) }
    out.line("KV Write:")
    for permission in permissions where permission.permType != .read { write(permission, to: &out) }
  }

  private func write(_ permission: AuthPermission, to out: inout ByteWriter) {
    let (key, end) = (permission.key, permission.rangeEnd)
    out.text("\t")
    if end.isEmpty {
      bytes(key, to: &out)
      return out.newline()
    }
    out.text("[")
    bytes(key, to: &out)
    out.text(", ")
    if end == Self.zero {
      out.text("<open ended>")
    } else {
      bytes(end, to: &out)
      out.text(")")
    }
    if !key.isEmpty, KeyRange.end(ofPrefix: key) == end {
      out.text(" (prefix ")
      bytes(key, to: &out)
      out.text(")")
    }
    out.newline()
  }

  private func bytes(_ bytes: Data, to out: inout ByteWriter) {
    if isForTerminal { out.text(pastable(bytes)) } else { out.raw(bytes) }
  }
}
