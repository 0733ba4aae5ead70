/// The candidates of a completion as rows below the line, a page at a time.
///
/// With descriptions, one a row; else in columns, read downwards:
///
///     get     read keys              alarm  defrag  lease
///     grep    search values          auth   del     lock
///     12 more: Tab
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

  /// At most `height` rows of less than `columns`.
  func rows(columns: Int, height: Int, dim: Cell.Style) -> [[Cell]] {
    let isDescribed = candidates.contains { $0.description != nil }
    let names = candidates.map { Cell.cells(plain: $0.display.unicodeScalars) }
    let widest = min(names.map(\.width).max() ?? 0, isDescribed ? max(columns / 2, 8) : columns - 1)
    let across = isDescribed ? 1 : max((columns - 1 + Self.gap) / (widest + Self.gap), 1)
    func lines(_ indices: Range<Int>) -> [[Cell]] {
      let rowCount = (indices.count + across - 1) / across
      return (0..<rowCount).map { row in
        var cells: [Cell] = []
        for (column, index) in stride(from: indices.lowerBound + row, to: indices.upperBound, by: rowCount).enumerated()
        {
          cells += Cell.blanks(column * (widest + Self.gap) - cells.width) + names[index].truncated(to: widest)
        }
        if isDescribed, let description = candidates[indices.lowerBound + row].description {
          cells += Cell.blanks(widest + Self.gap - cells.width)
          cells += Cell.cells(plain: description.unicodeScalars, style: dim)
        }
        return cells.truncated(to: columns - 1)
      }
    }

    guard candidates.count > across * height else { return lines(0..<candidates.count) }
    let perPage = across * max(height - 1, 1)
    let pages = (candidates.count + perPage - 1) / perPage
    let first = page % pages * perPage
    let last = min(first + perPage, candidates.count)
    let rest = candidates.count - last
    let note = Cell.cells(
      plain: (rest > 0 ? "\(rest) more: Tab" : "the end; Tab starts over").unicodeScalars, style: dim
    ).truncated(to: columns - 1)
    return lines(first..<last) + (height > 1 ? [note] : [])
  }

  /// Columns between two candidates.
  private static let gap = 2
}

extension Cell {
  static func blanks(_ count: Int) -> [Cell] {
    Array(repeating: Cell(text: " ", width: 1, style: .plain), count: max(count, 0))
  }
}
