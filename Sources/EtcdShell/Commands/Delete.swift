import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let del = Command(
    "del", group: .keys, summary: "Removes the specified key or range of keys",
    parameters: [Parameter("key", .key), Parameter("range_end", .key, optional: true)],
    flags: [
      Flag("prefix", nil, .bool, "delete keys with matching prefix"),
      Flag("from-key", nil, .bool, "delete keys that are greater than or equal to the given key using byte compare"),
      Flag("prev-kv", nil, .bool, "return deleted key-value pairs"),
      Flag("range", nil, .bool, "two keys are a range: delete from the first up to, not including, the second"),
    ],
    details: """
      Prints the number of keys deleted. Two keys are refused unless --range says that a range is meant: who types
      `del a b` mostly means these two keys, and etcd would delete everything between them.
      """,
    examples: ["del /app/port", "del --prefix /app/ --prev-kv", "del --range /app/a /app/m"], writes: true,
    wordsMessage: "del command needs one argument as key and an optional argument as range_end"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let request = try invocation.deleteRequest()
    try invocation.show(.deleteRange(try await invocation.etcd.deleteRange(request)))
  }
}

extension Invocation {
  /// What `del` asks, here and in a transaction.
  func deleteRequest() throws(ShellError) -> DeleteRangeRequest {
    let range = try keyRange()
    let isRange = bool("range") || (session.program == .etcdctl && words.count == 2)
    if words.count == 2, !isRange {
      let (first, second) = (Quoting.quoted(words[0].bytes), Quoting.quoted(words[1].bytes))
      throw .badArguments(
        "del takes one key, and \(second) is a second one",
        cause: "etcdctl would delete every key from \(first) up to, not including, \(second)",
        remedy: "`del --range \(first) \(second)` for that, or `del \(first)` and `del \(second)` for the two keys",
        at: words[1])
    }
    if isRange, words.count < 2 {
      throw .badArguments("--range needs two keys, the first and the one to stop before", at: flagWord("range"))
    }
    var request = DeleteRangeRequest()
    request.key = range.key
    request.rangeEnd = range.end
    request.prevKv = bool("prev-kv")
    return request
  }
}
