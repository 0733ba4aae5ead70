import CEditline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension EditLoop {
  /// Shows the line as libedit has it now.
  func show() {
    let update = painter.paint(layout(), columns: screen.columns, height: screen.rows)
    if !update.isEmpty { SystemCalls.write(update, to: output) }
  }

  /// Prints whole lines above the line being typed, which moves down.
  func show(above text: String) {
    let update = painter.erase() + text + painter.paint(layout(), columns: screen.columns, height: screen.rows)
    SystemCalls.write(update, to: output)
  }

  private func layout() -> Layout {
    var content = content()
    let isAtEnd = content.cursor == content.line.count
    if let listing, listing.line != content.line || listing.cursor != content.cursor { self.listing = nil }
    suggestion = nil
    if isAtEnd && content.status == nil && !content.line.isEmpty {
      let text = String(String.UnicodeScalarView(content.line))
      if let entry = history.entry(beginningWith: text) {
        suggestion = String(decoding: entry.utf8.dropFirst(text.utf8.count), as: UTF8.self)
        let firstLine = suggestion!.unicodeScalars.prefix { $0 != "\n" }
        // No more than is seen, and one: entries may be a megabyte long.
        content.hint = Cell.cells(plain: firstLine.prefix(screen.columns + 1), style: configuration.dim)
        if firstLine.endIndex != suggestion!.endIndex { content.hint += Cell.cells(plain: "…".unicodeScalars) }
      } else if let hint = configuration.hinter(text) {
        content.hint = Cell.cells(plain: hint.unicodeScalars, style: configuration.dim)
      }
    }
    guard let listing else { return Layout(content, columns: screen.columns) }
    let rowsOfLine = Layout(content, columns: screen.columns).rows.count
    content.below = listing.rows(
      columns: screen.columns, height: max(screen.rows - rowsOfLine, 2), dim: configuration.dim)
    return Layout(content, columns: screen.columns)
  }

  /// The prompt and the line, without what stands beside and below it.
  func content() -> Layout.Content {
    var content = Layout.Content()
    content.prompt = Cell.cells(sgr: prompt.text)
    content.continuation = Cell.cells(sgr: prompt.continuation)
    content.right = Cell.cells(sgr: prompt.rightText)
    (content.line, content.cursor) = lineAndCursor()
    content.status = Self.status(in: content.line)
    return content
  }

  func lineAndCursor() -> (line: [Unicode.Scalar], cursor: Int) {
    let info = el_wline(line)!.pointee
    let count = max(info.lastchar - info.buffer, 0)
    // While vi asks for something in the line's place, the cursor may stand beyond its end.
    return (scalars(info.buffer, count: count), max(min(info.cursor - info.buffer, count), 0))
  }

  func scalars(_ text: UnsafePointer<wchar_t>, count: Int) -> [Unicode.Scalar] {
    UnsafeBufferPointer(start: text, count: count)
      .map { Unicode.Scalar(UInt32(bitPattern: $0)) ?? "\u{fffd}" }
  }

  /// Where libedit's own question begins that it puts into the line while it searches: `\nbck:word` after the line
  /// (`bck?` when nothing is found), or in place of it `\n/word`, `\n?word` for vi and `\n: word` for a command.
  static func status(in line: [Unicode.Scalar]) -> Int? {
    guard let newline = line.lastIndex(of: "\n") else { return nil }
    let status = line[(newline + 1)...]
    if newline == 0, let first = status.first, "/?:".unicodeScalars.contains(first) { return newline }
    let isSearch = ["bck:", "bck?", "fwd:", "fwd?"].contains { status.starts(with: $0.unicodeScalars) }
    return isSearch ? newline : nil
  }

  func measure() {
    var size = winsize()
    guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return }
    screen = (Int(size.ws_col), Int(size.ws_row))
  }

  func resize() {
    measure()
    SystemCalls.write(painter.eraseAfterResize(columns: screen.columns), to: output)
    el_resize(line)
    editline_refresh(line)
  }
}
