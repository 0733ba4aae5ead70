/// Finds the name that was probably meant.
enum NearMiss {
  /// The closest of `names`: one that the typed text begins, or one that differs by at most a third of its letters.
  static func best(for typed: String, among names: [String]) -> String? {
    guard (2...40).contains(typed.utf8.count) else { return nil }
    let text = Array(typed.lowercased().utf8)
    var best: (name: String, distance: Int)?
    for name in names {
      let candidate = Array(name.lowercased().utf8)
      let distance =
        text.count > 1 && candidate.starts(with: text) ? 1 : Self.distance(text, candidate)
      let allowed = max(1, min(text.count, candidate.count) / 3)
      if distance <= allowed, distance < best?.distance ?? Int.max { best = (name, distance) }
    }
    return best?.name
  }

  /// How many letters to insert, delete, replace or swap with their neighbour.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var current = [i + 1]
      current.reserveCapacity(b.count + 1)
      for j in b.indices {
        var cost = min(last[j + 1] + 1, current[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[b.count]
  }
}

extension CommandTable {
  func unknownCommand(_ word: Word) -> ShellError {
    let near = NearMiss.best(for: word.text, among: commands.flatMap { [$0.name] + $0.aliases } + firstWords)
    if program != .etch {
      let name = program.rawValue
      return ShellError(
        "unknown command \"\(word.shown)\" for \"\(name)\"",
        remedy: near.map { "did you mean \($0)?" } ?? "run '\(name) --help' for usage", at: word)
    }
    return ShellError(
      "unknown command \"\(word.shown)\"", remedy: near.map { "did you mean \($0)?" } ?? "`help` lists the commands",
      at: word)
  }

  static func notInFamily(_ name: String, _ family: [Command], _ second: Word?, _ first: Word) -> ShellError {
    let names = family.map { String($0.name.dropFirst(name.count + 1)) }
    guard let second else {
      return ShellError("\(name) needs one of: \(names.joined(separator: ", "))", at: first)
    }
    let near = NearMiss.best(for: second.text, among: names)
    return ShellError(
      "unknown command \"\(name) \(second.shown)\"",
      remedy: near.map { "did you mean \(name) \($0)?" } ?? "\(name) has: \(names.joined(separator: ", "))", at: second)
  }
}
