import EtcdAPI
import EtcdServer
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct WatchTests {
  private func watchAll(_ node: EtcdNode, _ change: (inout WatchCreateRequest) -> Void) async throws -> WatchStream {
    var request = WatchCreateRequest()
    request.key = Data([0])
    request.rangeEnd = Data([0])
    change(&request)
    let watch = try await node.watch(request)
    #expect(try await watch.responses.next()?.created == true)
    return watch
  }

  @Test("A watch that was not read while much was written misses nothing, in order")
  func slowReader() async throws {
    let node = try EtcdNode.boot()
    let watch = try await watchAll(node) { _ in }
    for number in 0..<5000 { _ = try await node.put(.with(key: "k", value: "\(number)")) }
    var seen: [String] = []
    while seen.count < 5000 {
      let response = try #require(try await watch.responses.next())
      seen += response.events.map { String(decoding: $0.kv.value, as: UTF8.self) }
    }
    #expect(seen == (0..<5000).map(String.init))
    // Caught up, it follows again.
    _ = try await node.put(.with(key: "k", value: "last"))
    let last = try #require(try await watch.responses.next())
    #expect(last.events.map(\.kv.value) == [Data("last".utf8)])
    #expect(last.header.revision == 5002)
    await node.close()
  }

  @Test("A revision too large for one response comes in fragments when they are asked for, else whole")
  func fragments() async throws {
    let node = try EtcdNode.boot()
    let cut = try await watchAll(node) { $0.fragment = true }
    let whole = try await watchAll(node) { _ in }
    let large = Data(repeating: 7, count: 1_000_000)
    for key in ["a", "b", "c"] {
      _ = try await node.put(
        .with {
          $0.key = Data(key.utf8); $0.value = large
        })
    }
    // One revision with three large previous values.
    let deleting = try await watchAll(node) {
      $0.fragment = true; $0.prevKv = true
    }
    _ = try await node.deleteRange(
      .with {
        $0.key = Data("a".utf8); $0.rangeEnd = Data("d".utf8)
      })

    for _ in 0..<3 { #expect(try await cut.responses.next()?.fragment == false) }
    for _ in 0..<3 { #expect(try await whole.responses.next()?.events.count == 1) }
    #expect(try await whole.responses.next()?.events.count == 3)

    var parts: [WatchResponse] = []
    repeat { parts.append(try #require(try await deleting.responses.next())) } while parts.last!.fragment
    #expect(parts.count == 2)
    #expect(parts.flatMap(\.events).map(\.kv.key) == ["a", "b", "c"].map { Data($0.utf8) })
    #expect(parts.flatMap(\.events).allSatisfy { $0.prevKv.value == large })
    await node.close()
  }

  @Test("Filters leave out puts or deletions")
  func filters() async throws {
    let node = try EtcdNode.boot()
    let puts = try await watchAll(node) { $0.filters = [.nodelete] }
    let deletes = try await watchAll(node) { $0.filters = [.noput] }
    _ = try await node.put(.with(key: "a", value: "1"))
    _ = try await node.deleteRange(.with { $0.key = Data("a".utf8) })
    _ = try await node.put(.with(key: "a", value: "2"))
    #expect(try await puts.responses.next()?.header.revision == 2)
    #expect(try await puts.responses.next()?.header.revision == 4)
    #expect(try await deletes.responses.next()?.header.revision == 3)
    await node.close()
  }

  @Test("A watch that asks to be told of progress is, when it has no events")
  func progressNotify() async throws {
    var configuration = NodeConfiguration.inMemory
    configuration.progressNotifyInterval = .milliseconds(20)
    let node = try EtcdNode.boot(configuration)
    var request = WatchCreateRequest()
    request.key = Data("a".utf8)
    request.progressNotify = true
    let watch = try await node.watch(request)
    _ = try await watch.responses.next()
    _ = try await node.put(.with(key: "b", value: "unseen"))
    for _ in 0..<2 {
      let progress = try #require(try await watch.responses.next())
      #expect(progress.events.isEmpty)
      #expect(progress.header.revision <= 2)
    }
    await node.close()
  }

  @Test("A watch of an empty range is refused")
  func emptyRange() async throws {
    let node = try EtcdNode.boot()
    var request = WatchCreateRequest()
    request.key = Data("b".utf8)
    request.rangeEnd = Data("a".utf8)
    await #expect {
      try await node.watch(request)
    } throws: {
      ($0 as! EtcdError).message == "mvcc: watcher range is empty"
    }
    await node.close()
  }

  @Test("Many writers and watchers at once: each watcher sees every write once, in order of revision")
  func concurrency() async throws {
    let node = try EtcdNode.boot()
    let watches = try await withThrowingTaskGroup(of: WatchStream.self) { group in
      for _ in 0..<4 { group.addTask { try await watchAll(node) { _ in } } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          for number in 0..<500 { _ = try await node.put(.with(key: "w\(writer)", value: "\(number)")) }
        }
      }
      for watch in watches {
        group.addTask {
          var revisions: [Int64] = []
          while revisions.count < 2000 {
            revisions += try #require(try await watch.responses.next()).events.map(\.kv.modRevision)
          }
          #expect(revisions == Array(2...2001))
        }
      }
      try await group.waitForAll()
    }
    await node.close()
  }
}
