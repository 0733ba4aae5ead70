import CEditline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// What libedit expects back from a command.
private let refresh = UInt8(CC_REFRESH)
private let newLine = UInt8(CC_NEWLINE)
private let unchanged = UInt8(CC_NORM)

extension EditLoop {
  func addFunctions() {
    add("etch-return", "Enter the line, or start a new one when it is not complete") { line, _ in
      EditLoop.of(line!).enter()
    }
    add("etch-complete", "Complete the word before the cursor") { line, _ in EditLoop.of(line!).complete() }
    add("etch-clear-screen", "Clear the screen") { line, _ in EditLoop.of(line!).clearScreen() }
    add("etch-accept-suggestion", "Take the suggested rest of the line") { line, _ in
      EditLoop.of(line!).acceptSuggestion()
    }
    add("etch-next-char", "Move right one character") { line, _ in EditLoop.of(line!).move { _, _ in 1 } }
    add("etch-line-start", "Move to the start of this line of the entry") { line, _ in
      EditLoop.of(line!).move { text, cursor in (text[..<cursor].lastIndex(of: "\n") ?? -1) + 1 - cursor }
    }
    add("etch-line-end", "Move to the end of this line of the entry") { line, _ in
      EditLoop.of(line!).move { text, cursor in (text[cursor...].firstIndex(of: "\n") ?? text.count) - cursor }
    }
    add("etch-insert-paste", "Insert what was pasted") { line, _ in EditLoop.of(line!).insertPaste() }
    add("etch-suspend", "Suspend the program") { line, _ in EditLoop.of(line!).suspend() }
  }

  private func add(_ name: String, _ help: String, _ function: editline_function) {
    editline_add_function(line, keep(wide(name)), keep(wide(help)), function)
  }

  /// libedit keeps the pointers it is given for a command's name and help.
  private func keep(_ text: [wchar_t]) -> UnsafePointer<wchar_t> {
    let kept = UnsafeMutableBufferPointer<wchar_t>.allocate(capacity: text.count)
    _ = kept.initialize(from: text)
    commandTexts.append(kept)
    return UnsafePointer(kept.baseAddress!)
  }

  /// The character to hand to libedit for a key; nil for one that means nothing.
  func character(for key: Key) -> wchar_t? {
    let binding: KeyBinding
    switch key {
    case .scalar("\u{1a}"): binding = .suspend
    case .scalar("\u{5}") where suggestion != nil, .end where suggestion != nil, .right where suggestion != nil:
      binding = .acceptSuggestion
    case .scalar(let scalar):
      return (0x80..<0xa0).contains(scalar.value) ? nil : wchar_t(bitPattern: scalar.value)
    case .paste(let text):
      pasted = text
      binding = .insertPaste
    case .up:
      let (line, cursor) = lineAndCursor()
      binding = line[..<cursor].contains("\n") ? .previousLine : .previousHistory
    case .down:
      let (line, cursor) = lineAndCursor()
      binding = line[cursor...].contains("\n") ? .nextLine : .nextHistory
    case .left: binding = .left
    case .right: binding = .right
    case .home: binding = .home
    case .end: binding = .end
    case .delete: binding = .delete
    case .deleteWord: binding = .deleteWord
    case .pageUp: binding = .searchPrevious
    case .pageDown: binding = .searchNext
    case .wordLeft: binding = .wordLeft
    case .wordRight: binding = .wordRight
    }
    return wchar_t(binding.rawValue)
  }

  private func enter() -> UInt8 {
    let (text, cursor) = lineAndCursor()
    if configuration.isIncomplete(String(String.UnicodeScalarView(text))) {
      el_winsertstr(line, wide("\n"))
      return refresh
    }
    el_cursor(line, Int32(text.count - cursor))
    el_winsertstr(line, wide("\n"))
    return newLine
  }

  private func clearScreen() -> UInt8 {
    painter.forget()
    SystemCalls.write("\u{1b}[H\u{1b}[2J", to: output)
    return refresh
  }

  private func move(_ distance: (_ text: [Unicode.Scalar], _ cursor: Int) -> Int) -> UInt8 {
    let (text, cursor) = lineAndCursor()
    el_cursor(line, Int32(distance(text, cursor)))
    return refresh
  }

  private func acceptSuggestion() -> UInt8 {
    if let suggestion { el_winsertstr(line, wide(suggestion)) }
    suggestion = nil
    return refresh
  }

  /// Pasted lines become lines of the entry, to be looked at before they are entered. Control characters other than
  /// tabs are left out: none of them is to act.
  private func insertPaste() -> UInt8 {
    var text = pasted
    pasted = ""
    if text.unicodeScalars.contains("\r") {
      let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.last == "\r" ? $0.dropLast() : $0 }
      text = String(String.UnicodeScalarView(lines.joined(separator: "\n".unicodeScalars)))
      text = String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\r" ? "\n" : $0 }))
    }
    while text.unicodeScalars.last == "\n" { text.unicodeScalars.removeLast() }
    let shown = text.unicodeScalars.filter { Cell.width(of: $0) != nil || $0 == "\n" || $0 == "\t" || $0.value >= 0xa0 }
    el_winsertstr(line, wide(String(String.UnicodeScalarView(shown))))
    return refresh
  }

  private func suspend() -> UInt8 {
    SystemCalls.write(painter.leave() + "\u{1b}[?2004l", to: output)
    editline_set_edit_mode(line, 0)
    kill(0, SIGTSTP)
    // The signal may reach another thread first, and in a group without a shell it does nothing: go on when the
    // process was continued, or was never stopped.
    var pause = timespec(tv_sec: 0, tv_nsec: 50_000_000)
    nanosleep(&pause, nil)
    editline_set_edit_mode(line, 1)
    SystemCalls.write("\u{1b}[?2004h", to: output)
    measure()
    el_resize(line)
    return refresh
  }

  // MARK: - Completion

  private func complete() -> UInt8 {
    let (text, cursor) = lineAndCursor()
    if listing != nil, listing!.line == text, listing!.cursor == cursor {
      listing!.turnPage()
      return unchanged
    }
    let beforeCursor = String(String.UnicodeScalarView(text[..<cursor])).utf8.count
    guard let found = find(String(String.UnicodeScalarView(text)), beforeCursor), !found.candidates.isEmpty else {
      SystemCalls.write("\u{7}", to: output)
      return unchanged
    }
    let isOnly = found.candidates.count == 1
    let current = part(of: text, found.replacing)
    var insertion = found.commonPrefix
    if isOnly && found.candidates[0].isWhole { insertion += " " }
    let grows = isOnly || insertion.unicodeScalars.count > current.count
    if grows && !insertion.unicodeScalars.elementsEqual(current) {
      replace(found.replacing, in: text, cursor: cursor, with: insertion)
    } else if !isOnly {
      listing = CandidateListing(candidates: found.candidates, line: text, cursor: cursor)
    }
    return refresh
  }

  /// Asks the completer, and waits; keys typed meanwhile stay in line, Ctrl-C gives up.
  private func find(_ text: String, _ cursor: Int) -> Completion? {
    completions.lastID += 1
    completions.arrived = nil
    let search = Task.detached { [id = completions.lastID, completer = configuration.completer, mailbox] in
      mailbox.post(.completed(id, await completer(text, cursor)))
    }
    while completions.arrived == nil && !isCancelled && !decoder.holdsInterrupt {
      guard awaitSomething() else { break }
    }
    search.cancel()
    return completions.arrived
  }

  private func part(of text: [Unicode.Scalar], _ range: Range<Int>) -> ArraySlice<Unicode.Scalar> {
    text[index(text, atOffset: range.lowerBound)..<index(text, atOffset: range.upperBound)]
  }

  private func replace(_ range: Range<Int>, in text: [Unicode.Scalar], cursor: Int, with insertion: String) {
    let start = index(text, atOffset: range.lowerBound)
    let end = index(text, atOffset: range.upperBound)
    el_cursor(line, Int32(end - cursor))
    el_deletestr(line, Int32(end - start))
    el_winsertstr(line, wide(insertion))
  }

  /// The index of the character at a UTF-8 offset; the end for one beyond it.
  private func index(_ text: [Unicode.Scalar], atOffset offset: Int) -> Int {
    var seen = 0
    for (index, scalar) in text.enumerated() {
      if seen >= offset { return index }
      seen += UTF8.width(scalar)
    }
    return text.count
  }
}
