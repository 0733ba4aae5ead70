import Testing

@testable import LineEditing

/// Rows are written as they are seen; `█` stands before the character that the cursor is on.
struct LayoutTests {
  init() { CharacterSet.prepare() }

  private func draw(
    _ line: String, cursor: Int? = nil, prompt: String = "> ", continuation: String = ". ", hint: String = "",
    right: String = "", below: [String] = [], columns: Int = 10
  ) -> [String] {
    var content = Layout.Content()
    content.prompt = Cell.cells(sgr: prompt)
    content.continuation = Cell.cells(sgr: continuation)
    content.line = Array(line.unicodeScalars)
    content.cursor = cursor ?? content.line.count
    content.hint = Cell.cells(plain: hint.unicodeScalars)
    content.right = Cell.cells(sgr: right)
    content.below = below.map { Cell.cells(plain: $0.unicodeScalars) }
    content.status = EditLoop.status(in: content.line)
    let layout = Layout(content, columns: columns)
    #expect(layout.rows.allSatisfy { $0.width <= columns })
    return layout.rows.enumerated().map { index, row in
      guard index == layout.cursorRow else { return row.map(\.text).joined() }
      var column = 0
      var text = ""
      for cell in row {
        if column == layout.cursorColumn { text += "█" }
        text += cell.text
        column += cell.width
      }
      return column <= layout.cursorColumn ? text + "█" : text
    }
  }

  @Test("A line stands behind the prompt")
  func simple() {
    #expect(draw("put a") == ["> put a█"])
    #expect(draw("put a", cursor: 0) == ["> █put a"])
    #expect(draw("") == ["> █"])
  }

  @Test("A full row sends the cursor to the next one")
  func fullRow() {
    #expect(draw("12345678") == ["> 12345678", "█"])
    #expect(draw("123456789", cursor: 8) == ["> 12345678", "█9"])
    #expect(draw("1234567") == ["> 1234567█"])
  }

  @Test("A wide character that does not fit moves to the next row whole")
  func wideCharacters() {
    #expect(draw("日本語日本") == ["> 日本語日", "本█"])
    #expect(draw("1日本語日本") == ["> 1日本語", "日本█"])
    #expect(draw("1日本語日本", cursor: 4) == ["> 1日本語", "█日本"])
  }

  @Test("A combining mark joins the character before it, also at the end of a row")
  func combiningMarks() {
    #expect(draw("e\u{301}x") == ["> e\u{301}x█"])
    #expect(draw("1234567e\u{301}") == ["> 1234567e\u{301}", "█"])
  }

  @Test("Control characters are seen, and move nothing")
  func controlCharacters() {
    #expect(draw("a\u{1b}b\u{7f}") == ["> a^[b^?█"])
    #expect(draw("a\u{1b}", cursor: 1) == ["> a█^["])
    #expect(draw("\u{9b}", columns: 20) == ["> \\u{9b}█"])
  }

  @Test("A tab reaches to the next eighth column, and no further than the row")
  func tabs() {
    #expect(draw("a\tb", columns: 20) == ["> a     b█"])
    #expect(draw("1234567\tb") == ["> 1234567 ", "b█"])
  }

  @Test("Further lines of an entry stand behind the continuation prompt")
  func severalLines() {
    #expect(draw("a \\\nb") == ["> a \\", ". b█"])
    #expect(draw("a\nb", cursor: 1) == ["> a█", ". b"])
    #expect(draw("a\n") == ["> a", ". █"])
    #expect(draw("12345678\nb", cursor: 8) == ["> 12345678", "█", ". b"])
  }

  @Test("A hint stands behind the cursor and ends with the row")
  func hints() {
    #expect(draw("put ", hint: "KEY") == ["> put █KEY"])
    #expect(draw("put ", hint: "KEY VALUE") == ["> put █KEY…"])
    #expect(draw("12345678", hint: "90") == ["> 12345678", "█90"])
    #expect(draw("put ", cursor: 0, hint: "KEY") == ["> █put "])
  }

  @Test("The right prompt gives way to the line")
  func rightPrompt() {
    #expect(draw("a", cursor: 0, right: "n1", columns: 12) == ["> █a      n1"])
    #expect(draw("abcde", cursor: 0, right: "n1", columns: 12) == ["> █abcde  n1"])
    #expect(draw("abcdefg", right: "n1", columns: 12) == ["> abcdefg█"])
    #expect(draw("abcdefghijkl", right: "n1", columns: 12) == ["> abcdefghij", "kl█"])
  }

  @Test("Candidates stand below the line, cut at the edge")
  func below() {
    #expect(draw("g", below: ["get", "a long candidate"]) == ["> g█", "get", "a long c…"])
  }

  @Test("libedit's search question stands below the line without a prompt")
  func searchStatus() {
    #expect(draw("put a 1\nbck:put", cursor: 0, columns: 20) == ["> █put a 1", "bck:put"])
    #expect(draw("\n/word ", cursor: 6, columns: 20) == ["> ", "/word█ "])
    #expect(EditLoop.status(in: Array("a\nb".unicodeScalars)) == nil)
  }

  @Test("A block higher than the screen shows the rows around the cursor, moving no more than needed")
  func window() {
    var content = Layout.Content()
    content.line = Array((0..<10).map(String.init).joined(separator: "\n").unicodeScalars)
    func shown(cursor: Int, from start: Int) -> (String, Int, Int) {
      content.cursor = cursor
      let (window, first) = Layout(content, columns: 10).window(height: 3, from: start)
      return (window.rows.map { $0.map(\.text).joined() }.joined(), window.cursorRow, first)
    }
    #expect(shown(cursor: 19, from: 0) == ("789", 2, 7))
    #expect(shown(cursor: 16, from: 7) == ("789", 1, 7))
    #expect(shown(cursor: 10, from: 7) == ("567", 0, 5))
    #expect(shown(cursor: 0, from: 5) == ("012", 0, 0))
  }

  @Test("Colours in a prompt take no columns, and other escapes do not reach the screen")
  func promptColours() {
    let cells = Cell.cells(sgr: "\u{1b}[1;32metch\u{1b}[0m\u{1b}[2J\u{1b}]0;title\u{7}\n>")
    #expect(cells.map(\.text).joined() == "etch]0;title>")
    #expect(cells[0].style == "1;32")
    #expect(cells[4].style == .plain)
  }
}
