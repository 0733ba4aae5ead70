/// One word of a typed line: the bytes that its quotes and escapes stand for, and where it was typed.
///
/// Keys and values are byte strings, so a word is too; a word that must be a name or a number is read as text.
public struct Word: Sendable, Equatable {
  public var bytes: [UInt8]
  /// Where the word begins, both counted from 1. A column counts bytes, as compilers do.
  public var line: Int
  public var column: Int
  public var origin: Origin

  /// How the word was written. Quotes make no difference to what a word means, as in a shell; a here-document is always
  /// a value, so that one beginning with a dash needs no care.
  public enum Origin: Sendable, Equatable { case bare, quoted, hereDocument }

  public init(_ bytes: [UInt8], line: Int = 1, column: Int = 1, origin: Origin = .bare) {
    self.bytes = bytes
    self.line = line
    self.column = column
    self.origin = origin
  }

  public init(_ text: String, line: Int = 1, column: Int = 1) {
    self.init(Array(text.utf8), line: line, column: column)
  }

  /// The word as text; bytes that are no UTF-8 become U+FFFD.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The word as it can be shown inside an error: escaped where it would disturb a terminal, and shortened.
  public var shown: String { Quoting.shown(bytes) }

  /// Whether the word may be a flag.
  var looksLikeFlag: Bool { bytes.count > 1 && bytes[0] == UInt8(ascii: "-") && origin != .hereDocument }
}

/// One command as typed: its words, and whether a trailing `&` sends it to the background.
public struct Statement: Sendable, Equatable {
  public var words: [Word]
  public var isBackground: Bool
  /// The first line of the statement, counted from 1.
  public var line: Int

  public init(words: [Word], isBackground: Bool = false, line: Int = 1) {
    self.words = words
    self.isBackground = isBackground
    self.line = line
  }
}
