import EtcdAPI
import EtcdServer
import EtcdState

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What etcd's lock and election services do with a node on behalf of a caller (client/v3/concurrency).
///
///     name/6b3c…1   created at 10      holds the lock, or leads
///     name/6b3c…7   created at 12      waits until every key of the prefix that was created before is gone
///
/// Each waiter has a key of its own, named by its lease, so that its end frees the place.
struct Recipe: Sendable {
  let node: EtcdNode
  let caller: Caller

  /// Seconds of the lease that is granted to who brings none.
  private static let timeToLive: Int64 = 60

  /// The caller's lease, or a new one.
  func lease(_ id: Int64) async throws(EtcdError) -> Int64 {
    if id != 0 { return id }
    var request = LeaseGrantRequest()
    request.ttl = Self.timeToLive
    return try await node.answer { node.leaseGrant(request, by: caller, then: $0) }.id
  }

  static func prefix(_ name: Data) -> Data { name + Data("/".utf8) }

  /// The key of a waiter: its lease as etcd prints it.
  static func key(_ prefix: Data, lease: Int64) -> Data { prefix + Data(String(lease, radix: 16).utf8) }

  // MARK: Requests

  func range(_ request: RangeRequest) async throws(EtcdError) -> RangeResponse {
    try await node.answer { node.range(request, by: caller, then: $0) }
  }

  func txn(_ request: TxnRequest) async throws(EtcdError) -> TxnResponse {
    try await node.answer { node.txn(request, by: caller, then: $0) }
  }

  func delete(_ key: Data) async throws(EtcdError) -> DeleteRangeResponse {
    var request = DeleteRangeRequest()
    request.key = key
    return try await node.answer { node.deleteRange(request, by: caller, then: $0) }
  }

  /// Deletes a key whether or not the task has been cancelled.
  func clear(_ key: Data) {
    var request = DeleteRangeRequest()
    request.key = key
    node.deleteRange(request, by: caller) { _ in }
  }

  func first(of prefix: Data) -> RangeRequest {
    var request = RangeRequest(prefix: prefix)
    request.sortTarget = .create
    request.sortOrder = .ascend
    request.limit = 1
    return request
  }

  // MARK: Waiting

  /// Waits until no key of a prefix is left that was created at a revision or before.
  func waitForDeletion(of prefix: Data, createdBy revision: Int64) async throws(EtcdError) {
    var request = RangeRequest(prefix: prefix)
    request.sortTarget = .create
    request.sortOrder = .descend
    request.limit = 1
    request.maxCreateRevision = revision
    while true {
      let found = try await range(request)
      guard let last = found.kvs.first else { return }
      var watch = WatchCreateRequest()
      watch.key = last.key
      watch.startRevision = found.header.revision
      try await forEachEvent(watch) { event, _ in event.type != .delete }
    }
  }

  /// Hands over the events of a watch until the body returns false.
  func forEachEvent(
    _ request: WatchCreateRequest, _ body: (Event, ResponseHeader) async throws(EtcdError) -> Bool
  ) async throws(EtcdError) {
    let watch = try node.openWatch(request, id: 0, by: caller)
    defer { watch.cancel() }
    while let response = try await watch.next() {
      if response.compactRevision != 0 { throw .compacted }
      for event in response.events {
        if try await !body(event, response.header) { return }
      }
    }
    throw .stopped
  }
}

extension RangeRequest {
  /// Every key that begins with a prefix.
  init(prefix: Data) {
    self.init()
    key = prefix
    var end = prefix
    while let last = end.last, last == .max { end.removeLast() }
    if let last = end.popLast() { end.append(last + 1) } else { end = Data([0]) }
    rangeEnd = end
  }
}

extension TxnRequest {
  /// A transaction under the condition that a key was created at a revision; 0 when it must not exist.
  init(
    ifCreated key: Data, at revision: Int64, then success: [RequestOp.OneOf_Request],
    else failure: [RequestOp.OneOf_Request] = []
  ) {
    self.init()
    var condition = Compare()
    condition.key = key
    condition.target = .create
    condition.result = .equal
    condition.createRevision = revision
    compare = [condition]
    self.success = success.map(RequestOp.init)
    self.failure = failure.map(RequestOp.init)
  }
}

extension RequestOp {
  fileprivate init(_ request: OneOf_Request) {
    self.init()
    self.request = request
  }

  static func put(_ key: Data, _ value: Data, lease: Int64) -> OneOf_Request {
    var request = PutRequest()
    request.key = key
    request.value = value
    request.lease = lease
    return .requestPut(request)
  }

  static func get(_ key: Data) -> OneOf_Request {
    var request = RangeRequest()
    request.key = key
    return .requestRange(request)
  }
}
