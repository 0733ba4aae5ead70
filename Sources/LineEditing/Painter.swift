/// Knows what the block of rows being edited looks like on the screen, and writes the fewest bytes that make it look
/// otherwise. Only relative movements are used: where the block stands on the screen is not known, and need not be.
///
/// Everything returned is meant for one write, so that no half-painted state is ever shown.
struct Painter {
  /// The rows on the screen, from the block's first. Empty: nothing is shown, and the cursor stands at the start of a
  /// fresh line.
  private var shown: [[Cell]] = []
  private var row = 0
  private var column = 0
  private var columns = 80
  private(set) var windowStart = 0

  var isShowing: Bool { !shown.isEmpty }

  /// Makes the screen show `layout`, laid out for `columns`; a block higher than `height` shows the rows around the
  /// cursor.
  mutating func paint(_ layout: Layout, columns: Int, height: Int) -> String {
    let (window, start) = layout.window(height: max(height, 1), from: windowStart)
    windowStart = start
    self.columns = columns
    var output = ""
    for (index, new) in window.rows.enumerated() {
      let old = index < shown.count ? shown[index] : nil
      guard old != new else { continue }
      let same = zip(old ?? [], new).prefix { $0 == $1 }.count
      let start = new[..<same].reduce(0) { $0 + $1.width }
      move(toRow: index, column: start, output: &output)
      write(new[same...], output: &output)
      if let old, old.width > new.width { output += "\u{1b}[K" }
      if index < shown.count { shown[index] = new } else { shown.append(new) }
    }
    if shown.count > window.rows.count {
      move(toRow: window.rows.count, column: 0, output: &output)
      output += "\u{1b}[J"
      shown.removeSubrange(window.rows.count...)
    }
    move(toRow: window.cursorRow, column: window.cursorColumn, output: &output)
    return output
  }

  /// Takes the block off the screen; the cursor ends where the block began.
  mutating func erase() -> String {
    guard isShowing else { return "" }
    var output = ""
    move(toRow: 0, column: 0, output: &output)
    output += "\r\u{1b}[J"
    forget()
    return output
  }

  /// Leaves the block on the screen for good; the cursor ends at the start of the line below it.
  mutating func leave() -> String {
    guard isShowing else { return "" }
    var output = ""
    move(toRow: shown.count - 1, column: column, output: &output)
    forget()
    return output + "\r\n"
  }

  /// The screen was cleared, or someone else wrote on it: the next block starts where the cursor is.
  mutating func forget() {
    shown = []
    row = 0
    column = 0
    windowStart = 0
  }

  /// The screen is `newColumns` wide now, and the terminal has broken rows that no longer fit, as nearly all do: take
  /// the block off, counting the rows it takes now.
  mutating func eraseAfterResize(columns newColumns: Int) -> String {
    guard isShowing else { return "" }
    let above = shown[..<row].reduce(0) { $0 + max(1, ($1.width + newColumns - 1) / newColumns) }
    let up = above + max(0, min(column, columns - 1)) / newColumns
    forget()
    return (up > 0 ? "\u{1b}[\(up)A" : "") + "\r\u{1b}[J"
  }

  private mutating func move(toRow newRow: Int, column newColumn: Int, output: inout String) {
    // After a full row the cursor hangs behind its last column, and terminals differ in what a step means there.
    if column >= columns {
      output += "\r"
      column = 0
    }
    if newRow < row {
      output += "\u{1b}[\(row - newRow)A"
    } else if newRow > row {
      let existing = min(newRow, max(shown.count - 1, row))
      if existing > row { output += "\u{1b}[\(existing - row)B" }
      if newRow > existing {
        output += String(repeating: "\r\n", count: newRow - existing)
        column = 0
      }
    }
    row = newRow
    if newColumn == column { return }
    if newColumn == 0 {
      output += "\r"
    } else if newColumn < column {
      let back = column - newColumn
      output += back < 4 ? String(repeating: "\u{8}", count: back) : "\u{1b}[\(back)D"
    } else {
      output += "\u{1b}[\(newColumn - column)C"
    }
    column = newColumn
  }

  private mutating func write(_ cells: ArraySlice<Cell>, output: inout String) {
    var style = Cell.Style.plain
    for cell in cells {
      if cell.style != style {
        output += cell.style == .plain ? "\u{1b}[0m" : "\u{1b}[0;\(cell.style.parameters)m"
        style = cell.style
      }
      output += cell.text
      column += cell.width
    }
    if style != .plain { output += "\u{1b}[0m" }
  }
}
