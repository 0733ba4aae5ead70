import EtcdAPI
import Foundation
import TestSupport
import Testing

@testable import EtcdServer

/// What a node makes of the members that its folder has on record.
@Suite(.timeLimit(.minutes(3))) struct MemberTests {
  private func members(of node: EtcdNode) async throws -> [Member] {
    try await node.memberList(MemberListRequest()).members
  }

  private func keys(of node: EtcdNode) async throws -> [String] {
    var request = RangeRequest()
    request.key = Data([0])
    request.rangeEnd = Data([0])
    return try await node.range(request).kvs.map { String(decoding: $0.key, as: UTF8.self) }
  }

  @Test(
    "One member of a real cluster goes on alone when it is told to, and only then, with all that was answered",
    .needsEtcd35)
  func forcedAlone() async throws {
    let cluster = try await RealEtcd.startCluster(of: 2)
    for number in 0..<30 { #expect(try await cluster[0].etcdctl("put", "k\(10 + number)", "v").status == 0) }
    // An answered read is one that the member has caught up for.
    #expect(try await cluster[1].etcdctl("get", "k39").text == "k39\nv\n")
    for member in cluster { member.stop() }

    var configuration = NodeConfiguration(.folder(cluster[1].dataFolder))
    #expect { try EtcdNode.boot(configuration) } throws: { error in
      (error as? EtcdError)?.remedy?.contains("--force-new-cluster") == true
    }
    configuration.forcesNewCluster = true
    let node = try EtcdNode.boot(configuration)
    #expect(try await keys(of: node) == (10..<40).map { "k\($0)" })
    let alone = try await members(of: node)
    #expect(alone.map(\.name) == ["node-b"])
    #expect(alone[0].peerUrls == [cluster[1].peerURL])
    await node.close()

    configuration.forcesNewCluster = false
    let again = try EtcdNode.boot(configuration)
    #expect(try await members(of: again) == alone)
    #expect(try await keys(of: again).count == 30)
    await again.close()
  }

  @Test("Another name and other client URLs take the place of those on record only where they are published")
  func publication() async throws {
    let folder = TemporaryFolder("etch-members")
    var configuration = NodeConfiguration(.folder(folder.file("d")))
    try await EtcdNode.boot(configuration).close()
    configuration.name = "other"
    configuration.clientURLs = ["http://10.0.0.1:1"]
    var node = try EtcdNode.boot(configuration)
    #expect(try await members(of: node).map(\.name) == ["default"])
    await node.close()
    configuration.publishesAttributes = true
    for _ in 0..<2 {
      node = try EtcdNode.boot(configuration)
      let member = try #require(try await members(of: node).first)
      #expect(member.name == "other")
      #expect(member.clientUrls == ["http://10.0.0.1:1"])
      await node.close()
    }
  }

  @Test("A log that lies in the data folder is not passed over when another folder is named for it")
  func misplacedLog() async throws {
    let folder = TemporaryFolder("etch-members")
    var configuration = NodeConfiguration(.folder(folder.file("d")))
    try await EtcdNode.boot(configuration).close()
    configuration.walFolder = folder.file("w")
    #expect { try EtcdNode.boot(configuration) } throws: { error in
      (error as? EtcdError)?.remedy?.contains("move the log's files to") == true
    }
    try FileManager.default.moveItem(atPath: folder.file("d/member/wal"), toPath: folder.file("w"))
    try await EtcdNode.boot(configuration).close()
  }
}
