import EtcdAPI
import EtcdServer
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct KillTests {
  @Test("What was answered is there after kill -9, again and again")
  func killing() async throws {
    var generator = SeededGenerator(seed: TestSeed.make())
    let folder = TemporaryFolder()
    var answered = 0
    for _ in 0..<4 {
      let stopAfter = answered + Int.random(in: 1..<300, using: &generator)
      answered = try run(on: folder.file("data"), from: answered, killedAfter: stopAfter)
      #expect(answered >= stopAfter)
      let node = try EtcdNode.boot(NodeConfiguration(.folder(folder.file("data"))))
      var request = RangeRequest()
      request.key = Data("k".utf8)
      request.rangeEnd = Data("l".utf8)
      let keys = Set(try await node.range(request).kvs.map { String(decoding: $0.key, as: UTF8.self) })
      for number in 0..<answered { #expect(keys.contains("k\(number)")) }
      await node.close()
    }
  }

  /// Puts key after key through a shell until so many have been answered, then kills it.
  /// - Returns: how many were answered in all.
  private func run(on dataFolder: String, from first: Int, killedAfter count: Int) throws -> Int {
    let shell = try Conversation(TranscriptRun.etch, ["--data-dir", dataFolder])
    let lines = (first..<first + 1000).map { "put k\($0) \(String(repeating: "v", count: 100))\n" }.joined()
    try shell.write(String(lines.prefix(60_000)))
    var answered = first
    while answered < count {
      answered += try shell.answer { !$0.isEmpty }.count { $0 == UInt8(ascii: "\n") }
    }
    let rest = try shell.end(by: SIGKILL).stdout
    return answered + rest.count { $0 == UInt8(ascii: "\n") }
  }
}
