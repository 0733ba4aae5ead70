/// Splits bytes into statements of words, as a POSIX shell does: quotes, backslashes, `#` comments, `\` at a line's end,
/// `<<EOF` here-documents, and `$'…'` with escapes such as `\x00`. There are no variables, globs, pipes or lists.
///
///     put "a b" $'\x00' <<EOF     # what follows is the value
///     two
///     lines
///     EOF
///     -> [put] [a b] [00] [two⏎lines⏎]
///
/// It takes input in whatever pieces it comes, keeps its place between them, and looks at each byte once: a line of
/// 10 MiB, or a value of 10,000 lines, costs what it is long.
struct Tokenizer {
  /// What the input so far leaves open.
  enum Opening: Equatable {
    case quote(Character)
    case hereDocument(String)
    /// A backslash at the line's end.
    case continuation
  }

  private enum Mode {
    case gap, bare, comment
    case single, double, ansi
    /// After a backslash: outside quotes, inside `"…"`, inside `$'…'`.
    case escape, doubleEscape, ansiEscape
    case ansiNumber(radix: UInt32, value: UInt32, digits: Int, limit: Int, isScalar: Bool)
    /// After `$` outside quotes, which is only special before `'`.
    case dollar
    /// After a carriage return outside quotes, which is only a blank before a line feed.
    case carriageReturn(inWord: Bool)
    case hereDocument
    /// What follows an error, up to the line's end.
    case skip
  }

  private var mode = Mode.gap
  private var words: [Word] = []
  private var current: [UInt8] = []
  /// Where the current word began, or the escape in it.
  private var wordStart = (line: 1, column: 1)
  private var quoteStart = (line: 1, column: 1)
  /// How many bytes of the current word stood before its first quote or escape; nil when it has none.
  private var bareCount: Int?
  private var continues = false
  private var statementLine = 1
  private var size = 0

  private var hereDocuments: [(index: Int, delimiter: [UInt8], stripsTabs: Bool)] = []
  private var hereLine: [UInt8] = []

  /// The line of the next byte, and how many of its bytes lie in earlier pieces of input.
  private(set) var line: Int
  private var consumedOfLine = 0

  /// A statement longer than this is not a command but a mistake; etcd refuses requests of more than 1.5 MiB.
  static let statementLimit = 64 << 20

  init(line: Int = 1) { self.line = line }

  /// Whether a statement has begun that needs more input.
  var isInStatement: Bool {
    switch mode {
    case .gap, .comment, .skip: !words.isEmpty || continues
    default: true
    }
  }

  /// What is open at this point.
  var opening: Opening? {
    switch mode {
    case .single, .ansi, .ansiEscape, .ansiNumber: return .quote("'")
    case .double, .doubleEscape: return .quote("\"")
    case .hereDocument: return .hereDocument(String(decoding: hereDocuments[0].delimiter, as: UTF8.self))
    default: return continues ? .continuation : nil
    }
  }

  /// Reads up to the end of one statement. Returns nil when the input ends first; then call again with more.
  /// Lines without words are passed over. After an error the rest of that line is skipped by the next call.
  mutating func next(_ input: UnsafeBufferPointer<UInt8>, _ position: inout Int) throws(ShellError) -> Statement? {
    var lineStart = position - consumedOfLine
    defer { consumedOfLine = position - lineStart }
    let begin = position
    defer { size += position - begin }
    if size > Self.statementLimit {
      abandon()
      throw .badArguments("a statement of more than \(Self.statementLimit >> 20) MiB is no command")
    }

    while position < input.count {
      let byte = input[position]
      let column = position - lineStart + 1
      if byte == 0, !isHereDocument {
        position += 1
        guard !isSkipping else { continue }
        let place = Word([], line: line, column: column)
        abandon()
        throw .badArguments(
          "a NUL byte in the line", remedy: "write it as $'\\x00'; is this a text file in UTF-8?", at: place)
      }
      switch mode {
      case .gap:
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): position += 1
        case UInt8(ascii: "\n"):
          position += 1
          let ended = try endLine(position, &lineStart)
          if let ended { return ended }
        case UInt8(ascii: "\r"):
          position += 1
          mode = .carriageReturn(inWord: false)
        case UInt8(ascii: "#"):
          position += 1
          mode = .comment
        default:
          if words.isEmpty { statementLine = line }
          wordStart = (line, column)
          bareCount = nil
          mode = .bare
        }
        continues = false
      case .bare:
        let end = Self.endOfRun(input, position)
        if end > position {
          current.append(contentsOf: UnsafeBufferPointer(rebasing: input[position..<end]))
          position = end
          continue
        }
        position += 1
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"):
          try endWord()
          mode = .gap
        case UInt8(ascii: "\n"):
          try endWord()
          mode = .gap
          if let ended = try endLine(position, &lineStart) { return ended }
        case UInt8(ascii: "\r"): mode = .carriageReturn(inWord: true)
        case UInt8(ascii: "'"): openQuote(.single, column)
        case UInt8(ascii: "\""): openQuote(.double, column)
        case UInt8(ascii: "\\"): openQuote(.escape, column)
        default: mode = .dollar
        }
      case .single, .double, .ansi:
        readQuoted(input, &position, &lineStart)
      case .escape:
        position += 1
        if byte == UInt8(ascii: "\n") {
          startLine(position, &lineStart)
          // A backslash that ends a line joins it with the next; alone between blanks it is no word.
          if current.isEmpty, bareCount == 0, quoteStart == wordStart {
            mode = .gap
            continues = true
          } else {
            mode = .bare
          }
        } else {
          current.append(byte)
          mode = .bare
        }
      case .doubleEscape:
        position += 1
        mode = .double
        switch byte {
        case UInt8(ascii: "\n"): startLine(position, &lineStart)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"): current.append(byte)
        default: current += [UInt8(ascii: "\\"), byte]
        }
      case .ansiEscape:
        position += 1
        try readEscape(byte, column)
      case .ansiNumber:
        try readNumber(byte, &position, column)
      case .dollar:
        if byte == UInt8(ascii: "'") {
          position += 1
          openQuote(.ansi, column - 1)
        } else {
          current.append(UInt8(ascii: "$"))
          mode = .bare
        }
      case .carriageReturn(let inWord):
        if byte != UInt8(ascii: "\n") {
          if !inWord {
            if words.isEmpty { statementLine = line }
            wordStart = (line, column - 1)
            bareCount = nil
          }
          current.append(UInt8(ascii: "\r"))
          mode = .bare
        } else {
          if inWord { try endWord() }
          mode = .gap
        }
      case .comment, .skip:
        let end = Self.endOfLine(input, position)
        position = end
        if end < input.count { mode = .gap }
      case .hereDocument:
        if let ended = readHereDocument(input, &position, &lineStart) { return ended }
      }
    }
    return nil
  }

  /// Counts a line that a command has read for itself.
  mutating func passLine() {
    line += 1
    consumedOfLine = 0
  }

  /// The statement that the end of the input completes.
  mutating func finish() throws(ShellError) -> Statement? {
    defer { abandon(); mode = .gap }
    switch mode {
    case .single, .ansi, .ansiEscape, .ansiNumber, .double, .doubleEscape:
      let quote = if case .quote(let quote)? = opening { quote } else { Character("'") }
      throw .badArguments(
        "the quote \(quote) is never closed", at: Word([], line: quoteStart.line, column: quoteStart.column))
    case .escape:
      throw .badArguments(
        "nothing follows the backslash", at: Word([], line: quoteStart.line, column: quoteStart.column))
    case .hereDocument:
      if hereLine == hereDocuments[0].delimiter, hereDocuments.count == 1 {
        return takeStatement()
      }
      let word = words[hereDocuments[0].index]
      let delimiter = Quoting.shown(hereDocuments[0].delimiter)
      throw .badArguments(
        "the here-document is never closed", remedy: "end it with a line that says only \(delimiter)", at: word)
    case .bare: try endWord()
    case .dollar:
      current.append(UInt8(ascii: "$"))
      try endWord()
    case .carriageReturn(let inWord):
      if !inWord { wordStart = (line, max(1, consumedOfLine)) }
      current.append(UInt8(ascii: "\r"))
      try endWord()
    case .gap, .comment, .skip: break
    }
    if let document = hereDocuments.first {
      throw .badArguments(
        "the here-document is never closed",
        remedy: "end it with a line that says only \(Quoting.shown(document.delimiter))", at: words[document.index])
    }
    return words.isEmpty ? nil : takeStatement()
  }

  /// Where the input so far ends: the statement's finished words, and the one that is still being typed, which is empty
  /// after a blank. Nil in a comment or a here-document, where there is nothing to complete.
  var unfinished: (words: [Word], typed: Word, quote: Character?)? {
    switch mode {
    case .comment, .hereDocument, .skip: return nil
    case .gap: return (words, Word([], line: line, column: consumedOfLine + 1), nil)
    default:
      let origin: Word.Origin = bareCount == nil ? .bare : .quoted
      let word = Word(current, line: wordStart.line, column: wordStart.column, origin: origin)
      if case .quote(let quote)? = opening { return (words, word, quote) }
      return (words, word, nil)
    }
  }

  // MARK: Words and lines

  private var isHereDocument: Bool { if case .hereDocument = mode { true } else { false } }
  private var isSkipping: Bool {
    switch mode {
    case .skip, .comment: true
    default: false
    }
  }

  private mutating func openQuote(_ mode: Mode, _ column: Int) {
    if bareCount == nil { bareCount = current.count }
    quoteStart = (line, column)
    self.mode = mode
  }

  private mutating func startLine(_ position: Int, _ lineStart: inout Int) {
    line += 1
    lineStart = position
  }

  private mutating func endWord() throws(ShellError) {
    var word = Word(
      current, line: wordStart.line, column: wordStart.column, origin: bareCount == nil ? .bare : .quoted)
    current = []
    let less = UInt8(ascii: "<")
    if word.bytes.count >= 2, word.bytes[0] == less, word.bytes[1] == less, bareCount ?? 2 >= 2 {
      let stripsTabs = word.bytes.count > 2 && word.bytes[2] == UInt8(ascii: "-") && bareCount ?? 3 >= 3
      let delimiter = Array(word.bytes.dropFirst(stripsTabs ? 3 : 2))
      if delimiter.isEmpty || delimiter[0] == less || delimiter.contains(UInt8(ascii: "\n")) {
        abandon()
        throw .badArguments(
          "\(word.shown) is no here-document", remedy: "write <<EOF, then the value's lines, then a line EOF", at: word)
      }
      hereDocuments.append((words.count, delimiter, stripsTabs))
      word.bytes = []
      word.origin = .hereDocument
    }
    words.append(word)
  }

  private mutating func endLine(_ position: Int, _ lineStart: inout Int) throws(ShellError) -> Statement? {
    startLine(position, &lineStart)
    if !hereDocuments.isEmpty {
      mode = .hereDocument
      return nil
    }
    if words.isEmpty {
      size = 0
      return nil
    }
    return takeStatement()
  }

  private mutating func takeStatement() -> Statement {
    var statement = Statement(words: words, line: statementLine)
    if words.count > 1, let last = words.last, last.origin == .bare, last.bytes == [UInt8(ascii: "&")] {
      statement.words.removeLast()
      statement.isBackground = true
    }
    reset()
    mode = .gap
    return statement
  }

  private mutating func abandon() {
    reset()
    mode = .skip
  }

  private mutating func reset() {
    words = []
    current = []
    hereDocuments = []
    hereLine = []
    continues = false
    bareCount = nil
    size = 0
  }

  // MARK: Quotes

  private mutating func readQuoted(
    _ input: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ lineStart: inout Int
  ) {
    let (closing, escape, escaped): (UInt8, Bool, Mode) =
      switch mode {
      case .single: (UInt8(ascii: "'"), false, .single)
      case .double: (UInt8(ascii: "\""), true, .doubleEscape)
      default: (UInt8(ascii: "'"), true, .ansiEscape)
      }
    let start = position
    while position < input.count {
      let byte = input[position]
      if byte == closing || escape && byte == UInt8(ascii: "\\") || byte == 0 { break }
      position += 1
      if byte == UInt8(ascii: "\n") { startLine(position, &lineStart) }
    }
    current.append(contentsOf: UnsafeBufferPointer(rebasing: input[start..<position]))
    guard position < input.count, input[position] != 0 else { return }
    mode = input[position] == closing ? .bare : escaped
    position += 1
  }

  private mutating func readEscape(_ byte: UInt8, _ column: Int) throws(ShellError) {
    mode = .ansi
    switch byte {
    case UInt8(ascii: "n"): current.append(10)
    case UInt8(ascii: "t"): current.append(9)
    case UInt8(ascii: "r"): current.append(13)
    case UInt8(ascii: "a"): current.append(7)
    case UInt8(ascii: "b"): current.append(8)
    case UInt8(ascii: "f"): current.append(12)
    case UInt8(ascii: "v"): current.append(11)
    case UInt8(ascii: "e"), UInt8(ascii: "E"): current.append(27)
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "?"): current.append(byte)
    case UInt8(ascii: "x"): mode = .ansiNumber(radix: 16, value: 0, digits: 0, limit: 2, isScalar: false)
    case UInt8(ascii: "u"): mode = .ansiNumber(radix: 16, value: 0, digits: 0, limit: 4, isScalar: true)
    case UInt8(ascii: "U"): mode = .ansiNumber(radix: 16, value: 0, digits: 0, limit: 8, isScalar: true)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      let value = UInt32(byte - UInt8(ascii: "0"))
      mode = .ansiNumber(radix: 8, value: value, digits: 1, limit: 3, isScalar: false)
    default:
      let place = Word([], line: line, column: column - 1)
      abandon()
      throw .badArguments(
        "\\\(Quoting.shown([byte])) is no escape of $'…'", remedy: "a backslash itself is written \\\\", at: place)
    }
  }

  private mutating func readNumber(_ byte: UInt8, _ position: inout Int, _ column: Int) throws(ShellError) {
    guard case .ansiNumber(let radix, var value, var digits, let limit, let isScalar) = mode else { return }
    if digits < limit, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix {
      value = value * radix + UInt32(digit)
      digits += 1
      position += 1
      mode = .ansiNumber(radix: radix, value: value, digits: digits, limit: limit, isScalar: isScalar)
      if digits < limit { return }
    }
    mode = .ansi
    if digits > 0 {
      if !isScalar, value < 256 {
        current.append(UInt8(value))
        return
      }
      if isScalar, let scalar = Unicode.Scalar(value) {
        current.append(contentsOf: Array(String(scalar).utf8))
        return
      }
    }
    let place = Word([], line: line, column: column - digits)
    abandon()
    throw .badArguments("a number is missing or too large in an escape of $'…'", at: place)
  }

  // MARK: Here-documents

  private mutating func readHereDocument(
    _ input: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ lineStart: inout Int
  ) -> Statement? {
    let end = Self.endOfLine(input, position)
    hereLine.append(contentsOf: UnsafeBufferPointer(rebasing: input[position..<end]))
    position = end
    guard end < input.count else { return nil }
    position += 1
    startLine(position, &lineStart)

    var text = hereLine[...]
    hereLine = []
    let document = hereDocuments[0]
    if document.stripsTabs { text = text.drop { $0 == UInt8(ascii: "\t") } }
    let bare = text.last == UInt8(ascii: "\r") ? text.dropLast() : text
    if bare.elementsEqual(document.delimiter) {
      hereDocuments.removeFirst()
      return hereDocuments.isEmpty ? takeStatement() : nil
    }
    words[document.index].bytes += text
    words[document.index].bytes.append(UInt8(ascii: "\n"))
    return nil
  }

  // MARK: Scanning

  /// The first byte at or after `position` that is not simply part of a bare word.
  private static func endOfRun(_ input: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
    var end = position
    while end < input.count {
      switch input[end] {
      case 0, 0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "$"):
        return end
      default: end += 1
      }
    }
    return end
  }

  private static func endOfLine(_ input: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
    var end = position
    while end < input.count, input[end] != UInt8(ascii: "\n") { end += 1 }
    return end
  }
}
