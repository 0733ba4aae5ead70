import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let get = Command(
    "get", group: .keys, summary: "Gets the key or a range of keys",
    parameters: [Parameter("key", .key), Parameter("range_end", .key, optional: true)],
    flags: rangeFlags + [
      Flag("print-value-only", nil, .bool, "only write values when using the \"simple\" output format"),
      Flag("missing-ok", nil, .bool, "a missing key is no error"),
    ],
    details: """
      A key on one line, its value on the next. With a range_end, every key from the first up to it.

      A single key that does not exist is error 100 and exit status 4, unless --missing-ok is given or a program reads
      the answer (-w fields, json, protobuf, ndjson).
      """,
    examples: ["get /app/port --missing-ok", "get --prefix /app/ --sort-by MODIFY --order DESCEND --limit 10"],
    wordsMessage: "get command needs one argument as key and an optional argument as range_end"
  ) { invocation in
    let request = try invocation.rangeRequest()
    if invocation.bool("count-only"), invocation.format != .fields {
      throw ShellError.badArguments(
        "--count-only is only for `--write-out=fields`", at: invocation.flagWord("count-only"))
    }
    if invocation.bool("print-value-only"), invocation.format != .simple {
      throw ShellError.badArguments(
        "print-value-only is only for `--write-out=simple`", at: invocation.flagWord("print-value-only"))
    }
    try invocation.checkFormat(for: .plain)

    let response = try await invocation.etcd.range(request)
    let isMissing = request.rangeEnd.isEmpty && response.count == 0
    let isSilent = invocation.bool("missing-ok") || invocation.session.program == .etcdctl
    if isMissing, invocation.format == .simple, !isSilent {
      throw KeyError.keyNotFound(request.key).error(at: response.header.revision, word: invocation.words[0])
    }
    try invocation.show(.range(response, valueOnly: invocation.bool("print-value-only")))
  }

  /// The flags of a range read, in a command of its own or in a transaction.
  private static let rangeFlags = [
    Flag("prefix", nil, .bool, "get keys with matching prefix"),
    Flag("from-key", nil, .bool, "get keys that are greater than or equal to the given key using byte compare"),
    Flag("rev", nil, .integer, "specify the kv revision"),
    Flag("limit", nil, .integer, "maximum number of results"),
    Flag(
      "order", nil, .choice(["ASCEND", "DESCEND"]), "order of results", choiceMessage: { "bad sort order \($0)" }),
    Flag(
      "sort-by", nil, .choice(["CREATE", "KEY", "MODIFY", "VALUE", "VERSION"]), "sort target",
      choiceMessage: { "bad sort target \($0)" }),
    Flag("keys-only", nil, .bool, "get only the keys"),
    Flag("count-only", nil, .bool, "get only the count (with -w fields)"),
    Flag(
      "consistency", nil, .choice(["l", "s"]), default: "l", "linearizable (l) or serializable (s)",
      choiceMessage: { "unknown consistency flag \"\($0)\"" }),
    Flag("min-mod-rev", nil, .integer, "leave out keys modified before this revision"),
    Flag("max-mod-rev", nil, .integer, "leave out keys modified after this revision"),
    Flag("min-create-rev", nil, .integer, "leave out keys created before this revision"),
    Flag("max-create-rev", nil, .integer, "leave out keys created after this revision"),
  ]
}

extension Invocation {
  /// What `get` asks, here and in a transaction.
  func rangeRequest() throws(ShellError) -> RangeRequest {
    let range = try keyRange()
    if bool("keys-only"), bool("count-only") {
      throw .badArguments("`--keys-only` and `--count-only` cannot be set at the same time, choose one")
    }
    var request = RangeRequest()
    request.key = range.key
    request.rangeEnd = range.end
    request.revision = try count("rev")
    request.limit = try count("limit")
    request.keysOnly = bool("keys-only")
    request.countOnly = bool("count-only")
    request.serializable = text("consistency") == "s"
    request.minModRevision = try count("min-mod-rev")
    request.maxModRevision = try count("max-mod-rev")
    request.minCreateRevision = try count("min-create-rev")
    request.maxCreateRevision = try count("max-create-rev")
    request.sortTarget =
      switch text("sort-by") {
      case "CREATE": .create
      case "MODIFY": .mod
      case "VALUE": .value
      case "VERSION": .version
      default: .key
      }
    request.sortOrder =
      switch text("order") {
      // Ascending by key is what the server does anyway, without sorting.
      case "ASCEND": request.sortTarget == .key ? .none : .ascend
      case "DESCEND": .descend
      default: .none
      }
    return request
  }

  /// A flag's number, 0 when it is not given; negative ones are refused.
  func count(_ flag: String) throws(ShellError) -> Int64 {
    guard let value = integer(flag) else { return 0 }
    if value < 0 { throw ShellError("--\(flag) \(value): expected a number from 0 on", at: flagWord(flag)) }
    return value
  }
}
