/// `-w table`: etcdctl's boxes.
///
///     +----------+----------+------------+------------+
///     |   HASH   | REVISION | TOTAL KEYS | TOTAL SIZE |     headings centred, in capitals
///     +----------+----------+------------+------------+
///     | fe01cf57 |       10 |          7 | 2.1 MB     |     cells to the right
///     +----------+----------+------------+------------+
///
/// A cell of several words is wrapped at 30 columns, as even as can be.
struct TableForm {
  func write(_ reply: Reply, to out: inout ByteWriter) {
    guard let table = ReplyTable(reply) else { preconditionFailure("refused by OutputFormat.check") }

    let headings = table.headings.map { $0.uppercased() }
    let rows = table.rows.map { row in row.map { wrapped($0, at: 30) } }
    let widths = headings.indices.map { column in
      rows.flatMap { $0[column] }.reduce(columns(headings[column])) { max($0, columns($1)) }
    }

    let rule = "+" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "+") + "+"
    out.line(rule)
    out.line(
      "|" + zip(headings, widths).map { " " + centred($0, in: $1) + " " }.joined(separator: "|") + "|")
    out.line(rule)
    for row in rows {
      for line in 0..<(row.map(\.count).max() ?? 0) {
        let cells = zip(row, widths).map { cell, width in
          let text = line < cell.count ? cell[line] : ""
          return " " + String(repeating: " ", count: width - columns(text)) + text + " "
        }
        out.line("|" + cells.joined(separator: "|") + "|")
      }
    }
    if !rows.isEmpty { out.line(rule) }
  }

  private func centred(_ text: String, in width: Int) -> String {
    let gap = width - columns(text)
    return String(repeating: " ", count: gap / 2) + text + String(repeating: " ", count: gap - gap / 2)
  }
}

/// Columns a text takes on a screen; East Asian wide characters and emoji take two.
func columns(_ text: String) -> Int {
  text.utf8.count == text.unicodeScalars.count ? text.utf8.count : text.reduce(0) { $0 + columns($1) }
}

private func columns(_ character: Character) -> Int {
  guard let scalar = character.unicodeScalars.first else { return 0 }
  switch scalar.value {
  case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
    0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
    return 2
  default: return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
  }
}

/// Breaks a text at its spaces into lines of at most `limit` columns (or its longest word), with the sum of the squares
/// of what is left free in all lines but the last as small as possible.
func wrapped(_ text: String, at limit: Int) -> [String] {
  let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
  let limit = words.reduce(limit) { max($0, columns($1)) }
  // best[i]: the least cost of words i... and where the line that begins with word i ends.
  var best = Array(repeating: (cost: 0, end: words.count), count: words.count + 1)
  for start in stride(from: words.count - 1, through: 0, by: -1) {
    var width = -1
    best[start].cost = .max
    for end in (start + 1)...words.count {
      width += 1 + columns(words[end - 1])
      if width > limit { break }
      let free = limit - width
      let cost = end == words.count ? 0 : best[end].cost + free * free
      if cost < best[start].cost { best[start] = (cost, end) }
    }
  }
  var lines: [String] = []
  var start = 0
  while start < words.count {
    lines.append(words[start..<best[start].end].joined(separator: " "))
    start = best[start].end
  }
  return lines
}
