import EtcdAPI
import EtcdServer
import Foundation
import Synchronization
import Testing

@testable import EtcdShell

@Suite("A load is written as it is meant", .timeLimit(.minutes(1)))
struct LoadCheckTests {
  private func keys(_ etcd: EtcdNode) async throws -> [KeyValue] {
    let all = KeyRange.all
    return try await etcd.range(
      .with {
        $0.key = all.key
        $0.rangeEnd = all.end
      }
    ).kvs
  }

  @Test("no faster than the rate, none of them twice, none after its time")
  func rate() async throws {
    let etcd = try EtcdNode.boot()
    var check = LoadCheck(
      clients: 20, rate: 500, count: 50, prefix: Data("/check/".utf8), keySize: 256, valueSize: 1024)
    let answered = Mutex(0)
    let figures = try await check.run(on: etcd) { answered.withLock { $0 += 1 } }
    let keys = try await keys(etcd)
    #expect(keys.count == figures.latencies.count && keys.count == answered.withLock { $0 })
    #expect(keys.count == 50 && figures.seconds >= 49.0 / 500)
    #expect(
      keys.allSatisfy { $0.key.count == 256 + 7 && $0.value.count == 1024 && $0.key.starts(with: "/check/".utf8) })
    #expect(figures.errors.isEmpty && figures.slowest > 0 && figures.deviation >= 0)
    check.duration = .zero
    #expect(try await check.run(on: etcd).latencies.isEmpty)
  }

  @Test("so many in all, as fast as they go")
  func count() async throws {
    let etcd = try EtcdNode.boot()
    let check = LoadCheck(clients: 7, count: 1000, prefix: Data("/check/".utf8), keySize: 512, valueSize: 512)
    #expect(try await check.run(on: etcd).latencies.count == 1000)
    #expect(try await keys(etcd).count == 1000)
  }

  @Test("errors are counted, each by its text")
  func errors() async throws {
    let check = LoadCheck(clients: 3, count: 10, prefix: Data(), keySize: 8, valueSize: 8)
    let figures = try await check.run(on: StubEtcd())
    #expect(figures.errors == ["not in this stub": 10] && figures.latencies.isEmpty && figures.perSecond == 0)
  }

  @Test("the figures are those of the times taken")
  func figures() {
    let figures = LoadCheck.Figures(latencies: [1, 3, 5, 7], seconds: 2)
    #expect(figures.perSecond == 2 && figures.slowest == 7)
    #expect(abs(figures.deviation - 5.0.squareRoot()) < 1e-12)
  }

  @Test(
    "a number is written with so many digits behind the point",
    arguments: [
      (0.0, "0.000000"), (0.0123456789, "0.012346"), (12.5, "12.500000"), (-0.5, "-0.500000"), (1e-9, "0.000000"),
    ])
  func decimals(value: Double, text: String) { #expect(decimal(value, places: 6) == text) }
}
