import EtcdAPI

extension Command {
  static let clusterHealth = Command(
    "cluster-health", group: .health, summary: "Checks the health of every member, and of the cluster",
    details: """
      The cluster is healthy when every member is, degraded when some are not but quorum holds, and else unhealthy.
      Exit status 5 when it is not healthy.
      """,
    examples: ["cluster-health"]
  ) { invocation in
    let etcd = invocation.etcd
    let members: [Member]
    do {
      // Not linearizable: the list is wanted most when quorum is lost.
      members = try await etcd.memberList(MemberListRequest()).members
    } catch {
      invocation.showLine("cluster may be unhealthy: failed to list members")
      var failure = ShellError(any: error)
      failure.status = ExitStatus.interrupted
      throw failure
    }
    let checks = await askAll(members) { await etcd.check($0, of: members) }
    for check in checks { invocation.showLine(check.line) }
    let healthy = zip(members, checks).count { !$0.isLearner && $1.isHealthy }
    let voters = members.count { !$0.isLearner }
    let verdict: String
    if checks.allSatisfy(\.isHealthy) {
      verdict = "healthy"
    } else {
      verdict = healthy >= voters / 2 + 1 ? "degraded" : "unhealthy"
    }
    invocation.showLine("cluster is \(verdict)")
    if verdict != "healthy" {
      let ill = checks.count { !$0.isHealthy }
      throw ShellError(
        "\(ill) of \(checks.count) members \(ill == 1 ? "is" : "are") not healthy", status: ExitStatus.interrupted)
    }
  }
}

extension Etcd {
  /// One member's health, in the words of 2017.
  fileprivate func check(_ member: Member, of members: [Member]) async -> (line: String, isHealthy: Bool) {
    let id = memberText(member.id)
    // A node that listens nowhere, as the embedded one may, is spoken to as what it is called here.
    let addresses = member.clientUrls.isEmpty && members.count == 1 ? endpoints : member.clientUrls
    if addresses.isEmpty { return ("member \(id) is unreachable: no available published client urls", false) }
    for address in addresses {
      let health = await health(of: address)
      if health.isHealthy { return ("member \(id) is healthy: got healthy result from \(address)", true) }
    }
    return ("member \(id) is unhealthy: got unhealthy result from \(addresses[0])", false)
  }
}
