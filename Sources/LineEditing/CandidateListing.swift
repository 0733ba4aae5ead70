/// The candidates of a completion as rows below the line, a page at a time.
///
/// With descriptions, one a row; else in columns, read downwards:
///
///     get     read keys              alarm  defrag  lease
///     grep    search values          auth   del     lock
///     more below (12): Tab
struct CandidateListing {
  let candidates: [Completion.Candidate]
  /// The line and cursor it was made for: it goes when they change.
  let line: [Unicode.Scalar]
  let cursor: Int
  private(set) var page = 0

  init(candidates: [Completion.Candidate], line: [Unicode.Scalar], cursor: Int) {
    self.candidates = candidates
    self.line = line
    self.cursor = cursor
  }

  mutating func turnPage() { page += 1 }

  /// At most `height` rows of at most `columns`.
  func rows(columns: Int, height: Int, dim: Cell.Style) -> [[Cell]] {
    let all =
      candidates.contains { $0.description != nil }
      ? describedRows(columns: columns, dim: dim) : columnRows(columns: columns)
    guard all.count > height else { return all }
    let perPage = max(height - 1, 1)
    let pages = (all.count + perPage - 1) / perPage
    let first = page % pages * perPage
    let shown = all[first..<min(first + perPage, all.count)]
    guard height > 1 else { return Array(shown) }
    let rest = all.count - shown.endIndex
    let note = rest > 0 ? "\(rest) more rows: Tab" : "the end; Tab starts over"
    return Array(shown) + [Cell.cells(plain: note.unicodeScalars, style: dim)]
  }

  private func describedRows(columns: Int, dim: Cell.Style) -> [[Cell]] {
    let names = candidates.map { Cell.cells(plain: $0.display.unicodeScalars) }
    let widest = min(names.map(\.width).max() ?? 0, max(columns / 2, 8))
    return zip(names, candidates).map { name, candidate in
      let name = name.truncated(to: widest)
      guard let description = candidate.description else { return name }
      return name + Cell.blanks(widest - name.width + 2) + Cell.cells(plain: description.unicodeScalars, style: dim)
    }
  }

  private func columnRows(columns: Int) -> [[Cell]] {
    let names = candidates.map { Cell.cells(plain: $0.display.unicodeScalars).truncated(to: columns - 1) }
    let widest = names.map(\.width).max() ?? 0
    let across = max((columns - 1 + 2) / (widest + 2), 1)
    let rowCount = (names.count + across - 1) / across
    return (0..<rowCount).map { row in
      var cells: [Cell] = []
      for (column, index) in stride(from: row, to: names.count, by: rowCount).enumerated() {
        cells += Cell.blanks(column * (widest + 2) - cells.width) + names[index]
      }
      return cells
    }
  }
}

extension Cell {
  static func blanks(_ count: Int) -> [Cell] {
    Array(repeating: Cell(text: " ", width: 1, style: .plain), count: max(count, 0))
  }
}
