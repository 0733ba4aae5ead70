import EtcdAPI
import Foundation
import TestSupport
import Testing

@testable import EtcdShell

/// How directories are seen in a flat store, and what it costs to look.
@Suite(.timeLimit(.minutes(5))) struct DirectoryTests {
  private func list(_ etcd: StubEtcd, _ directory: String) async throws -> [String] {
    var lister = DirectoryLister(etcd: etcd, directory: Data(directory.utf8))
    var entries: [String] = []
    while let entry = try await lister.next() { entries.append(String(decoding: entry, as: UTF8.self)) }
    return entries
  }

  @Test("a directory lists the keys and directories right below it")
  func entries() async throws {
    let etcd = StubEtcd(keys: [
      "one", "two/three", "two/four/five", "/app", "/app/", "/app/a", "/app/b/c", "/app/b/d", "/app/bc", "/apple",
      "/z/",
    ])
    #expect(try await list(etcd, "") == ["/app", "/app/", "/apple", "/z/", "one", "two/"])
    #expect(try await list(etcd, "/") == ["/app", "/app/", "/apple", "/z/"])
    #expect(try await list(etcd, "/app") == ["/app/a", "/app/b/", "/app/bc"])
    #expect(try await list(etcd, "/app/") == ["/app/a", "/app/b/", "/app/bc"])
    #expect(try await list(etcd, "two") == ["two/four/", "two/three"])
    #expect(try await list(etcd, "/z") == [])
    #expect(try await list(etcd, "none") == [])
  }

  @Test("listing is what sorting all keys into their entries gives")
  func random() async throws {
    var random = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<200 {
      let alphabet = Array("ab//".utf8)
      let keys = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        String(
          decoding: (0..<Int.random(in: 1...8, using: &random)).map { _ in alphabet.randomElement(using: &random)! },
          as: UTF8.self)
      }
      for directory in ["", "/", "a", "a/", "/b", "//"] {
        let prefix = DirectoryPath.prefix(of: Data(directory.utf8))
        var expected: [String] = []
        for key in Set(keys).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
          let data = Data(key.utf8)
          guard data.starts(with: prefix), data != prefix else { continue }
          let entry = String(decoding: DirectoryPath.entry(of: data, below: prefix).name, as: UTF8.self)
          if expected.last != entry { expected.append(entry) }
        }
        try #require(try await list(StubEtcd(keys: Array(Set(keys))), directory) == expected, "\(keys) in \(directory)")
      }
    }
  }

  @Test("a hundred thousand keys below two directories cost a few reads")
  func deep() async throws {
    let keys = (0..<50_000).flatMap { ["/a/\($0)", "/b/\($0)"] }
    let etcd = StubEtcd(keys: keys)
    #expect(try await list(etcd, "/") == ["/a/", "/b/"])
    #expect(etcd.asked.requests <= 4)
    #expect(etcd.asked.keys <= 8)
  }

  @Test("a directory of ten thousand keys costs about two keys read for each")
  func wide() async throws {
    let etcd = StubEtcd(keys: (0..<10_000).map { "/k\($0)" })
    #expect(try await list(etcd, "/").count == 10_000)
    #expect(etcd.asked.keys <= 20_000)
    #expect(etcd.asked.requests <= 40)
  }

  @Test(
    "the end of a prefix is the first key behind it",
    arguments: [
      ("a", [UInt8(ascii: "b")]), ("/app/", Array("/app0".utf8)), ("", [0]),
    ])
  func prefixEnd(prefix: String, end: [UInt8]) {
    #expect(Array(KeyRange.end(ofPrefix: Data(prefix.utf8))) == end)
  }

  @Test("the end of a prefix of 0xff is the end of all keys")
  func highPrefix() {
    #expect(Array(KeyRange.end(ofPrefix: Data([0x61, 0xff, 0xff]))) == [0x62])
    #expect(Array(KeyRange.end(ofPrefix: Data([0xff, 0xff]))) == [0])
    #expect(KeyRange(prefix: Data()) == .all)
  }
}
