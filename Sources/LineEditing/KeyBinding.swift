import CEditline

/// What the keys do that are no characters. libedit looks commands up by character, below 256 only; the C1 control
/// characters, which nobody types, stand for these keys, and are bound to a command in both key maps.
///
/// Escape sequences are not bound themselves: that would make ESC the start of something, and vi's command mode would
/// hang on it.
enum KeyBinding: UInt8, CaseIterable {
  case previousHistory = 0x80, nextHistory, previousLine, nextLine
  case left, right, home, end, delete, deleteWord, wordLeft, wordRight
  case searchPrevious, searchNext
  case acceptSuggestion, insertPaste, suspend

  /// In the key map that lines are typed in.
  var command: String {
    switch self {
    case .right: "etch-next-char"
    case .home: "etch-line-start"
    case .end: "etch-line-end"
    default: commandInCommandMode
    }
  }

  /// In vi's command mode the cursor stands on a character; libedit's own commands keep it there in insert mode too.
  var commandInCommandMode: String {
    switch self {
    case .previousHistory: "ed-prev-history"
    case .nextHistory: "ed-next-history"
    case .previousLine: "ed-prev-line"
    case .nextLine: "ed-next-line"
    case .left: "ed-prev-char"
    case .right: "ed-next-char"
    case .home: "ed-move-to-beg"
    case .end: "ed-move-to-end"
    case .delete: "ed-delete-next-char"
    case .deleteWord: "em-delete-next-word"
    case .wordLeft: "ed-prev-word"
    case .wordRight: "em-next-word"
    case .searchPrevious: "ed-search-prev-history"
    case .searchNext: "ed-search-next-history"
    case .acceptSuggestion: "etch-accept-suggestion"
    case .insertPaste: "etch-insert-paste"
    case .suspend: "etch-suspend"
    }
  }

  /// What is bound before ~/.editrc may bind otherwise: ours where libedit's own would write to the screen or is not
  /// what hands expect today.
  static let defaults: [(key: String, command: String, alsoInCommandMode: Bool)] = [
    ("\n", "etch-return", true),
    ("\r", "etch-return", true),
    ("\t", "etch-complete", false),
    ("\u{1}", "etch-line-start", false),
    ("\u{5}", "etch-line-end", false),
    ("\u{c}", "etch-clear-screen", true),
    ("\u{12}", "em-inc-search-prev", true),
    ("\u{13}", "em-inc-search-next", true),
    ("\u{15}", "vi-kill-line-prev", false),
    ("\u{17}", "ed-delete-prev-word", false),
  ]

  static func bindDefaults(_ line: OpaquePointer) {
    for (key, command, alsoInCommandMode) in defaults {
      editline_bind(line, wide(key), wide(command))
      if alsoInCommandMode { editline_bind_alternative(line, wide(key), wide(command)) }
    }
  }

  static func bindKeys(_ line: OpaquePointer) {
    for binding in allCases {
      let key: [wchar_t] = [wchar_t(binding.rawValue), 0]
      editline_bind(line, key, wide(binding.command))
      editline_bind_alternative(line, key, wide(binding.commandInCommandMode))
    }
  }
}

/// A text as libedit takes it: code points with a zero at the end.
func wide(_ text: String) -> [wchar_t] { text.unicodeScalars.map { wchar_t(bitPattern: $0.value) } + [0] }
