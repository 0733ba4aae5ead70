import Foundation
import TestSupport
import Testing

/// etcd's clients in Python, each taken all around by a script in Tours: keys, ranges, transactions, watches, leases,
/// locks, members, snapshots, users. What they expect a real etcd does as well.
@Suite(.timeLimit(.minutes(5))) struct PythonTourTests {
  @Test("etcd3 finds what it knows", .needsPython("etcd3"), arguments: servers)
  func etcd3(_ release: RealEtcd.Release) async throws {
    try await tour("etcd3", release, stops: 8)
  }

  @Test("aetcd finds what it knows", .needsPython("aetcd"), arguments: servers)
  func aetcd(_ release: RealEtcd.Release) async throws {
    try await tour("aetcd", release, stops: 7)
  }

  @Test("etcd3gw finds what it knows, by the JSON gateway", .needsPython("etcd3gw"), arguments: servers)
  func etcd3gw(_ release: RealEtcd.Release) async throws {
    try await tour("etcd3gw", release, stops: 7)
  }

  private static let servers: [RealEtcd.Release] = [.etch] + (RealEtcd.is35Installed ? [.v35] : [])

  private func tour(_ name: String, _ release: RealEtcd.Release, stops: Int) async throws {
    let etcd = try await RealEtcd.start(release)
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let script = folder.appending(path: "Tours/\(name)_tour.py").path
    let output = try await Program.run("python3", [script, "127.0.0.1", "\(etcd.clientPort)"])
    #expect(output.status == 0, "\(output)")
    #expect(output.text.split(separator: "\n").count == stops, "\(output)")
  }
}
