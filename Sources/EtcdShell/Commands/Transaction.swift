import EtcdAPI

extension Command {
  static let txn = Command(
    "txn", group: .keys, summary: "Processes all the requests in one transaction",
    flags: [Flag("interactive", "i", .bool, "print a heading before each part, as etcdctl does")],
    details: """
      Reads three parts, each ended by an empty line: comparisons, the requests when all hold, and the requests when
      one does not.

        mod("/app/port") = "3"            version, create, mod, value or lease; =, !=, < or >
        value("/app/host") != "a"

        put /app/port 8081                put, get and del, with their flags
        get /app/host

        get /app/port

      At a prompt a line that cannot be read is reported and asked for again; elsewhere it is an error, exit status 3.
      """,
    examples: [
      """
      txn
      version("/app/port") = "0"

      put /app/port 8080

      get /app/port

      """
    ], writes: true, wordsMessage: "txn command does not accept argument"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    let reader = TransactionReader(invocation: invocation)
    var request = TxnRequest()
    request.compare = try await reader.part("compares:") { line, _ in try Comparison.parse(line) }
    request.success = try await reader.part("success requests (get, put, del):") { line, reader in
      try await reader.request(line)
    }
    request.failure = try await reader.part("failure requests (get, put, del):") { line, reader in
      try await reader.request(line)
    }
    try invocation.show(.txn(try await invocation.etcd.txn(request)))
  }
}

/// Reads a transaction's lines after the command itself.
struct TransactionReader {
  let invocation: Invocation

  /// The lines up to the next empty one, each read by `parse`.
  func part<Element>(
    _ heading: String, _ parse: (String, TransactionReader) async throws -> Element
  ) async throws -> [Element] {
    let mode = invocation.session.mode
    let input = invocation.session.input
    if invocation.bool("interactive"), mode != .prompt { invocation.console.write(heading + "\n") }
    var elements: [Element] = []
    while true {
      guard let bytes = try await input.nextLine(prompt: heading + " ") else {
        throw ShellError(
          "the transaction ended before the empty line that ends its part \"\(heading)\"",
          remedy: "three parts, each ended by an empty line: compares, success requests, failure requests",
          status: ExitStatus.invalidInput)
      }
      let line = String(decoding: bytes, as: UTF8.self)
      if line.trimmed.isEmpty { return elements }
      do {
        elements.append(try await parse(line, self))
      } catch {
        var error = ShellError(any: error)
        error.status = ExitStatus.invalidInput
        error.line = input.lineNumber
        error.column = error.column ?? 1
        switch mode {
        case .prompt:
          invocation.console.writeErrorLine("Error: \(error.message)\(error.explanation)\nonce more, or an empty line:")
        case .oneShot:
          // A script's errors begin with their place; a one-shot's do not.
          error.cause = error.cause ?? "in line \(input.lineNumber) of the transaction"
          throw error
        case .script: throw error
        }
      }
    }
  }

  /// A `put`, `get` or `del` with its flags, read by the table that reads them as commands.
  func request(_ line: String) async throws -> RequestOp {
    let words = try TransactionLine(line).words()
    guard words.count >= 2 else { throw ShellError("invalid txn request: \(line.trimmed)") }
    guard ["put", "get", "del"].contains(words[0].text) else {
      throw ShellError("invalid txn request: \(line.trimmed)", remedy: "a transaction takes put, get and del")
    }
    let parsed = try invocation.session.table.parse(words, globals: [])
    let nested = Invocation(
      command: parsed.command, words: parsed.words, wordsBeforeDashes: parsed.wordsBeforeDashes, flags: parsed.flags,
      isBackground: false, session: invocation.session)
    var operation = RequestOp()
    switch words[0].text {
    case "put":
      guard nested.words.count == 2 || nested.bool("ignore-value") else {
        throw ShellError("invalid txn request: \(line.trimmed)", remedy: "put needs a key and a value")
      }
      for flag in ["ttl", "if-absent", "if-rev"] where nested.isGiven(flag) {
        throw ShellError("put --\(flag) cannot be part of a transaction", at: nested.flagWord(flag))
      }
      operation.requestPut = try await nested.putRequest()
    case "get": operation.requestRange = try nested.rangeRequest()
    default: operation.requestDeleteRange = try nested.deleteRequest()
    }
    return operation
  }
}

/// One line of a request in a transaction, split into words by etcdctl's rules, which are not a shell's: `"…"` has Go's
/// escapes, `'…'` none, anything else ends at a blank.
struct TransactionLine {
  private let bytes: [UInt8]

  init(_ line: String) { bytes = Array(line.utf8) }

  func words() throws(ShellError) -> [Word] {
    var words: [Word] = []
    var position = 0
    while true {
      while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
      guard position < bytes.count else { return words }
      let column = position + 1
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let (value, end) = try GoString.parse(bytes, from: position)
        words.append(Word(value, column: column, origin: .quoted))
        position = end
      case UInt8(ascii: "'"):
        guard let end = bytes[(position + 1)...].firstIndex(of: UInt8(ascii: "'")) else {
          throw ShellError("a ' without its end", at: Word([], column: column))
        }
        words.append(Word(Array(bytes[(position + 1)..<end]), column: column, origin: .quoted))
        position = end + 1
      default:
        let end = bytes[position...].firstIndex(where: Self.isBlank) ?? bytes.endIndex
        words.append(Word(Array(bytes[position..<end]), column: column))
        position = end
      }
    }
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte) }
}

extension String {
  /// Without blanks at its ends.
  var trimmed: String {
    let utf8 = self.utf8
    guard let first = utf8.firstIndex(where: { !TransactionLine.isBlank($0) }),
      let last = utf8.lastIndex(where: { !TransactionLine.isBlank($0) })
    else { return "" }
    return String(self[first...last])
  }
}
