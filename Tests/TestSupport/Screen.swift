/// A terminal's screen, as far as our programs use one: what bytes written to it leave to be seen.
///
///     var screen = Screen(columns: 20, rows: 4)
///     screen.write("etch> put\u{8}\u{8}t")
///     screen.lines        // ["etch> ptt", "", "", ""]
public struct Screen: Sendable {
  public private(set) var columns: Int
  public private(set) var rows: Int
  /// Where the next character goes, from 0; a column beyond the last one while a full row waits to wrap.
  public private(set) var cursorRow = 0
  public private(set) var cursorColumn = 0
  /// Rows that moved off the top, oldest first.
  public private(set) var scrolledOff: [String] = []
  private var cells: [[String]]
  private var pending: [UInt8] = []

  public init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
  }

  /// The rows, without blanks at their ends.
  public var lines: [String] { cells.map(Self.text) }

  /// The rows up to the last that holds anything, one a line.
  public var text: String {
    var lines = lines
    while lines.last == "" { lines.removeLast() }
    return lines.joined(separator: "\n")
  }

  public mutating func write(_ text: String) { write(Array(text.utf8)) }

  /// Sequences may be cut anywhere: the rest comes with the next call.
  public mutating func write(_ bytes: some Collection<UInt8>) {
    pending += bytes
    let (whole, rest) = Self.splitAtIncomplete(pending)
    pending = rest
    var scalars = String(decoding: whole, as: UTF8.self).unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\u{1b}": control(&scalars)
      case "\r": cursorColumn = 0
      case "\n": lineFeed()
      case "\u{8}": cursorColumn = max(min(cursorColumn, columns - 1) - 1, 0)
      case "\u{7}": break
      default: put(scalar)
      }
    }
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    let width = Self.width(of: scalar)
    if width == 0 {
      let column = max(cursorColumn - 1, 0)
      cells[cursorRow][column].unicodeScalars.append(scalar)
      return
    }
    if cursorColumn + width > columns {
      cursorColumn = 0
      lineFeed()
    }
    for column in cursorColumn..<(cursorColumn + width) { clear(column) }
    cells[cursorRow][cursorColumn] = String(scalar)
    if width == 2 { cells[cursorRow][cursorColumn + 1] = "" }
    cursorColumn += width
  }

  /// Clears a cell; half a wide character does not stay.
  private mutating func clear(_ column: Int) {
    if cells[cursorRow][column] == "" && column > 0 { cells[cursorRow][column - 1] = " " }
    if column + 1 < columns && cells[cursorRow][column + 1] == "" { cells[cursorRow][column + 1] = " " }
    cells[cursorRow][column] = " "
  }

  private mutating func lineFeed() {
    if cursorRow + 1 < rows {
      cursorRow += 1
    } else {
      scrolledOff.append(Self.text(cells.removeFirst()))
      cells.append(Array(repeating: " ", count: columns))
    }
  }

  private mutating func control(_ scalars: inout Substring.UnicodeScalarView) {
    guard scalars.popFirst() == "[" else { return }
    var parameters = ""
    while let scalar = scalars.popFirst() {
      guard !(0x20...0x3f).contains(scalar.value) else {
        parameters.unicodeScalars.append(scalar)
        continue
      }
      let first = Int(parameters.split(separator: ";").first ?? "")
      let count = max(first ?? 1, 1)
      switch scalar {
      case "A": cursorRow = max(cursorRow - count, 0)
      case "B": cursorRow = min(cursorRow + count, rows - 1)
      case "C": cursorColumn = min(cursorColumn + count, columns - 1)
      case "D": cursorColumn = max(min(cursorColumn, columns - 1) - count, 0)
      case "H": (cursorRow, cursorColumn) = (0, 0)
      case "K": for column in min(cursorColumn, columns - 1)..<columns { clear(column) }
      case "J":
        if first == 2 {
          cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
        } else {
          for column in min(cursorColumn, columns - 1)..<columns { clear(column) }
          for row in (cursorRow + 1)..<max(rows, cursorRow + 1) {
            cells[row] = Array(repeating: " ", count: columns)
          }
        }
      default: break  // Colours and modes are not seen here.
      }
      return
    }
  }

  private static func text(_ row: [String]) -> String {
    var row = row
    while row.last == " " { row.removeLast() }
    return row.joined()
  }

  /// Splits off a sequence or character at the end that is not all there.
  private static func splitAtIncomplete(_ bytes: [UInt8]) -> ([UInt8], [UInt8]) {
    var start = bytes.count
    if let escape = bytes.lastIndex(of: 0x1b) {
      let rest = bytes[(escape + 1)...]
      let isWhole = rest.first.map { $0 != UInt8(ascii: "[") || rest.dropFirst().contains { $0 >= 0x40 } } ?? false
      if !isWhole { start = escape }
    }
    if start == bytes.count, let lead = bytes.suffix(4).lastIndex(where: { $0 & 0xc0 != 0x80 }) {
      let length = bytes[lead] < 0x80 ? 1 : bytes[lead] < 0xe0 ? 2 : bytes[lead] < 0xf0 ? 3 : 4
      if bytes.count - lead < length { start = lead }
    }
    return (Array(bytes[..<start]), Array(bytes[start...]))
  }

  /// 0 for combining marks, 2 for East Asian wide characters and emoji: the ranges that tests use.
  private static func width(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x300...0x36f, 0x200b...0x200f, 0xfe00...0xfe0f: 0
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
      2
    default: 1
    }
  }
}
