/// The arguments still missing, shown in grey after the line being typed.
///
///     lease grant |<ttl>        get /app |[range_end]        get --limit |N
struct Hinter: Sendable {
  let table: CommandTable

  /// Nil when there is nothing to add. Begins with a space when the cursor is right after a word.
  func hint(_ line: String) -> String? {
    guard let typed = TypedLine(line), typed.quote == nil else { return nil }
    if typed.words.isEmpty, typed.typed.isEmpty { return nil }
    // The word at the cursor counts as given: what follows it is missing.
    let isInWord = typed.start < line.utf8.count
    if isInWord, typed.typed.first == UInt8(ascii: "-"), !typed.words.isEmpty {
      return flagHint(typed)
    }
    var given = typed
    if isInWord {
      given.words.append(Word(typed.typed))
      given.typed = []
    }
    guard let missing = missing(given) else { return nil }
    return (isInWord ? " " : "") + missing
  }

  private func missing(_ line: TypedLine) -> String? {
    switch table.expectation(at: line) {
    case .command: return line.words.isEmpty ? nil : "<command>"
    case .flag, .nothing: return nil
    case .member(let family):
      return family.map { String($0.name[$0.name.index(after: $0.name.firstIndex(of: " ")!)...]) }.joined(
        separator: "|")
    case .flagValue(let flag, _): return flag.kind.placeholder
    case .parameter(let parameter, let command, let words):
      let index = command.parameters.firstIndex { $0.name == parameter.name }!
      let rest = command.parameters[index...].map { $0.isRepeated && !words.isEmpty ? "[\($0.name)]..." : $0.usage }
      let isFresh = words.isEmpty && !line.words.contains(where: \.looksLikeFlag)
      return (rest + (isFresh && !command.flags.isEmpty ? ["[flags]"] : [])).joined(separator: " ")
    }
  }

  /// What follows a flag that is fully typed.
  private func flagHint(_ line: TypedLine) -> String? {
    var given = line
    given.words.append(Word(line.typed))
    given.typed = []
    if case .flagValue(let flag, _) = table.expectation(at: given) { return " " + flag.kind.placeholder }
    return nil
  }
}
