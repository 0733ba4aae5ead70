import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let roleAdd = Command(
    "role add", group: .auth, summary: "Adds a new role", parameters: [Parameter("role", .role)],
    examples: ["role add app"], writes: true, wordsMessage: "role add command requires role name as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let name = invocation.words[0].text
    let response = try await invocation.etcd.roleAdd(.with { $0.name = name })
    try invocation.show(.accessChange("Role \(name) created", response.header))
  }

  static let roleDelete = Command(
    "role delete", group: .auth, summary: "Deletes a role", parameters: [Parameter("role", .role)],
    examples: ["role add app", "role delete app"], writes: true,
    wordsMessage: "role delete command requires role name as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let name = invocation.words[0].text
    let response = try await invocation.etcd.roleDelete(.with { $0.role = name })
    try invocation.show(.accessChange("Role \(name) deleted", response.header))
  }

  static let roleGet = Command(
    "role get", group: .auth, summary: "Gets detailed information of a role", parameters: [Parameter("role", .role)],
    examples: ["role add app", "role grant-permission app read /app/ --prefix", "role get app"],
    wordsMessage: "role get command requires role name as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let name = invocation.words[0].text
    try invocation.show(.roleGet(name: name, try await invocation.etcd.roleGet(.with { $0.role = name })))
  }

  static let roleList = Command(
    "role list", group: .auth, summary: "Lists all roles", examples: ["role list"],
    wordsMessage: "role list command requires no arguments"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    try invocation.show(.roleList(try await invocation.etcd.roleList(AuthRoleListRequest())))
  }

  static let roleGrantPermission = Command(
    "role grant-permission", group: .auth, summary: "Grants a key to a role",
    parameters: [
      Parameter("role", .role), Parameter("permission", .text), Parameter("key", .key),
      Parameter("endkey", .key, optional: true),
    ],
    flags: [
      Flag("prefix", nil, .bool, "grant a prefix permission"),
      Flag(
        "from-key", nil, .bool,
        "grant a permission of keys that are greater than or equal to the given key using byte compare"),
    ],
    details: "A permission is read, write or readwrite. With an endkey it is for every key from the first up to it.",
    examples: ["role add app", "role grant-permission app readwrite /app/ --prefix"], writes: true,
    wordsMessage: "role grant command requires role name, permission type, and key [endkey] as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let name = invocation.words[0].text
    let permission = try invocation.permission()
    let response = try await invocation.etcd.roleGrantPermission(
      .with {
        $0.name = name
        $0.perm = permission
      })
    try invocation.show(.accessChange("Role \(name) updated", response.header))
  }

  static let roleRevokePermission = Command(
    "role revoke-permission", group: .auth, summary: "Revokes a key from a role",
    parameters: [Parameter("role", .role), Parameter("key", .key), Parameter("endkey", .key, optional: true)],
    flags: [
      Flag("prefix", nil, .bool, "revoke a prefix permission"),
      Flag(
        "from-key", nil, .bool,
        "revoke a permission of keys that are greater than or equal to the given key using byte compare"),
    ],
    details: "Key and endkey are those of a permission that was granted.",
    examples: [
      "role add app", "role grant-permission app read /app/ --prefix", "role revoke-permission app /app/ --prefix",
    ], writes: true,
    wordsMessage: "role revoke-permission command requires role name and key [endkey] as its argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let name = invocation.words[0].text
    let range = try invocation.permittedRange(at: 1)
    let response = try await invocation.etcd.roleRevokePermission(
      .with {
        $0.role = name
        $0.key = range.key
        $0.rangeEnd = range.end
      })
    // As etcdctl: the key as it was typed, though an empty one stands for a zero byte.
    let (key, end) = (invocation.shown(Data(invocation.words[1].bytes)), invocation.shown(range.end))
    let what =
      switch range.end {
      case Data(): "key \(key)"
      case Data([0]): "range [\(key), <open ended>"
      default: "range [\(key), \(end))"
      }
    try invocation.show(.accessChange("Permission of \(what) is revoked from role \(name)", response.header))
  }
}

extension Invocation {
  fileprivate func permission() throws(ShellError) -> AuthPermission {
    var permission = AuthPermission()
    switch words[1].text.uppercased() {
    case "READ": permission.permType = .read
    case "WRITE": permission.permType = .write
    case "READWRITE": permission.permType = .readwrite
    default:
      throw .badArguments(
        "invalid permission type: \(words[1].shown)", remedy: "one of read, write, readwrite", at: words[1])
    }
    let range = try permittedRange(at: 2)
    permission.key = range.key
    permission.rangeEnd = range.end
    return permission
  }

  /// The keys that the words from `index` on name. The empty key stands for a zero byte, the least there can be.
  fileprivate func permittedRange(at index: Int) throws(ShellError) -> KeyRange {
    let (isPrefix, isFromKey) = (bool("prefix"), bool("from-key"))
    let key = Data(words[index].bytes)
    let end = words.count > index + 1 ? words[index + 1] : nil
    if let end, !key.isEmpty {
      for (name, isSet) in [("prefix", isPrefix), ("from-key", isFromKey)] where isSet {
        throw .badArguments("unexpected endkey argument with --\(name) flag", at: end)
      }
      return KeyRange(key: key, end: Data(end.bytes))
    }
    if isPrefix, isFromKey { throw .badArguments("--from-key and --prefix flags are mutually exclusive") }
    if key.isEmpty { return isPrefix || isFromKey ? .all : KeyRange(key: Data([0])) }
    if isPrefix { return KeyRange(prefix: key) }
    return isFromKey ? KeyRange(from: key) : KeyRange(key: key)
  }

  /// Bytes in a sentence.
  fileprivate func shown(_ bytes: Data) -> String {
    console.isTerminal ? pastable(bytes) : String(decoding: bytes, as: UTF8.self)
  }
}
