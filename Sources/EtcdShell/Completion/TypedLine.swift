/// A line up to the cursor, as far as it can be understood.
struct TypedLine: Sendable {
  /// The finished words of the statement the cursor is in.
  var words: [Word]
  /// What is typed so far of the word at the cursor.
  var typed: [UInt8]
  /// Where that word begins, as a UTF-8 offset into the line.
  var start: Int
  /// The quote that is open at the cursor.
  var quote: Character?

  /// Nil where there is nothing to complete: in a comment, a here-document, or a line that is wrong already.
  init?(_ text: some StringProtocol) {
    var tokenizer = Tokenizer()
    let bytes = Array(text.utf8)
    var position = 0
    do {
      try bytes.withUnsafeBufferPointer { buffer throws(ShellError) in
        while try tokenizer.next(buffer, &position) != nil {}
      }
    } catch {
      return nil
    }
    guard let found = tokenizer.unfinished else { return nil }
    words = found.words
    typed = found.typed.bytes
    quote = found.quote
    var lineStart = 0
    for _ in 1..<found.typed.line { lineStart = bytes[lineStart...].firstIndex(of: UInt8(ascii: "\n"))! + 1 }
    start = lineStart + found.typed.column - 1
  }

  var typedText: String { String(decoding: typed, as: UTF8.self) }
}

/// What belongs where the cursor is.
enum Expectation: Sendable {
  /// A line's first word.
  case command
  /// The second word of a command of two: `lease …`.
  case member(ofFamily: [Command])
  case flag(of: Command)
  /// The value of a flag; `prefix` is what stands before it in the same word, `--order=`.
  case flagValue(Flag, prefix: String)
  case parameter(Parameter, of: Command, words: [Word])
  case nothing
}

extension CommandTable {
  func expectation(at line: TypedLine) -> Expectation { expectation(after: line.words[...], typed: line.typed) }

  private func expectation(after words: ArraySlice<Word>, typed: [UInt8]) -> Expectation {
    guard let first = words.first else { return .command }
    let family = family(first.text)
    var rest = words.dropFirst()
    let command: Command
    if !family.isEmpty {
      guard let second = rest.first else { return .member(ofFamily: family) }
      guard let found = self["\(first.text) \(second.text)"] else { return .nothing }
      command = found
      rest = rest.dropFirst()
    } else if let found = self[first.text] {
      command = found
    } else {
      return .nothing
    }
    if !command.readsFlags, command.parameters.first?.kind == .command { return expectation(after: rest, typed: typed) }
    return expectation(of: command, after: rest, typed: typed)
  }

  private func expectation(of command: Command, after words: ArraySlice<Word>, typed: [UInt8]) -> Expectation {
    let dashes = [UInt8(ascii: "-"), UInt8(ascii: "-")]
    let flags = command.flags + GlobalFlags.everywhere
    let reader = FlagReader(flags: flags, commandName: command.name)
    var positional: [Word] = []
    var position = words.startIndex
    var flagsEnded = !command.readsFlags
    while position < words.endIndex {
      let word = words[position]
      if flagsEnded || !word.looksLikeFlag {
        positional.append(word)
        position += 1
      } else if word.bytes == dashes {
        flagsEnded = true
        position += 1
      } else if let flag = flagAwaitingValue(word, flags), position + 1 == words.endIndex {
        return .flagValue(flag, prefix: "")
      } else {
        let start = position
        var ignored = FlagValues()
        try? reader.read(words, &position, into: &ignored)
        position = max(position, start + 1)
      }
    }
    if !flagsEnded, typed.first == UInt8(ascii: "-") {
      let text = String(decoding: typed, as: UTF8.self)
      if let equals = text.firstIndex(of: "="), text.hasPrefix("--"),
        let flag = flags.first(where: { $0.name == text[text.index(text.startIndex, offsetBy: 2)..<equals] })
      {
        return .flagValue(flag, prefix: String(text[...equals]))
      }
      return .flag(of: command)
    }
    let index = min(positional.count, command.parameters.count - 1)
    guard index >= 0, positional.count < command.maximumWords else { return .nothing }
    return .parameter(command.parameters[index], of: command, words: positional)
  }

  private func flagAwaitingValue(_ word: Word, _ flags: [Flag]) -> Flag? {
    let text = word.text
    return flags.first { flag in
      flag.kind != .bool && (text == "--\(flag.name)" || flag.shorthand.map { text == "-\($0)" } ?? false)
    }
  }
}
