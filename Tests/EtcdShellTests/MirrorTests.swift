import EtcdAPI
import EtcdServer
import Foundation
import Testing

@testable import EtcdShell

@Suite("A mirror holds what its source holds", .timeLimit(.minutes(1)))
struct MirrorTests {
  private func put(_ etcd: EtcdNode, _ key: String, _ value: String) async throws {
    _ = try await etcd.put(
      .with {
        $0.key = Data(key.utf8)
        $0.value = Data(value.utf8)
      })
  }

  private func contents(_ etcd: EtcdNode) async throws -> [String: String] {
    let all = KeyRange.all
    let kvs = try await etcd.range(
      .with {
        $0.key = all.key
        $0.rangeEnd = all.end
      }
    ).kvs
    return Dictionary(
      uniqueKeysWithValues: kvs.map {
        (String(decoding: $0.key, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
      })
  }

  @Test("what was there, and every change after that, below another prefix")
  func follows() async throws {
    let (source, destination) = (try EtcdNode.boot(), try EtcdNode.boot())
    for number in 0..<2500 { try await put(source, "/app/\(number)", "\(number)") }
    try await put(source, "/other", "not copied")
    try await put(destination, "/kept", "1")
    let mirror = Mirror(from: source, Data("/app/".utf8), to: destination, Data("/copy/".utf8))
    let running = Task { try await mirror.run() }
    while mirror.count < 2500 { await Task.yield() }

    try await put(source, "/app/0", "changed")
    _ = try await source.deleteRange(.with { $0.key = Data("/app/1".utf8) })
    // More in one revision than one transaction may hold.
    _ = try await source.deleteRange(
      .with {
        $0.key = Data("/app/2".utf8)
        $0.rangeEnd = Data("/app/3".utf8)
      })
    try await put(source, "/app/new", "1")
    let expected = Dictionary(
      uniqueKeysWithValues: try await contents(source).filter { $0.key.hasPrefix("/app/") }.map {
        ("/copy/" + $0.key.dropFirst(5), $0.value)
      })
    while try await contents(destination)["/copy/new"] == nil { await Task.yield() }
    #expect(try await contents(destination) == expected.merging(["/kept": "1"]) { $1 })
    running.cancel()
    await #expect(throws: (any Error).self) { try await running.value }
  }

  @Test("values too large for one transaction together go in several")
  func largeValues() async throws {
    let (source, destination) = (try EtcdNode.boot(), try EtcdNode.boot())
    let value = String(repeating: "x", count: 400_000)
    for number in 0..<8 { try await put(source, "k\(number)", value) }
    let mirror = Mirror(from: source, Data(), to: destination, Data("m/".utf8))
    let running = Task { try await mirror.run() }
    while mirror.count < 8 { await Task.yield() }
    #expect(try await contents(destination).keys.sorted() == (0..<8).map { "m/k\($0)" })
    running.cancel()
    _ = await running.result
  }
}
