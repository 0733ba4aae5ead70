import EtcdAPI

extension Command {
  private static let peerURLs = "peer-urls"

  static let memberList = Command(
    "member list", group: .members, summary: "Lists all members in the cluster",
    details: """
      One line for each member: ID, status, name, peer addresses, client addresses, is learner. On a terminal as a
      table, which also tells the leader.
      """,
    examples: ["member list"]
  ) { invocation in
    try invocation.checkFormat(for: .memberList)
    let etcd = invocation.etcd
    let response = try await etcd.memberList(.with { $0.linearizable = true })
    // etcdctl's forms have no place for the leader, so it is not asked for there.
    let needsLeader = invocation.console.isTerminal || invocation.format == .ndjson
    let leader = needsLeader ? await etcd.leader() : nil
    try invocation.show(.memberList(response, leader: leader ?? 0))
  }

  static let memberAdd = Command(
    "member add", group: .members, summary: "Adds a member into the cluster",
    parameters: [Parameter("name", .text), Parameter("peer_url", .url, optional: true)],
    flags: [
      Flag(peerURLs, nil, .text, "comma separated peer URLs for the new member"),
      Flag("learner", nil, .bool, "indicates if the new member is raft learner"),
    ],
    details: """
      Prints the variables with which the new member is to be started. The address is given with --peer-urls as in
      etcdctl, or as a second word as in 2017.
      """,
    examples: ["member add node-b http://10.0.0.2:2380", "member add node-b --peer-urls http://10.0.0.2:2380"],
    writes: true, wordsMessage: "member name not provided"
  ) { invocation in
    try await invocation.addMember()
  }

  static let memberRemove = Command(
    "member remove", group: .members, summary: "Removes a member from the cluster",
    parameters: [Parameter("member", .member)], details: "A member is named by its ID or its name.",
    examples: ["member remove node-b"], writes: true, wordsMessage: "member ID is not provided"
  ) { invocation in
    try invocation.checkFormat(for: .memberChange)
    let id = try await invocation.member(at: 0)
    try invocation.show(.memberRemove(id: id, try await invocation.etcd.memberRemove(.with { $0.id = id })))
  }

  static let memberUpdate = Command(
    "member update", group: .members, summary: "Updates a member in the cluster",
    parameters: [Parameter("member", .member), Parameter("peer_url", .url, optional: true)],
    flags: [Flag(peerURLs, nil, .text, "comma separated peer URLs for the updated member")],
    details: "A member is named by its ID or its name.",
    examples: ["member update node-b --peer-urls http://10.0.0.3:2380"], writes: true,
    wordsMessage: "member ID is not provided"
  ) { invocation in
    try invocation.checkFormat(for: .memberChange)
    let urls = try invocation.peerURLs()
    let id = try await invocation.member(at: 0)
    let response = try await invocation.etcd.memberUpdate(
      .with {
        $0.id = id
        $0.peerUrls = urls
      })
    try invocation.show(.memberUpdate(id: id, response))
  }

  static let memberPromote = Command(
    "member promote", group: .members, summary: "Promotes a non-voting member in the cluster",
    parameters: [Parameter("member", .member)], details: "Makes a learner a voting member.",
    examples: ["member promote node-b"], writes: true, wordsMessage: "member ID is not provided"
  ) { invocation in
    try invocation.checkFormat(for: .memberChange)
    let id = try await invocation.member(at: 0)
    try invocation.show(.memberPromote(id: id, try await invocation.etcd.memberPromote(.with { $0.id = id })))
  }

  static let moveLeader = Command(
    "move-leader", group: .members, summary: "Transfers leadership to another etcd cluster member",
    parameters: [Parameter("member", .member)], details: "A member is named by its ID or its name.",
    examples: ["move-leader node-b"], writes: true, wordsMessage: "move-leader command needs 1 argument"
  ) { invocation in
    try invocation.checkFormat(for: .memberChange)
    let target = try await invocation.member(at: 0)
    let from = await invocation.etcd.leader() ?? 0
    let response = try await invocation.etcd.moveLeader(.with { $0.targetID = target })
    try invocation.show(.moveLeader(from: from, to: target, response))
  }
}

extension Etcd {
  /// The leader's ID, as the first endpoint that answers knows it.
  func leader() async -> UInt64? {
    for endpoint in endpoints {
      if let status = try? await status(StatusRequest(), at: endpoint), status.leader != 0 { return status.leader }
    }
    return nil
  }
}

extension Invocation {
  /// The member that the word at `index` names, by ID or by name.
  func member(at index: Int) async throws -> UInt64 {
    let text = words[index].text
    // The list may be out of reach when quorum is lost; an ID needs none.
    let members = try? await etcd.memberList(MemberListRequest()).members
    let id = UInt64(text, radix: 16)
    if let id, members?.contains(where: { $0.id == id }) ?? true { return id }
    let named = members?.filter { $0.name == text } ?? []
    if named.count == 1 { return named[0].id }
    if named.count > 1 {
      throw ShellError.badArguments(
        "\(named.count) members are called \(words[index].shown)",
        remedy: "say which by its ID: \(named.map { memberText($0.id) }.joined(separator: ", "))", at: words[index])
    }
    if let id { return id }
    throw ShellError.badArguments(
      "bad member ID arg (strconv.ParseUint: parsing \"\(words[index].shown)\": invalid syntax), expecting ID in Hex",
      cause: "it is no member's name either",
      remedy: members.map { members in
        "members: \(members.map { "\(memberText($0.id)) \($0.name)" }.joined(separator: ", "))"
      }, at: words[index])
  }

  /// The addresses of `--peer-urls`, or of the second word.
  fileprivate func peerURLs() throws(ShellError) -> [String] {
    let given = text("peer-urls") ?? (words.count > 1 ? words[1].text : "")
    if isGiven("peer-urls"), words.count > 1 {
      throw .badArguments("too many arguments: the address is given twice", at: words[1])
    }
    if given.isEmpty {
      throw .badArguments("member peer urls not provided", remedy: "usage: \(command.usage)", at: words[0])
    }
    let urls = given.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for url in urls {
      if let message = PeerURL.flaw(in: url) {
        throw ShellError(message, remedy: "as in http://10.0.0.2:2380", at: flagWord("peer-urls") ?? words[1])
      }
    }
    return urls
  }

  fileprivate func addMember() async throws {
    try checkFormat(for: .memberChange)
    let urls = try peerURLs()
    let name = words[0].text
    let isLearner = bool("learner")
    let response = try await etcd.memberAdd(
      .with {
        $0.peerUrls = urls
        $0.isLearner = isLearner
      })
    let is2017 = !isGiven("peer-urls")
    guard format == .simple else { return try show(.memberAdd(response)) }
    if is2017 {
      showLine("Added member named \(name) with ID \(memberText(response.member.id)) to cluster")
    } else {
      try show(.memberAdd(response))
    }

    let cluster = response.members.flatMap { member in
      member.peerUrls.map { "\(member.id == response.member.id ? name : member.name)=\($0)" }
    }
    showLine("")
    showVariable("ETCD_NAME", name)
    showVariable("ETCD_INITIAL_CLUSTER", cluster.joined(separator: ","))
    if !is2017 { showVariable("ETCD_INITIAL_ADVERTISE_PEER_URLS", urls.joined(separator: ",")) }
    showVariable("ETCD_INITIAL_CLUSTER_STATE", "existing")
    warnOfQuorum(response, added: name)
  }

  private func showVariable(_ name: String, _ value: String) {
    console.write("\(name)=")
    var out = ByteWriter()
    out.goQuoted(value.utf8)
    out.newline()
    console.write(out.bytes)
  }

  /// A member that was added counts at once, before it runs: in a cluster of one nothing can be written until it does.
  private func warnOfQuorum(_ response: MemberAddResponse, added name: String) {
    let voters = response.members.filter { !$0.isLearner }
    let started = voters.count { !$0.name.isEmpty && $0.id != response.member.id }
    let quorum = voters.count / 2 + 1
    guard !response.member.isLearner, quorum > started else { return }
    console.writeErrorLine(
      "warning: quorum is now \(quorum) of \(voters.count): nothing can be written until \(name) has been started")
  }
}

/// The check that etcd's client makes of a peer's address before it sends it. It is not for convenience: etcd 3.5 stores
/// an address that it cannot read, panics, and does so again at every start.
enum PeerURL {
  /// What is wrong with the address, in etcd's words; nil when nothing is.
  static func flaw(in url: String) -> String? {
    let parts = url.trimmed.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[1].isEmpty, ["http:", "https:", "unix:", "unixs:"].contains(parts[0]) else {
      return "URL scheme must be http, https, unix, or unixs: \(url)"
    }
    let host = parts[2].split(separator: ":", omittingEmptySubsequences: false)
    let isBracketed = parts[2].hasPrefix("[") && host.dropLast().last?.hasSuffix("]") == true
    guard host.count == 2 || (host.count > 2 && isBracketed), UInt16(host[host.count - 1]) != nil else {
      return "URL address does not have the form \"host:port\": \(url)"
    }
    return parts.count == 3 ? nil : "URL must not contain a path: \(url)"
  }
}
