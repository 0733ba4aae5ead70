/// Which lines hold a secret and stay out of the history.
enum Secrecy {
  /// A line with a password: `--password …`, `--user name:password`, or a command that takes one.
  static func holdsSecret(_ text: String) -> Bool {
    let words = (try? Tokenizer.statements(in: text).flatMap(\.words)) ?? []
    var isAfterUser = false
    for word in words.map(\.text) {
      if word == "--password" || word.hasPrefix("--password=") { return true }
      if isAfterUser || word.hasPrefix("--user="), word.contains(":") { return true }
      isAfterUser = word == "--user"
    }
    // user add NAME:PASSWORD
    return words.count > 2 && words[0].text == "user" && words[2].text.contains(":")
  }
}

extension Tokenizer {
  /// All statements of a text that is whole.
  static func statements(in text: String) throws(ShellError) -> [Statement] {
    var tokenizer = Tokenizer()
    let bytes = Array(text.utf8)
    var position = 0
    var found: [Statement] = []
    try bytes.withUnsafeBufferPointer { buffer throws(ShellError) in
      while let statement = try tokenizer.next(buffer, &position) { found.append(statement) }
    }
    if let last = try tokenizer.finish() { found.append(last) }
    return found
  }

  /// Whether a text needs another line before it means something.
  static func isIncomplete(_ text: String) -> Bool {
    var tokenizer = Tokenizer()
    let bytes = Array(text.utf8) + [UInt8(ascii: "\n")]
    var position = 0
    do {
      try bytes.withUnsafeBufferPointer { buffer throws(ShellError) in
        while try tokenizer.next(buffer, &position) != nil {}
      }
    } catch {
      return false
    }
    return tokenizer.isInStatement
  }
}
