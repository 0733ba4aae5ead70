import Testing

@testable import EtcdShell

@Suite("Lines are split into words as a POSIX shell splits them")
struct TokenizerTests {
  /// Everything that `input` holds, cut into pieces of `size` bytes.
  static func statements(_ input: [UInt8], piece size: Int = .max) throws -> [Statement] {
    var tokenizer = Tokenizer()
    var found: [Statement] = []
    var start = 0
    while start < input.count {
      let end = size < input.count - start ? start + size : input.count
      let piece = Array(input[start..<end])
      var position = 0
      try piece.withUnsafeBufferPointer { buffer in
        while let statement = try tokenizer.next(buffer, &position) { found.append(statement) }
      }
      start = end
    }
    if let last = try tokenizer.finish() { found.append(last) }
    return found
  }

  static func words(_ text: String) throws -> [[String]] {
    try statements(Array(text.utf8)).map { $0.words.map(\.text) }
  }

  @Test(arguments: [
    (#"put a b"#, [["put", "a", "b"]]),
    ("  put\ta   b  \n\n\nget a\n", [["put", "a", "b"], ["get", "a"]]),
    (#"put 'a b' "c d""#, [["put", "a b", "c d"]]),
    (#"put a"b"'c'd"#, [["put", "abcd"]]),
    (#"put '' """#, [["put", "", ""]]),
    (#"put "say \"hi\" \\ \n $x""#, [["put", #"say "hi" \ \n $x"#]]),
    (#"put 'back\slash' it\'s a\ b"#, [["put", #"back\slash"#, "it's", "a b"]]),
    (
      #"put $'tab\tquote\'nul-free\x41\101\u00e9\U0001F600\\' $x $"#, [["put", "tab\tquote'nul-freeAAé😀\\", "$x", "$"]]
    ),
    ("get a # a comment 'with a quote\nget b#c", [["get", "a"], ["get", "b#c"]]),
    ("# only a comment", []),
    ("put a \\\n  b\nget a", [["put", "a", "b"], ["get", "a"]]),
    ("put a\\\nb c", [["put", "ab", "c"]]),
    ("put a 'two\nlines'", [["put", "a", "two\nlines"]]),
    ("put a \"one\\\nline\"", [["put", "a", "oneline"]]),
    ("put a <<EOF\none\n  two # no comment\nEOF\nget a", [["put", "a", "one\n  two # no comment\n"], ["get", "a"]]),
    ("put a <<-'E F'\n\t\tone\n\tE F\n", [["put", "a", "one\n"]]),
    ("put <<A <<B\nkey\nA\nvalue\nB", [["put", "key\n", "value\n"]]),
    ("put a <<EOF\nEOF\n", [["put", "a", ""]]),
    ("put a b\r\nget a\r\n", [["put", "a", "b"], ["get", "a"]]),
    ("put a <<EOF\r\nx\r\nEOF\r\n", [["put", "a", "x\r\n"]]),
    ("put a\rb c\r", [["put", "a\rb", "c\r"]]),
    ("put 'a' '<<EOF' \\<<EOF", [["put", "a", "<<EOF", "<<EOF"]]),
  ])
  func splits(_ input: String, into expected: [[String]]) throws {
    #expect(try Self.words(input) == expected)
  }

  @Test("however the input is cut into pieces", arguments: [1, 2, 3, 7])
  func inPieces(size: Int) throws {
    let text = """
      put 'a b' "c \\"d\\"" $'\\x00\\101\\u00e9' \\
        e\\ f <<EOF # comment
      one
      two
      EOF
      watch /a/ --prefix &\r
      get caf\u{e9}

      """
    let whole = try Self.statements(Array(text.utf8))
    #expect(whole.count == 3)
    #expect(try Self.statements(Array(text.utf8), piece: size) == whole)
  }

  @Test func wordsAreBytes() throws {
    let found = try Self.statements(Array("put k $'a\\x00\\xff'".utf8) + [0xFE])
    #expect(found[0].words[2].bytes == [0x61, 0, 0xFF, 0xFE])
  }

  @Test func wordsKnowWhereTheyWereTyped() throws {
    let found = try Self.statements(Array("\n  put 'a b' \\\n   c\nget d".utf8))
    #expect(found[0].words.map(\.line) == [2, 2, 3])
    #expect(found[0].words.map(\.column) == [3, 7, 4])
    #expect(found[1].words.map(\.line) == [4, 4])
    #expect(found[0].line == 2)
  }

  @Test func aTrailingAmpersandSendsToTheBackground() throws {
    let found = try Self.statements(Array("watch a &\nput a &b\nput a '&'\n&".utf8))
    #expect(found.map(\.isBackground) == [true, false, false, false])
    #expect(found.map(\.words.count) == [2, 3, 3, 1])
  }

  @Test(
    "what is open is known",
    arguments: [
      ("put 'a", Tokenizer.Opening.quote("'")), ("put \"a", .quote("\"")), ("put a \\\n", .continuation),
      ("put a <<EOF\nx\n", .hereDocument("EOF")), ("put $'a", .quote("'")),
    ])
  func opening(_ input: String, _ expected: Tokenizer.Opening) throws {
    var tokenizer = Tokenizer()
    var position = 0
    let statement = try Array(input.utf8).withUnsafeBufferPointer { try tokenizer.next($0, &position) }
    #expect(statement == nil)
    #expect(tokenizer.opening == expected)
  }

  @Test func afterAnErrorTheNextLineIsRead() throws {
    var tokenizer = Tokenizer()
    var position = 0
    Array("put $'\\q' 'x\nget a\n".utf8).withUnsafeBufferPointer { buffer in
      #expect(throws: ShellError.self) { try tokenizer.next(buffer, &position) }
      #expect((try? tokenizer.next(buffer, &position))??.words.map(\.text) == ["get", "a"])
    }
  }

  @Test(
    "what is quoted is read back",
    arguments: [
      "# it's ' #", "<<it's",
      "a", "", "a b", "it's", "say \"it's\"", "a\nb", "#x", "&", "<<EOF", "$x", "back\\slash", "caf\u{e9}", "a\u{0}b",
      "\u{7f}",
      "a\u{200b}b", "-x", "`", "日本",
    ])
  func quotes(_ text: String) throws {
    let line = "put " + Quoting.quoted(Array(text.utf8))
    #expect(!line.contains("\n"))
    #expect(try Self.words(line) == [["put", text]])
  }

  @Test func bytesThatAreNoTextAreQuotedToo() throws {
    let bytes: [UInt8] = [0xFF, 0x27, 0x5C, 0x00, 0x41]
    #expect(try Self.statements(Array(Quoting.quoted(bytes).utf8))[0].words[0].bytes == bytes)
  }
}
