extension ServerSettings {
  /// The peer URLs with which this member begins a cluster: those that `--initial-cluster` gives it. Only a fresh folder
  /// asks for them; one that has a member knows them.
  func bootstrapPeerURLs() throws(Refusal) -> [ServerURL] {
    if values["initial-cluster-state"] == "existing" {
      throw Refusal(
        "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs",
        remedy: "joining a cluster is not built yet; leave --initial-cluster-state out to begin one")
    }
    let members = try initialMembers()
    guard let own = members.first(where: { $0.name == name })?.urls else {
      throw Refusal(
        "couldn't find local name \(GoValue.quoted(name)) in the initial cluster configuration",
        remedy: "add \(name)=PEER-URL to --initial-cluster, or leave --initial-cluster out")
    }
    let others = members.map(\.name).filter { $0 != name }
    if !others.isEmpty {
      throw Refusal(
        "--initial-cluster names \(others.joined(separator: ", ")) besides \(name): "
          + "clusters of several members are not built yet",
        remedy: "name \(name) alone in --initial-cluster, or use etcd for clusters")
    }
    if own != advertisePeerURLs {
      throw Refusal(mismatch(own), remedy: "give both flags the same URLs, or leave --initial-cluster out")
    }
    return own
  }

  /// etcd's words, without what it found out about host names: here URLs are compared as they are written.
  private func mismatch(_ own: [ServerURL]) -> String {
    let advertised = advertisePeerURLs.map(\.text).joined(separator: ",")
    if let missing = own.first(where: { !advertisePeerURLs.contains($0) }) {
      return
        "--initial-cluster has \(name)=\(missing.text) but missing from --initial-advertise-peer-urls=\(advertised)"
    }
    let missing = advertisePeerURLs.filter { !own.contains($0) }.map(\.text).joined(separator: ",")
    return "--initial-advertise-peer-urls has \(missing) but missing from --initial-cluster=\(initialCluster)"
  }

  private func initialMembers() throws(Refusal) -> [(name: String, urls: [ServerURL])] {
    var members: [(name: String, urls: [ServerURL])] = []
    for entry in initialCluster.split(separator: ",") {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let url: ServerURL
      do throws(ServerURL.Problem) { url = try ServerURL(parts.count == 2 ? parts[1] : "") } catch {
        throw Refusal(
          "error setting up initial cluster: \(error.text)", remedy: "for example \(name)=http://10.0.0.1:2380")
      }
      let name = String(parts[0])
      if let index = members.firstIndex(where: { $0.name == name }) {
        members[index].urls.append(url)
      } else {
        members.append((name, [url]))
      }
    }
    for index in members.indices { members[index].urls.sort() }
    return members
  }
}
