/// Rows of the screen for a prompt, the line being typed, and what stands beside and below it.
///
///     etch> put /a 1█--lease ID          node 1
///     name  description                            below: candidates of a completion
///
/// The line may hold newlines (pasted, recalled, or incomplete); each line after the first starts with the
/// continuation prompt. Rows end where the screen does; a wide character that does not fit moves to the next row whole.
struct Layout: Equatable {
  /// Each at most `columns` wide.
  private(set) var rows: [[Cell]]
  private(set) var cursorRow = 0
  private(set) var cursorColumn = 0

  struct Content {
    var prompt: [Cell] = []
    var continuation: [Cell] = []
    var line: [Unicode.Scalar] = []
    /// Where the cursor stands in `line`.
    var cursor = 0
    /// Shown after the line when the cursor is at its end; cut at the end of the row.
    var hint: [Cell] = []
    /// Shown at the right end of the first row when there is room.
    var right: [Cell] = []
    /// Shown below the line; rows wider than the screen are cut.
    var below: [[Cell]] = []
    /// The index in `line` of a status that the editor put at its end (an incremental search): shown without the
    /// continuation prompt.
    var status: Int?
  }

  init(_ content: Content, columns: Int) {
    let columns = max(columns, 2)
    rows = [[]]
    var column = 0
    var rowsOfLine = 1

    func newRow() {
      rows.append([])
      column = 0
      rowsOfLine += 1
    }
    func add(_ cell: Cell) {
      if column + cell.width > columns { newRow() }
      if cell.width == 0, let last = rows[rows.count - 1].indices.last {
        rows[rows.count - 1][last].text += cell.text
      } else {
        rows[rows.count - 1].append(cell)
      }
      column += cell.width
    }
    func placeCursor(before width: Int) {
      if column + width > columns { newRow() }
      cursorRow = rows.count - 1
      cursorColumn = min(column, columns - 1)
    }

    content.prompt.forEach(add)
    for (index, scalar) in content.line.enumerated() {
      if scalar == "\n" {
        if index == content.cursor { placeCursor(before: 1) }
        newRow()
        if content.status != index { content.continuation.forEach(add) }
      } else if scalar == "\t" {
        if index == content.cursor { placeCursor(before: 1) }
        if column == columns { newRow() }
        for _ in column..<min((column / 8 + 1) * 8, columns) { add(Cell(text: " ", width: 1, style: .plain)) }
      } else if let width = Cell.width(of: scalar) {
        if index == content.cursor { placeCursor(before: width) }
        add(Cell(text: String(scalar), width: width, style: content.status.map { index > $0 } == true ? "2" : .plain))
      } else {
        if index == content.cursor { placeCursor(before: 1) }
        Cell.cells(plain: CollectionOfOne(scalar)).forEach(add)
      }
    }
    if content.cursor >= content.line.count {
      placeCursor(before: 1)
      content.hint.truncated(to: columns - column).forEach(add)
    }

    let gap = columns - 1 - content.right.width - rows[0].width
    if rowsOfLine == 1 && !content.right.isEmpty && gap >= 2 {
      rows[0] += Array(repeating: Cell(text: " ", width: 1, style: .plain), count: gap) + content.right
    }
    for row in content.below { rows.append(row.truncated(to: columns - 1)) }
  }

  /// The `height` rows around the cursor, moved no further from `start` than needed; the cursor's row is counted from
  /// the first of them.
  func window(height: Int, from start: Int) -> (layout: Layout, start: Int) {
    guard rows.count > height else { return (self, 0) }
    let first = min(max(min(start, cursorRow), cursorRow - height + 1), rows.count - height)
    var window = self
    window.rows = Array(rows[first..<(first + height)])
    window.cursorRow -= first
    return (window, first)
  }
}
