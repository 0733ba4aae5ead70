/// Which lines hold a secret and stay out of the history.
enum Secrecy {
  private static let passwords = ["--password", "--new-user-password", "--dest-password"]
  private static let users = ["--user", "--dest-user"]

  /// A line with a password: `--password …`, `--user name:password`, or a command that takes one.
  static func holdsSecret(_ text: String) -> Bool {
    let words = (try? Tokenizer.statements(in: text).flatMap(\.words)) ?? []
    var isAfterUser = false
    for word in words.map(\.text) {
      if passwords.contains(where: { word == $0 || word.hasPrefix("\($0)=") }) { return true }
      if isAfterUser || users.contains(where: { word.hasPrefix("\($0)=") }), word.contains(":") { return true }
      isAfterUser = users.contains(word)
    }
    // user add NAME:PASSWORD
    return words.count > 2 && words[0].text == "user" && words.dropFirst(2).contains { $0.text.contains(":") }
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
