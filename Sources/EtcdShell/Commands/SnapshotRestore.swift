import DiskIO

extension Command {
  static let snapshotRestore = Command(
    "snapshot restore", group: .maintenance, summary: "Restores an etcd member snapshot to an etcd directory",
    parameters: [Parameter("file", .file)],
    flags: [
      Flag("data-dir", nil, .file, default: "NAME.etcd", "path to the output data directory"),
      Flag("wal-dir", nil, .file, "path to the WAL directory (use --data-dir if none given)"),
      Flag("name", nil, .text, default: "default", "human-readable name for this member"),
      Flag(
        "initial-cluster", nil, .text, default: "default=http://localhost:2380",
        "initial cluster configuration for restore bootstrap"),
      Flag(
        "initial-cluster-token", nil, .text, default: "etcd-cluster",
        "initial cluster token for the etcd cluster during restore bootstrap"),
      Flag(
        "initial-advertise-peer-urls", nil, .text, default: "http://localhost:2380",
        "list of this member's peer URLs to advertise to the rest of the cluster"),
      Flag(
        "skip-hash-check", nil, .bool,
        "ignore snapshot integrity hash value (required if copied from data directory)"),
    ],
    details: """
      Makes the data folder of a member of a new cluster, which etcd or etch then serves. For a cluster of several, each
      member restores the same file under its own name. No node is asked.
      """,
    examples: ["snapshot save backup.db", "snapshot restore backup.db --data-dir restored.etcd"],
    wordsMessage: "snapshot restore requires exactly one argument"
  ) { invocation in
    try invocation.restoreSnapshot()
  }
}

extension Invocation {
  fileprivate func restoreSnapshot() throws(ShellError) {
    if session.program == .etcdctl {
      console.writeErrorLine("Deprecated: Use `etcdutl snapshot restore` instead.\n")
    }
    if session.program == .etcdutl { try require("data-dir") }
    let path = words[0].text
    let name = text("name") ?? "default"
    let folder = text("data-dir").flatMap { $0.isEmpty ? nil : $0 } ?? "\(name).etcd"
    let logFolder = text("wal-dir").flatMap { $0.isEmpty ? nil : $0 } ?? "\(folder)/member/wal"
    let members = try founders(name)
    let identity: (memberID: UInt64, clusterID: UInt64)
    do {
      try SnapshotFile(path: path).check(skippingHash: bool("skip-hash-check"))
      identity = try session.localNodes.restore(
        LocalNodes.Restoration(
          snapshot: path, folder: folder, logFolder: logFolder, name: name, members: members,
          clusterToken: text("initial-cluster-token") ?? "etcd-cluster"))
    } catch let error as DiskError {
      // etcdctl's status, which is not that of files elsewhere.
      throw ShellError(error.description, remedy: error.remedy)
    } catch {
      throw ShellError(any: error)
    }
    console.writeErrorLine(
      "restored \(path) into \(folder): member \(memberText(identity.memberID)) "
        + "of cluster \(memberText(identity.clusterID))")
  }

  /// The members that `--initial-cluster` names, with etcd's checks.
  private func founders(_ name: String) throws(ShellError) -> [(name: String, peerURLs: [String])] {
    let word = flagWord("initial-cluster")
    func refuse(_ message: String, remedy: String? = nil) -> ShellError {
      ShellError(message, remedy: remedy, at: word)
    }
    let own = try Self.urls((text("initial-advertise-peer-urls") ?? "http://localhost:2380").split(separator: ","))
    var urls: [String: [String]] = [:]
    for pair in (text("initial-cluster") ?? "default=http://localhost:2380").split(separator: ",") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      urls[String(parts[0]).trimmed, default: []].append(parts.count == 2 ? String(parts[1]) : "")
    }
    let members = try urls.keys.sorted().map { name throws(ShellError) in
      (name: name, peerURLs: try Self.urls(urls[name]!.map { $0[...] }))
    }
    guard let mine = members.first(where: { $0.name == name }) else {
      throw refuse(
        "couldn't find local name \"\(name)\" in the initial cluster configuration",
        remedy: "--initial-cluster names every member, this one among them: --initial-cluster \(name)=URL,…")
    }
    let missing = mine.peerURLs.filter { !own.contains($0) }
    if !missing.isEmpty {
      throw refuse(
        "--initial-cluster has \(missing.map { "\(name)=\($0)" }.joined(separator: ",")) "
          + "but missing from --initial-advertise-peer-urls=\(own.joined(separator: ","))")
    }
    if let extra = own.first(where: { !mine.peerURLs.contains($0) }) {
      throw refuse(
        "--initial-advertise-peer-urls has \(extra) but missing from "
          + "--initial-cluster=\(mine.peerURLs.map { "\(name)=\($0)" }.joined(separator: ","))")
    }
    let all = members.flatMap(\.peerURLs)
    if Set(all).count < all.count {
      let shown = members.flatMap { member in member.peerURLs.map { "\(member.name)=\($0)" } }
      throw refuse("initial cluster \(shown.joined(separator: ",")) has duplicate url")
    }
    return members
  }

  private static func urls(_ texts: [Substring]) throws(ShellError) -> [String] {
    var urls: [String] = []
    for text in texts {
      let url = String(text).trimmed
      if let message = PeerURL.flaw(in: url) { throw ShellError(message, remedy: "as in http://10.0.0.2:2380") }
      urls.append(url)
    }
    return urls.sorted()
  }

  /// A flag that etcdutl cannot do without.
  func require(_ flag: String) throws(ShellError) {
    if !isGiven(flag) { throw ShellError("required flag(s) \"\(flag)\" not set", remedy: "usage: \(command.usage)") }
  }
}
