import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `ETCDCTL_API=2 etcdctl`: the commands of 2017 as they were, on the keys that all others see.
///
/// They had a store of their own, with directories, and a time to live for each key. What needs that store is refused.
extension CommandTable {
  static let etcdctl2 = CommandTable(
    [
      .set, .mk, .update, .rm, .ls, .mkdir, .rmdir, .getValue, .clusterHealth, .memberLines, .memberAdd,
      .memberRemovedLine, .memberUpdatedLine, .version2, .help,
    ] + Command.notFollowed, for: .etcdctl)
}

extension Command {
  fileprivate static let getValue = Command(
    "get", group: .keys, summary: "Retrieves the value of a key", parameters: [Parameter("key", .key)],
    flags: [
      Flag("sort", nil, .bool, "returns result in sorted order"),
      Flag("quorum", "q", .bool, "require quorum for get request (it always is)"),
    ], examples: ["get /app/port"]
  ) { invocation in
    let key = Data(invocation.words[0].bytes)
    let response = try await invocation.etcd.range(.with { $0.key = key })
    guard let found = response.kvs.first else {
      throw KeyError.keyNotFound(key).error(at: response.header.revision, word: invocation.words[0])
    }
    try invocation.show(.range(.with { $0.kvs = [found] }, valueOnly: true))
  }

  fileprivate static let memberLines = Command(
    "member list", group: .members, summary: "Enumerates existing cluster members", examples: ["member list"]
  ) { invocation in
    let etcd = invocation.etcd
    let leader = await etcd.leader() ?? 0
    for member in try await etcd.memberList(.with { $0.linearizable = true }).members {
      let id = memberText(member.id)
      let peers = member.peerUrls.joined(separator: ",")
      invocation.showLine(
        member.name.isEmpty
          ? "\(id)[unstarted]: peerURLs=\(peers)"
          : "\(id): name=\(member.name) peerURLs=\(peers) clientURLs=\(member.clientUrls.joined(separator: ",")) "
            + "isLeader=\(member.id == leader)")
    }
  }

  fileprivate static let memberRemovedLine = Command(
    "member remove", group: .members, summary: "Removes an existing member from the cluster",
    parameters: [Parameter("member", .member)], examples: ["member remove 8211f1d0f64f3269"], writes: true
  ) { invocation in
    let id = try await invocation.member(at: 0)
    _ = try await invocation.etcd.memberRemove(.with { $0.id = id })
    invocation.showLine("Removed member \(memberText(id)) from cluster")
  }

  fileprivate static let memberUpdatedLine = Command(
    "member update", group: .members, summary: "Updates an existing member in the cluster",
    parameters: [Parameter("member", .member), Parameter("peer_url", .url)],
    examples: ["member update 8211f1d0f64f3269 http://10.0.0.3:2380"], writes: true
  ) { invocation in
    let urls = invocation.words[1].text.split(separator: ",").map(String.init)
    for url in urls {
      if let message = PeerURL.flaw(in: url) { throw ShellError(message, at: invocation.words[1]) }
    }
    let id = try await invocation.member(at: 0)
    _ = try await invocation.etcd.memberUpdate(
      .with {
        $0.id = id
        $0.peerUrls = urls
      })
    invocation.showLine("Updated member with ID \(memberText(id)) in cluster")
  }

  fileprivate static let version2 = Command(
    "version", group: .session, summary: "Prints the version of etcdctl", examples: ["version"]
  ) { invocation in
    invocation.showLine("etcdctl version: \(Version.etcd)\nAPI version: 2")
  }

  fileprivate static let notFollowed: [Command] = [
    ("backup", "`etcdctl snapshot save` saves what is stored"), ("setdir", "directories need no making"),
    ("updatedir", "directories have no time to live; `put KEY VALUE --ttl TIME` gives a key one"),
    ("watch", "`etcdctl watch`"), ("exec-watch", "`etcdctl watch KEY -- COMMAND`"), ("import", nil),
    ("user", "`etcdctl user`"), ("role", "`etcdctl role`"), ("auth", "`etcdctl auth`"),
  ].map { (name: String, now: String?) in
    Command(
      name, group: .keys, summary: "not followed in this version",
      parameters: [Parameter("word", .text, optional: true, repeated: true)], examples: [name], readsFlags: false
    ) { _ in
      throw ShellError(
        "\(name) is not followed with ETCDCTL_API=2",
        remedy: "without the variable" + (now.map { ", \($0)" } ?? " there is etcdctl of version 3"),
        status: ExitStatus.badFeature)
    }
  }
}
