import CEditline

/// One character on the screen: its text (with any combining marks), how many columns it takes, and how it looks.
struct Cell: Equatable {
  var text: String
  var width: Int
  var style: Style

  /// A look, as the parameters of one SGR sequence ("1;32"); empty is plain.
  struct Style: Equatable, ExpressibleByStringLiteral {
    var parameters: String
    init(_ parameters: String) { self.parameters = parameters }
    init(stringLiteral value: String) { parameters = value }
    static let plain: Style = ""
  }
}

extension Cell {
  /// The columns a character takes when shown: 0 for a combining mark, 2 for most of East Asia's; nil when it has no
  /// look of its own (control characters and such).
  static func width(of scalar: Unicode.Scalar) -> Int? {
    if scalar.isASCII { return (0x20..<0x7f).contains(scalar.value) ? 1 : nil }
    let width = wcwidth(wchar_t(bitPattern: scalar.value))
    return width < 0 ? nil : Int(width)
  }

  /// How a character without a look of its own is shown: `^A` for a control character, `\u{200e}` for others.
  static func visible(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0..<0x20: "^\(Unicode.Scalar(UInt8(scalar.value + 0x40)))"
    case 0x7f: "^?"
    default: "\\u{\(String(scalar.value, radix: 16))}"
    }
  }

  /// The cells of a text in which SGR sequences set the look; every other control character is left out, so that a
  /// name within a prompt cannot move the cursor.
  static func cells(sgr text: String, base: Style = .plain) -> [Cell] {
    var cells: [Cell] = []
    var style = base
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if scalar == "\u{1b}", scalars.first == "[" {
        scalars.removeFirst()
        let parameters = scalars.prefix { (0x20...0x3f).contains($0.value) }
        scalars = scalars[parameters.endIndex...]
        if scalars.popFirst() == "m" {
          let isReset = parameters.isEmpty || parameters.elementsEqual("0".unicodeScalars)
          let joined = style == .plain ? String(parameters) : style.parameters + ";" + String(parameters)
          style = isReset ? base : Style(joined)
        }
      } else if let width = width(of: scalar) {
        cells.append(scalar, width: width, style: style)
      }
    }
    return cells
  }

  /// The cells of a text shown as it is, with control characters made visible.
  static func cells(plain text: some Sequence<Unicode.Scalar>, style: Style = .plain) -> [Cell] {
    var cells: [Cell] = []
    for scalar in text {
      if let width = width(of: scalar) {
        cells.append(scalar, width: width, style: style)
      } else {
        for part in visible(scalar).unicodeScalars { cells.append(part, width: 1, style: style) }
      }
    }
    return cells
  }
}

extension [Cell] {
  var width: Int { reduce(0) { $0 + $1.width } }

  /// Adds a character; a combining mark joins the cell before it.
  mutating func append(_ scalar: Unicode.Scalar, width: Int, style: Cell.Style) {
    if width == 0, let last = indices.last {
      self[last].text.unicodeScalars.append(scalar)
    } else {
      append(Cell(text: String(scalar), width: Swift.max(width, 0), style: style))
    }
  }

  /// The cells that fit into `columns`; when not all do, the last one shown is an ellipsis.
  func truncated(to columns: Int) -> [Cell] {
    guard width > columns else { return self }
    var used = 0
    var kept: [Cell] = []
    for cell in self {
      guard used + cell.width <= columns - 1 else { break }
      used += cell.width
      kept.append(cell)
    }
    if columns > 0 { kept.append(Cell(text: "…", width: 1, style: kept.last?.style ?? .plain)) }
    return kept
  }
}
