import TestSupport
import Testing

@testable import LineEditing

struct PainterTests {
  init() { CharacterSet.prepare() }

  private func content(_ line: String, cursor: Int? = nil) -> Layout.Content {
    var content = Layout.Content()
    content.prompt = Cell.cells(sgr: "> ")
    content.line = Array(line.unicodeScalars)
    content.cursor = cursor ?? content.line.count
    return content
  }

  @Test("A character typed at the end is all that is written")
  func typing() {
    var painter = Painter()
    _ = painter.paint(Layout(content("pu"), columns: 20), columns: 20, height: 5)
    #expect(painter.paint(Layout(content("put"), columns: 20), columns: 20, height: 5) == "t")
    #expect(painter.paint(Layout(content("put"), columns: 20), columns: 20, height: 5) == "")
    #expect(painter.paint(Layout(content("put", cursor: 2), columns: 20), columns: 20, height: 5) == "\u{8}")
  }

  @Test("Whatever is painted after whatever, the screen shows it, and what stood above stays")
  func randomContents() {
    let seed = TestSeed.make()
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("ab 日本é\t\n\u{1}e\u{301}".unicodeScalars)
    for _ in 0..<60 {
      let columns = Int.random(in: 8...24, using: &random)
      let rows = Int.random(in: 2...8, using: &random)
      var screen = Screen(columns: columns, rows: rows)
      var painter = Painter()
      var printed: [String] = []
      for step in 0..<60 {
        var content = Layout.Content()
        content.prompt = Cell.cells(sgr: "\u{1b}[1m>\u{1b}[0m ")
        content.continuation = Cell.cells(sgr: ". ")
        let length = Int.random(in: 0...Int.random(in: 1...(columns * rows), using: &random), using: &random)
        content.line = (0..<length).map { _ in alphabet.randomElement(using: &random)! }
        content.cursor = Int.random(in: 0...length, using: &random)
        content.right = Cell.cells(sgr: "r")
        content.hint = Cell.cells(plain: "hint".unicodeScalars, style: "2")
        if Bool.random(using: &random) { content.below = [Cell.cells(plain: "candidate".unicodeScalars)] }
        let layout = Layout(content, columns: columns)

        switch Int.random(in: 0..<6, using: &random) {
        case 0:
          printed.append("event \(step)")
          screen.write(painter.erase() + printed.last! + "\r\n")
        case 1 where painter.isShowing:
          screen.write(painter.paint(layout, columns: columns, height: rows))
          screen.write(painter.leave())
          #expect(screen.cursorColumn == 0)
          printed.append(screen.lines[screen.cursorRow - 1])
          continue
        default: break
        }
        screen.write(painter.paint(layout, columns: columns, height: rows))
        let expected = expectedRows(layout, columns: columns, height: rows, from: painter.windowStart)
        let top = screen.cursorRow - expected.cursorRow
        #expect(top >= 0, "seed \(seed)")
        guard top >= 0 else { return }
        #expect(Array(screen.lines[top..<(top + expected.rows.count)]) == expected.rows, "seed \(seed)")
        #expect(screen.lines[(top + expected.rows.count)...].allSatisfy { $0 == "" }, "seed \(seed)")
        #expect(screen.cursorColumn == expected.cursorColumn, "seed \(seed)")
        if top > 0, let last = printed.last { #expect(screen.lines[top - 1] == trimmed(last), "seed \(seed)") }
      }
    }
  }

  private func expectedRows(
    _ layout: Layout, columns: Int, height: Int, from start: Int
  ) -> (rows: [String], cursorRow: Int, cursorColumn: Int) {
    let (window, _) = layout.window(height: height, from: start)
    return (
      window.rows.map { trimmed($0.map(\.text).joined()) }, window.cursorRow, window.cursorColumn
    )
  }

  private func trimmed(_ text: String) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    return text
  }

  @Test("After the screen became narrower, the rows that the terminal broke are taken off too")
  func narrower() {
    var painter = Painter()
    let line = Layout(content("123456789012345678"), columns: 30)
    _ = painter.paint(line, columns: 30, height: 5)
    // 20 columns are shown and the cursor is behind them; at 8 columns that is the third row.
    #expect(painter.eraseAfterResize(columns: 8) == "\u{1b}[2A\r\u{1b}[J")
    #expect(!painter.isShowing)
  }
}
