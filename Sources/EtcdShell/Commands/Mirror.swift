import EtcdAPI
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Keys copied to another cluster, and every change after that.
///
///     source   /app/a = 1   /app/b = 2        put /app/a 3     del /app/b
///                 |            |                   |               |
///     mirror   /copy/a = 1  /copy/b = 2       put /copy/a 3    del /copy/b
///
/// What changed at one revision changes there in one transaction, up to the 128 operations that etcd allows in one.
/// Leases are not copied.
final class Mirror: Sendable {
  let source: any Etcd
  let destination: any Etcd
  let prefix: Data
  let destinationPrefix: Data
  private let copied = Atomic<Int>(0)

  private static let operationsMax = 128
  /// A transaction stays well below the 1.5 MiB that a request may have.
  private static let bytesMax = 1 << 20

  init(from source: any Etcd, _ prefix: Data, to destination: any Etcd, _ destinationPrefix: Data) {
    self.source = source
    self.prefix = prefix
    self.destination = destination
    self.destinationPrefix = destinationPrefix
  }

  /// How many keys and changes have been copied.
  var count: Int { copied.load(ordering: .relaxed) }

  /// Goes on until the caller is cancelled.
  func run() async throws {
    let revision = try await copyAll()
    let range = KeyRange(prefix: prefix)
    try await source.eachResponse(
      to: .with {
        $0.key = range.key
        $0.rangeEnd = range.end
        $0.startRevision = revision + 1
      }
    ) { response in
      try await self.copy(response.events)
      return true
    }
  }

  /// Copies what is there.
  ///
  /// - Returns: the revision at which it was.
  private func copyAll() async throws -> Int64 {
    let range = KeyRange(prefix: prefix)
    var request = RangeRequest()
    (request.key, request.rangeEnd, request.limit) = (range.key, range.end, 1000)
    while true {
      let response = try await source.range(request)
      if request.revision == 0 { request.revision = response.header.revision }
      var batch = Batch()
      for kv in response.kvs {
        let operation = put(kv)
        if !batch.hasRoom(for: kv) { try await send(&batch) }
        batch.add(operation, for: kv)
      }
      try await send(&batch)
      guard response.more, let last = response.kvs.last else { return request.revision }
      request.key = last.key + [0]
    }
  }

  private func copy(_ events: [Event]) async throws {
    var batch = Batch()
    var revision: Int64 = 0
    for event in events {
      let isNext = event.kv.modRevision > revision
      if isNext || !batch.hasRoom(for: event.kv) { try await send(&batch) }
      revision = event.kv.modRevision
      if event.type == .delete {
        batch.add(.with { $0.requestDeleteRange = .with { $0.key = self.renamed(event.kv.key) } }, for: event.kv)
      } else {
        batch.add(put(event.kv), for: event.kv)
      }
    }
    try await send(&batch)
  }

  private struct Batch {
    var operations: [RequestOp] = []
    var size = 0

    func hasRoom(for kv: KeyValue) -> Bool {
      operations.count < Mirror.operationsMax && size + kv.key.count + kv.value.count <= Mirror.bytesMax
    }

    mutating func add(_ operation: RequestOp, for kv: KeyValue) {
      operations.append(operation)
      size += kv.key.count + kv.value.count
    }
  }

  private func send(_ batch: inout Batch) async throws {
    if batch.operations.isEmpty { return }
    let operations = batch.operations
    _ = try await destination.txn(.with { $0.success = operations })
    copied.wrappingAdd(operations.count, ordering: .relaxed)
    batch = Batch()
  }

  private func put(_ kv: KeyValue) -> RequestOp {
    .with {
      $0.requestPut = .with {
        $0.key = renamed(kv.key)
        $0.value = kv.value
      }
    }
  }

  private func renamed(_ key: Data) -> Data { destinationPrefix + key.dropFirst(prefix.count) }
}
