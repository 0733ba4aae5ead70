import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The line in which those who want a lock, or to be elected, stand: one key for each below the name, in the order of
/// their creation. etcd's clients of every language use the same keys.
///
///     /locks/backup/694d81417acd4754    created at 7    holds it
///     /locks/backup/694d81417acd4759    created at 9    is next: waits until no key created before 9 is left
///
/// The last part is the lease, in hexadecimal, that the key is attached to.
struct Queue {
  let etcd: any Etcd
  let name: Data

  var prefix: Data { name + Data("/".utf8) }

  /// A place in it.
  struct Place {
    var key: Data
    var createRevision: Int64
    /// The revision at which it came to the front.
    var revision: Int64
  }

  /// Joins the end.
  func join(_ lease: KeptLease, value: Data) async throws(EtcdError) -> Place {
    let key = prefix + Data(String(UInt64(bitPattern: lease.id), radix: 16).utf8)
    let response = try await etcd.put(
      .with {
        $0.key = key
        $0.value = value
        $0.lease = lease.id
      })
    return Place(key: key, createRevision: response.header.revision, revision: response.header.revision)
  }

  /// Waits until the place is the first.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled; ``ShellError`` when the place is lost meanwhile.
  func wait(at place: Place) async throws -> Place {
    var place = place
    var hasWaited = false
    while let ahead = try await last(before: place) {
      hasWaited = true
      try await end(of: ahead.key, after: ahead.revision)
      try Task.checkCancellation()
    }
    let own = try await etcd.range(.with { $0.key = place.key })
    guard own.kvs.first?.createRevision == place.createRevision else { throw ShellError("mutex: session is expired") }
    if hasWaited { place.revision = own.header.revision }
    return place
  }

  /// The one that stands right before the place; waiting for it alone wakes one waiter at a time.
  private func last(before place: Place) async throws(EtcdError) -> (key: Data, revision: Int64)? {
    let range = KeyRange(prefix: prefix)
    let response = try await etcd.range(
      .with {
        $0.key = range.key
        $0.rangeEnd = range.end
        $0.maxCreateRevision = place.createRevision - 1
        $0.sortTarget = .create
        $0.sortOrder = .descend
        $0.limit = 1
      })
    return response.kvs.first.map { ($0.key, response.header.revision) }
  }

  /// The one that stands first, which holds the lock or is elected.
  func first() async throws(EtcdError) -> RangeResponse {
    let range = KeyRange(prefix: prefix)
    return try await etcd.range(
      .with {
        $0.key = range.key
        $0.rangeEnd = range.end
        $0.sortTarget = .create
        $0.sortOrder = .ascend
        $0.limit = 1
      })
  }

  /// Waits until the key is deleted.
  private func end(of key: Data, after revision: Int64) async throws {
    try await etcd.eachResponse(
      to: .with {
        $0.key = key
        $0.startRevision = revision + 1
      }
    ) { response in
      !response.events.contains { $0.type == .delete }
    }
  }
}

extension Etcd {
  /// Watches until `body` returns false.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled; ``ShellError`` when the watch ends by itself.
  func eachResponse(
    to request: WatchCreateRequest, _ body: (WatchResponse) async throws -> Bool
  ) async throws {
    let stream = try await watch(request)
    defer { stream.cancel() }
    try await withTaskCancellationHandler {
      while let response = try await stream.responses.next() {
        if response.canceled {
          throw ShellError(response.compactRevision == 0 ? response.cancelReason : EtcdError.compacted.message)
        }
        if !(try await body(response)) { return }
      }
      try Task.checkCancellation()
      throw ShellError("lost watcher")
    } onCancel: {
      stream.cancel()
    }
  }
}
