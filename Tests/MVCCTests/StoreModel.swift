import MVCC

/// What a store should do, in the plainest way: the full list of writes, folded anew for every question.
struct StoreModel {
  struct Write: Equatable {
    var main: Int64
    var sub: Int64
    var key: String
    /// Nil for a deletion.
    var value: String?
    var lease: Int64

    var place: [Int64] { [main, sub] }
    var text: String { "\(main).\(sub) \(key)\(value == nil ? "†" : "")" }
  }

  struct Current: Equatable {
    var key: String
    var value: String
    var create: Int64
    var mod: Int64
    var version: Int64
    var lease: Int64
  }

  var writes: [Write] = []
  var revision: Int64 = 1
  var compacted: Int64 = -1

  /// The keys as they were, ascending.
  func keys(at revision: Int64, in range: (String) -> Bool) -> [Current] {
    var keys: [String: Current] = [:]
    for write in writes where write.main <= revision && range(write.key) {
      guard let value = write.value else {
        keys[write.key] = nil
        continue
      }
      let old = keys[write.key]
      keys[write.key] = Current(
        key: write.key, value: value, create: old?.create ?? write.main, mod: write.main,
        version: (old?.version ?? 0) + 1, lease: write.lease)
    }
    return keys.values.sorted { $0.key < $1.key }
  }

  /// What compaction leaves: everything after it, and before it each key's last write unless that is a deletion.
  var kept: [Write] {
    let last = Dictionary(
      writes.enumerated().filter { $1.main <= compacted }.map { ($1.key, $0) }, uniquingKeysWith: { $1 })
    return writes.enumerated().filter { $1.main > compacted || $1.value != nil && last[$1.key] == $0 }.map(\.element)
  }
}

extension StoreModel.Current {
  init(_ record: Record) {
    self.init(
      key: record.keyText, value: record.valueText, create: record.createRevision, mod: record.modRevision,
      version: record.version, lease: record.lease)
  }
}

extension StoreModel.Write {
  init(_ record: Record) {
    self.init(
      main: record.revision.main, sub: record.revision.sub, key: record.keyText,
      value: record.isTombstone ? nil : record.valueText, lease: record.lease)
  }
}

extension Record {
  var keyText: String { withKey { String(decoding: $0, as: UTF8.self) } }
  var valueText: String { withValue { String(decoding: $0, as: UTF8.self) } }
}

extension Store {
  @discardableResult
  mutating func put(_ key: String, _ value: String, lease: Int64 = 0) -> Change {
    Array(key.utf8).withUnsafeBytes { key in
      Array(value.utf8).withUnsafeBytes { put(key: key, value: $0, lease: lease) }
    }
  }

  @discardableResult
  mutating func delete(_ key: String) -> [Change] { delete(KeyRange(key: Array(key.utf8))) }

  /// `key=value` of every key, ascending.
  func texts(at revision: Int64 = 0) throws(RevisionError) -> [String] {
    try range(.all, at: revision).records.map { "\($0.keyText)=\($0.valueText)" }
  }

  /// Every record kept, as `main.sub key` with a `†` for tombstones.
  var logTexts: [String] {
    var texts: [String] = []
    forEachRecord { record in
      texts.append("\(record.revision.main).\(record.revision.sub) \(record.keyText)\(record.isTombstone ? "†" : "")")
      return true
    }
    return texts
  }
}

extension KeyRange {
  static let all = KeyRange(start: [], end: .unbounded)

  static func prefix(_ text: String) -> KeyRange {
    var end = Array(text.utf8)
    end[end.count - 1] += 1
    return KeyRange(start: Array(text.utf8), end: .below(end))
  }
}
