import DiskIO
import EtcdAPI
import EtcdState
import Foundation
import TestSupport
import Testing

@testable import EtcdServer

/// Users and roles go back and forth between the node and real etcd, and can log in where they come to.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EtcdUsersTests {
  private func boot(_ folder: String, checkpointLogSize: Int) throws -> EtcdNode {
    var configuration = NodeConfiguration(.folder(folder))
    configuration.bcryptCost = 4
    let (storage, recovered) = try FolderStorage.open(
      folder, identity: configuration.identity, checkpointLogSize: checkpointLogSize)
    return try EtcdNode.boot(configuration, on: storage, recovered: recovered)
  }

  private func caller(_ user: String, _ password: String, on node: EtcdNode) async throws -> Caller {
    let request = AuthenticateRequest.with {
      $0.name = user
      $0.password = password
    }
    let token = try await node.answer { node.authenticate(request, by: .anonymous, then: $0) }.token
    return try node.caller(token: token, commonName: nil)
  }

  private func put(_ key: String, by caller: Caller, on node: EtcdNode) async throws {
    _ = try await node.answer { node.put(.with { $0.key = Data(key.utf8) }, by: caller, then: $0) }
  }

  @Test(
    "etcd's users log in to the node that serves its folder, and may do there what they might",
    arguments: RealEtcd.installed, [true, false])
  func fromEtcd(_ release: RealEtcd.Release, hasCheckpoint: Bool) async throws {
    let etcd = try await RealEtcd.start(release, RealEtcd.Options(arguments: ["--bcrypt-cost", "4"]))
    try await etcd.enableAuthentication(rootPassword: "secret")
    try await etcd.addUser("alice", password: "a's", prefix: "a", rootPassword: "secret")
    _ = try await etcd.etcdctl("--user", "root:secret", "user", "add", "bob:old")
    _ = try await etcd.etcdctl(
      ["--user", "root:secret", "user", "passwd", "--interactive=false", "bob"], input: Array("b's\n".utf8))
    _ = try await etcd.etcdctl("--user", "root:secret", "role", "grant-permission", "alice", "read", "shared")
    if hasCheckpoint { etcd.stop() } else { etcd.kill() }
    if !hasCheckpoint { try PosixDisk().remove(etcd.dataFolder + "/member/snap/db") }

    let node = try boot(etcd.dataFolder, checkpointLogSize: .max)
    let status = try await node.authStatus(AuthStatusRequest())
    #expect(status.enabled)
    // 1, then: users root, alice, bob; bob's password; roles root, alice; their grants; two permissions.
    #expect(status.authRevision == 11)
    let alice = try await caller("alice", "a's", on: node)
    try await put("a1", by: alice, on: node)
    await #expect(throws: EtcdError.permissionDenied) { try await put("b1", by: alice, on: node) }
    await #expect(throws: EtcdError.permissionDenied) { try await put("shared", by: alice, on: node) }
    _ = try await node.answer { node.range(.with { $0.key = Data("shared".utf8) }, by: alice, then: $0) }
    _ = try await caller("bob", "b's", on: node)
    await #expect(throws: EtcdError.authFailed) { _ = try await caller("bob", "old", on: node) }
    let root = try await caller("root", "secret", on: node)
    try await put("b1", by: root, on: node)
    await node.close()

    try await etcd.restart()
    let read = try await etcd.etcdctl("--user", "alice:a's", "get", "a1")
    #expect(read.text.contains("a1"))
  }

  @Test(
    "The node's users log in to the etcd that serves its folder, from its checkpoint or from the log alone",
    .needsEtcd35, arguments: [1, .max])
  func toEtcd(checkpointLogSize: Int) async throws {
    let etcd = try await RealEtcd.start()
    etcd.stop()
    try FileManager.default.removeItem(atPath: etcd.dataFolder)
    let node = try boot(etcd.dataFolder, checkpointLogSize: checkpointLogSize)
    for (name, password) in [("root", "secret"), ("alice", "a's")] {
      _ = try await node.userAdd(
        .with {
          $0.name = name
          $0.password = password
        })
    }
    _ = try await node.userAdd(
      .with {
        $0.name = "cert"
        $0.options.noPassword = true
      })
    _ = try await node.roleAdd(.with { $0.name = "r" })
    _ = try await node.roleGrantPermission(
      .with {
        $0.name = "r"
        $0.perm.permType = .readwrite
        $0.perm.key = Data("a".utf8)
        $0.perm.rangeEnd = Data("b".utf8)
      })
    for (user, role) in [("root", "root"), ("alice", "r")] {
      _ = try await node.userGrantRole(
        .with {
          $0.user = user
          $0.role = role
        })
    }
    _ = try await node.authEnable(AuthEnableRequest())
    // As the node itself, as a user, and refused: etcd has to come to the same when it reads the log.
    try await put("b1", by: .root, on: node)
    let alice = try await caller("alice", "a's", on: node)
    try await put("a1", by: alice, on: node)
    await #expect(throws: EtcdError.permissionDenied) { try await put("b2", by: alice, on: node) }
    let revision = try await node.authStatus(AuthStatusRequest()).authRevision
    let ours = try await node.hashKV(HashKVRequest(), at: EtcdNode.endpoint).hash
    await node.close()

    try await etcd.restart()
    let status = try await etcd.etcdctl("--user", "root:secret", "auth", "status")
    #expect(status.text == "Authentication Status: true\nAuthRevision: \(revision)\n")
    #expect(try await etcd.etcdctl("--user", "alice:a's", "get", "--prefix", "a").text == "a1\n\n")
    #expect(try await etcd.etcdctl("--user", "alice:a's", "get", "b1").errorText.contains("permission denied"))
    #expect(try await etcd.etcdctl("--user", "root:secret", "user", "list").text == "alice\ncert\nroot\n")
    let hash = try await etcd.etcdctl("--user", "root:secret", "endpoint", "hashkv", "-w", "fields")
    #expect(hash.text.contains("\"Hash\" : \(ours)\n"), "\(hash.text)")
  }

  @Test("A snapshot carries users to etcd's tools, and etcd's snapshot brings them", .needsEtcd35)
  func snapshots() async throws {
    let etcd = try await RealEtcd.start(.v35, RealEtcd.Options(arguments: ["--bcrypt-cost", "4"]))
    try await etcd.enableAuthentication(rootPassword: "secret")
    try await etcd.addUser("alice", password: "a's", prefix: "a", rootPassword: "secret")
    let folder = TemporaryFolder()
    let saved = try await etcd.etcdctl("--user", "root:secret", "snapshot", "save", folder.file("theirs"))
    #expect(saved.status == 0, "\(saved)")

    let theirs = try Checkpoint(try PosixDisk().open(folder.file("theirs"), .read))
    #expect(theirs.state.access.isEnabled)
    #expect(theirs.state.access.users.map { String(decoding: $0.name, as: UTF8.self) } == ["alice", "root"])

    let ours = try PosixDisk().open(folder.file("ours"), .create)
    _ = try theirs.write(to: ours)
    ours.close()
    let again = try Checkpoint(try PosixDisk().open(folder.file("ours"), .read))
    #expect(again.state.access.users == theirs.state.access.users)
    #expect(again.state.access.roles == theirs.state.access.roles)
    #expect(again.state.access.revision == theirs.state.access.revision)
  }
}
