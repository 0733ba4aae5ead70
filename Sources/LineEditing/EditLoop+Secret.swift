import CEditline

extension EditLoop {
  /// Reads a line of which nothing is shown and nothing kept. Nil for Ctrl-C, and for Ctrl-D on an empty line.
  func readSecret() -> String? {
    measure()
    el_reset(line)
    editline_set_edit_mode(line, 1)
    defer {
      editline_set_edit_mode(line, 0)
      SystemCalls.write(painter.leave(), to: output)
    }
    var secret: [Unicode.Scalar] = []
    handleWhileReading()
    if isCancelled { return nil }
    while true {
      while let key = decoder.next() {
        switch key {
        case .scalar("\n"), .scalar("\r"): return String(String.UnicodeScalarView(secret))
        case .scalar("\u{3}"): return nil
        case .scalar("\u{4}"):
          if secret.isEmpty { return nil }
        case .scalar("\u{8}"), .scalar("\u{7f}"): _ = secret.popLast()
        case .scalar("\u{15}"): secret = []
        case .scalar(let scalar) where scalar.value >= 0x20: secret.append(scalar)
        case .paste(let text): secret += text.unicodeScalars.filter { $0.value >= 0x20 }
        default: break
        }
      }
      show()
      guard awaitSomething(), !isCancelled else { return nil }
    }
  }
}
