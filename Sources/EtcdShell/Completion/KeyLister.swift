import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Lists the next path segment of the keys that begin with what is typed.
///
/// It seeks instead of scanning: one key is asked for, its segment is emitted, and the next request begins after
/// everything that shares it. The cost is per segment shown, never per key stored.
///
///     typed /a      keys  /a/x/1 /a/x/2 … /a/x/900000 | /a/y | /ab
///     requests      from /a, 1 key -> /a/x/1: emit /a/
///                   from /a0 ('0' follows '/')  -> /ab: emit /ab
///                   from /ab\0                  -> none
enum KeyLister {
  struct Listing: Sendable, Equatable {
    /// Whole keys, and segments that end in `/`, each once, in key order.
    var entries: [[UInt8]] = []
    /// Whether there are more than those.
    var isCut = false
  }

  /// What one list shows; more is for `get --keys-only --prefix`.
  static let limit = 100

  /// - Parameter deadline: when it passes, what was found so far is the answer.
  static func list(
    _ prefix: [UInt8], on etcd: any Etcd, limit: Int = limit, until deadline: ContinuousClock.Instant
  ) async -> Listing {
    var listing = Listing()
    var from = prefix
    let end = KeyRange.end(ofPrefix: prefix)
    // Keys without a segment after them come one after another in most folders: then a request may ask for as many
    // as have just been seen in a row, so that round trips do not add up on a slow network.
    var run = 0
    while true {
      guard listing.entries.count < limit, ContinuousClock.now < deadline else {
        listing.isCut = true
        return listing
      }
      var request = RangeRequest()
      request.key = Data(from.isEmpty ? [0] : from)
      request.rangeEnd = Data(end)
      request.limit = Int64(min(max(run, 1), limit - listing.entries.count))
      request.keysOnly = true
      request.serializable = true
      guard let response = try? await etcd.range(request) else {
        listing.isCut = true
        return listing
      }
      for pair in response.kvs {
        let key = [UInt8](pair.key)
        // Passed over already: it shares the segment just emitted.
        if key.lexicographicallyPrecedes(from) { continue }
        if let slash = key[prefix.count...].firstIndex(of: UInt8(ascii: "/")) {
          let segment = Array(key[...slash])
          listing.entries.append(segment)
          from = KeyRange.end(ofPrefix: segment)
          run = 0
        } else {
          listing.entries.append(key)
          from = key + [0]
          run += 1
        }
      }
      if !response.more || isAtEnd(from, end) { return listing }
    }
  }

  private static func isAtEnd(_ from: [UInt8], _ end: [UInt8]) -> Bool {
    end != [0] && !from.lexicographicallyPrecedes(end)
  }
}
