import TestSupport
import Testing

/// etcd's own tool talks to a node.
@Suite(.timeLimit(.minutes(5))) struct EtcdctlTests {
  @Test("etcdctl puts, reads, counts and deletes", arguments: RealEtcd.installed)
  func keys(_ release: RealEtcd.Release) async throws {
    let served = try await ServedNode.start()
    #expect(try await served.etcdctl(release, "put", "a", "1").text == "OK\n")
    #expect(try await served.etcdctl(release, "get", "a").text == "a\n1\n")
    #expect(try await served.etcdctl(release, "put", "b", "2", "--prev-kv").text == "OK\n")
    #expect(try await served.etcdctl(release, "get", "", "--prefix", "--keys-only").text == "a\n\nb\n\n")
    #expect(try await served.etcdctl(release, "del", "a", "b").text == "1\n")
    let missing = try await served.etcdctl(release, "get", "--rev", "99", "a")
    #expect(missing.status == 1)
    #expect(missing.errorText.contains("etcdserver: mvcc: required revision is a future revision"))
    try await served.stop()
  }

  @Test("etcdctl asks for status, members and hashes, and takes a snapshot", arguments: RealEtcd.installed)
  func maintenance(_ release: RealEtcd.Release) async throws {
    let served = try await ServedNode.start()
    #expect(try await served.etcdctl(release, "endpoint", "health").description.contains("is healthy"))
    #expect(try await served.etcdctl(release, "endpoint", "status").text.contains("3.5.1"))
    #expect(try await served.etcdctl(release, "member", "list").text.contains("started, default"))
    #expect(try await served.etcdctl(release, "endpoint", "hashkv").status == 0)
    #expect(try await served.etcdctl(release, "defrag").status == 0)
    let folder = TemporaryFolder()
    let saved = try await served.etcdctl(release, "snapshot", "save", folder.file("db"))
    #expect(saved.status == 0, "\(saved)")
    try await served.stop()
  }

  @Test("etcdctl grants, reads and revokes leases", arguments: RealEtcd.installed)
  func leases(_ release: RealEtcd.Release) async throws {
    let served = try await ServedNode.start()
    let granted = try await served.etcdctl(release, "lease", "grant", "100")
    let id = String(granted.text.split(separator: " ")[1])
    #expect(try await served.etcdctl(release, "put", "--lease", id, "a", "1").text == "OK\n")
    #expect(try await served.etcdctl(release, "lease", "timetolive", id, "--keys").text.contains("attached keys([a])"))
    #expect(try await served.etcdctl(release, "lease", "list").text.contains(id))
    #expect(
      try await served.etcdctl(release, "lease", "keep-alive", "--once", id).text.contains("keepalived with TTL(100)"))
    #expect(try await served.etcdctl(release, "lease", "revoke", id).text.contains("revoked"))
    #expect(try await served.etcdctl(release, "get", "a").text == "")
    try await served.stop()
  }
}
