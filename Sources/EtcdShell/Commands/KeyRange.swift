#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The keys that a command names: etcd's pair of a key and an end.
///
///     key /a   end (empty)     the key /a alone
///     key /a   end /c          /a and all before /c
///     key /a   end \0          /a and all after it
///     key \0   end \0          every key
struct KeyRange: Sendable, Equatable {
  var key: Data
  var end = Data()

  static let all = KeyRange(key: Data([0]), end: Data([0]))

  init(key: Data, end: Data = Data()) {
    self.key = key
    self.end = end
  }

  /// Every key that begins with `prefix`.
  init(prefix: Data) {
    self = prefix.isEmpty ? .all : KeyRange(key: prefix, end: Self.end(ofPrefix: prefix))
  }

  /// `key` and every key after it.
  init(from key: Data) { self.init(key: key.isEmpty ? Data([0]) : key, end: Data([0])) }

  /// The first key behind all those with this prefix: its last byte that can be raised, raised. A zero byte,
  /// etcd's mark for no end, when there is none.
  static func end<Bytes: RangeReplaceableCollection & BidirectionalCollection>(ofPrefix prefix: Bytes) -> Bytes
  where Bytes.Element == UInt8 {
    var end = prefix
    while let last = end.popLast() {
      if last < 0xff {
        end.append(last + 1)
        return end
      }
    }
    return Bytes(CollectionOfOne(0))
  }

  var isSingleKey: Bool { end.isEmpty }
}

extension Invocation {
  /// The range that the words and `--prefix`, `--from-key` name, in the way common to etcdctl's `get`, `del`, `watch`.
  func keyRange() throws(ShellError) -> KeyRange {
    let isPrefix = bool("prefix")
    let isFromKey = command.flags.contains { $0.name == "from-key" } && bool("from-key")
    if isPrefix, isFromKey {
      throw .badArguments("`--prefix` and `--from-key` cannot be set at the same time, choose one")
    }
    let key = Data(words[0].bytes)
    if words.count > 1 {
      if isPrefix || isFromKey {
        throw .badArguments(
          "too many arguments, only accept one argument when `--prefix` or `--from-key` is set", at: words[1])
      }
      return KeyRange(key: key, end: Data(words[1].bytes))
    }
    if isPrefix { return KeyRange(prefix: key) }
    return isFromKey ? KeyRange(from: key) : KeyRange(key: key)
  }
}
