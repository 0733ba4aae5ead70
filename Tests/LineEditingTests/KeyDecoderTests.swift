import Testing

@testable import LineEditing

struct KeyDecoderTests {
  private func keys(_ text: String, expired: Bool = false) -> [Key] { keys(Array(text.utf8), expired: expired) }

  private func keys(_ bytes: [UInt8], expired: Bool = false) -> [Key] {
    var decoder = KeyDecoder()
    decoder.feed(bytes)
    if expired { decoder.expire() }
    var keys: [Key] = []
    while let key = decoder.next() { keys.append(key) }
    return keys
  }

  @Test("Characters of one to four bytes are keys")
  func characters() {
    #expect(keys("aé€😀") == [.scalar("a"), .scalar("é"), .scalar("€"), .scalar("😀")])
  }

  @Test(
    "Arrows and their like are known in every terminal's spelling",
    arguments: [
      ("\u{1b}[A", Key.up), ("\u{1b}OA", .up), ("\u{1b}[B", .down), ("\u{1b}[C", .right), ("\u{1b}OD", .left),
      ("\u{1b}[H", .home), ("\u{1b}[1~", .home), ("\u{1b}[7~", .home), ("\u{1b}OH", .home),
      ("\u{1b}[F", .end), ("\u{1b}[4~", .end), ("\u{1b}[8~", .end), ("\u{1b}[3~", .delete),
      ("\u{1b}[5~", .pageUp), ("\u{1b}[6~", .pageDown), ("\u{1b}OM", .scalar("\n")),
      ("\u{1b}[1;5C", .wordRight), ("\u{1b}[1;3D", .wordLeft), ("\u{1b}[3;5~", .deleteWord), ("\u{1b}[1;2C", .right),
    ])
  func spellings(bytes: String, key: Key) {
    #expect(keys(bytes) == [key])
  }

  @Test("A sequence that means nothing is passed over whole")
  func unknownSequences() {
    #expect(keys("a\u{1b}[38;5;1mb\u{1b}[Ic\u{1b}[?1;2cd") == ["a", "b", "c", "d"].map { .scalar($0) })
  }

  @Test("Ctrl-C in the middle of a sequence is Ctrl-C")
  func interruptedSequences() {
    #expect(keys("\u{1b}[1;\u{3}a") == [.scalar("\u{3}"), .scalar("a")])
    #expect(keys("\u{1b}O\u{3}a") == [.scalar("\u{3}"), .scalar("a")])
    #expect(keys("\u{1b}[1;\u{1b}[A") == [.up])
  }

  @Test("A sequence may arrive byte by byte")
  func piecemeal() {
    var decoder = KeyDecoder()
    var keys: [Key] = []
    for byte in "\u{1b}[1;5Cé\u{1b}[200~x\u{1b}[20\u{1b}[201~y".utf8 {
      decoder.feed(CollectionOfOne(byte))
      while let key = decoder.next() { keys.append(key) }
    }
    #expect(keys == [.wordRight, .scalar("é"), .paste("x\u{1b}[20"), .scalar("y")])
  }

  @Test("An escape alone waits for more, and is a key when nothing follows")
  func loneEscape() {
    var decoder = KeyDecoder()
    decoder.feed([0x1b])
    #expect(decoder.next() == nil)
    #expect(decoder.patience == 25)
    decoder.expire()
    #expect(decoder.next() == .scalar("\u{1b}"))
    #expect(decoder.next() == nil)
    #expect(decoder.patience == nil)
  }

  @Test("An escape before a letter is a key of its own, as libedit's Meta commands need it")
  func meta() {
    #expect(keys("\u{1b}b") == [.scalar("\u{1b}"), .scalar("b")])
    #expect(keys("\u{1b}[", expired: true) == [.scalar("\u{1b}"), .scalar("[")])
  }

  @Test("Bytes that are no UTF-8 become replacement characters, one by one")
  func invalidBytes() {
    let replacement = Key.scalar("\u{fffd}")
    #expect(
      keys([0xff, 0x61, 0xc3, 0x28, 0x80]) == [replacement, .scalar("a"), replacement, .scalar("("), replacement])
    #expect(keys([0xe2, 0x82]) == [])
    #expect(keys([0xe2, 0x82], expired: true) == [replacement, replacement])
  }

  @Test("What is pasted comes in one piece, with its lines, and its Ctrl-C does nothing")
  func paste() {
    var decoder = KeyDecoder()
    decoder.feed("\u{1b}[200~one\rtwo\u{3}".utf8)
    #expect(decoder.next() == nil)
    #expect(!decoder.holdsInterrupt)
    decoder.feed("\u{1b}[201~\u{3}".utf8)
    #expect(decoder.holdsInterrupt == false)
    #expect(decoder.next() == .paste("one\rtwo\u{3}"))
    #expect(decoder.holdsInterrupt)
    #expect(decoder.next() == .scalar("\u{3}"))
  }

  @Test("A paste that never ends is taken as far as it came")
  func endlessPaste() {
    var decoder = KeyDecoder()
    decoder.feed("\u{1b}[200~one".utf8)
    #expect(decoder.next() == nil)
    #expect(decoder.patience == 1000)
    decoder.expire()
    #expect(decoder.next() == .paste("one"))
    #expect(decoder.patience == nil)
    decoder.feed("two\u{1b}[201~".utf8)
    #expect(decoder.next() == .scalar("t"))
  }
}
