import EtcdAPI
import EtcdServer
import Foundation
import Testing

@testable import EtcdShell

@Suite("Those who want a lock stand in line", .timeLimit(.minutes(1)))
struct LockTests {
  @Test("one after another, in the order they came, each at the front for a time")
  func inOrder() async throws {
    let etcd = try EtcdNode.boot()
    let queue = Queue(etcd: etcd, name: Data("/lock".utf8))
    let (order, report) = AsyncStream.makeStream(of: Int.self)
    var waiting: [Task<Void, any Error>] = []
    for number in 0..<5 {
      let lease = try await KeptLease(etcd, timeToLive: 60)
      let place = try await queue.join(lease, value: Data())
      waiting.append(
        Task {
          let front = try await queue.wait(at: place)
          let first = try await queue.first().kvs.first
          #expect(first?.key == front.key)
          report.yield(number)
          await lease.revoke()
        })
    }
    for task in waiting { try await task.value }
    report.finish()
    #expect(await order.reduce(into: []) { $0.append($1) } == [0, 1, 2, 3, 4])
    #expect(try await queue.first().kvs.isEmpty)
  }

  @Test("who waits is cancelled without a trace, and those behind do not wait for him")
  func cancelled() async throws {
    let etcd = try EtcdNode.boot()
    let queue = Queue(etcd: etcd, name: Data("/lock".utf8))
    let holder = try await KeptLease(etcd, timeToLive: 60)
    let place = try await queue.wait(at: try await queue.join(holder, value: Data("held".utf8)))
    let captured = CapturedSession(etcd, mode: .script)
    let waiter = Task { try await captured.session.run(Statement(words: ["lock", "/lock", "true"].map { Word($0) })) }
    while try await etcd.leaseLeases(.init()).leases.count < 2 { await Task.yield() }
    waiter.cancel()
    await #expect(throws: (any Error).self) { try await waiter.value }
    #expect(try await etcd.leaseLeases(.init()).leases.map(\.id) == [holder.id])
    let left = try await etcd.range(.with { $0.key = place.key })
    #expect(left.kvs.map(\.value) == [Data("held".utf8)])
    await holder.revoke()
  }

  @Test("a place that was lost while waiting is told of")
  func lost() async throws {
    let etcd = try EtcdNode.boot()
    let queue = Queue(etcd: etcd, name: Data("/lock".utf8))
    let holder = try await KeptLease(etcd, timeToLive: 60)
    _ = try await queue.join(holder, value: Data())
    let second = try await KeptLease(etcd, timeToLive: 60)
    let place = try await queue.join(second, value: Data())
    _ = try await etcd.leaseRevoke(.with { $0.id = second.id })
    await holder.revoke()
    await #expect(throws: ShellError("mutex: session is expired")) { _ = try await queue.wait(at: place) }
  }

  @Test("a lease that is revoked by others ends the wait for its loss")
  func leaseRevoked() async throws {
    let etcd = try EtcdNode.boot()
    let lease = try await KeptLease(etcd, timeToLive: 2)
    _ = try await etcd.leaseRevoke(.with { $0.id = lease.id })
    try await lease.lost()
  }
}
