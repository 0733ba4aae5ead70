extension CommandTable {
  /// What a line says, before it runs.
  struct Parsed: Sendable {
    var command: Command
    var words: [Word] = []
    var wordsBeforeDashes: Int?
    var flags = FlagValues()
  }

  /// Sorts a line's words into a command, its flags and its positional words, as pflag does: flags may stand anywhere,
  /// `--` ends them, shorthands may be combined, a value follows `=` or is the next word.
  ///
  /// - Parameter globals: the flags that every command takes here.
  func parse(_ words: [Word], globals: [Flag] = GlobalFlags.everywhere) throws(ShellError) -> Parsed {
    var flags = FlagValues()
    var position = 0
    try skipGlobals(words, &position, globals, &flags)
    guard position < words.count else { throw .badArguments("no command given", remedy: "`help` lists them") }
    let first = words[position]
    position += 1

    let command: Command
    let name = fullFirst(first.text)
    let family = family(name)
    if !family.isEmpty {
      let afterFirst = position
      try skipGlobals(words, &position, globals, &flags)
      let second = position < words.count ? words[position] : nil
      if let second, let found = self["\(name) \(fullSecond(second.text, name))"] {
        command = found
        position += 1
      } else if let found = self[name] {
        command = found
        position = afterFirst
      } else if let help = self["help"], flags.bool("help") == true || program != .etch {
        // As etcdctl: a family alone, or with a word that is none of its commands, is told about.
        return Parsed(command: help, words: [first])
      } else {
        throw Self.notInFamily(name, family, second, first)
      }
    } else if let found = self[name] {
      command = found
    } else {
      throw unknownCommand(first)
    }

    var parsed = Parsed(command: command, flags: flags)
    if command.readsFlags {
      try parsed.sort(words[position...], globals: globals)
    } else {
      parsed.words = Array(words[position...])
    }
    if case .bool(true)? = parsed.flags["help"], let help = self["help"] {
      return Parsed(command: help, words: [Word(command.name, line: first.line, column: first.column)])
    }
    try parsed.checkWords(first)
    return parsed
  }

  /// As etcdctl does, its commands are found by any beginning that only one of them has.
  private func fullFirst(_ typed: String) -> String {
    program == .etcdctl && self[typed] == nil && family(typed).isEmpty
      ? only(EtcdctlHelp.names.map { String($0.prefix { $0 != " " }) }, beginningWith: typed) : typed
  }

  private func fullSecond(_ typed: String, _ first: String) -> String {
    program == .etcdctl && self["\(first) \(typed)"] == nil
      ? only(family(first).map { String($0.name.dropFirst(first.count + 1)) }, beginningWith: typed) : typed
  }

  private func only(_ names: [String], beginningWith typed: String) -> String {
    let matching = Set(names.filter { $0.hasPrefix(typed) })
    return matching.count == 1 ? matching.first! : typed
  }

  private func skipGlobals(_ words: [Word], _ position: inout Int, _ globals: [Flag], _ flags: inout FlagValues)
    throws(ShellError)
  {
    while position < words.count, words[position].looksLikeFlag {
      try FlagReader(flags: globals, commandName: nil).read(words[...], &position, into: &flags)
    }
  }
}

extension CommandTable.Parsed {
  mutating func sort(_ rest: ArraySlice<Word>, globals: [Flag]) throws(ShellError) {
    var position = rest.startIndex
    words.reserveCapacity(rest.count)
    while position < rest.endIndex {
      let word = rest[position]
      guard word.looksLikeFlag else {
        words.append(word)
        position += 1
        continue
      }
      if word.bytes == [UInt8(ascii: "-"), UInt8(ascii: "-")] {
        wordsBeforeDashes = words.count
        words.append(contentsOf: rest[(position + 1)...])
        return
      }
      try FlagReader(flags: command.flags + globals, commandName: command.name).read(rest, &position, into: &flags)
    }
  }

  /// Checks how many words there are, and each against its parameter's kind.
  func checkWords(_ first: Word) throws(ShellError) {
    if words.count < command.minimumWords {
      let missing = command.parameters.filter { !$0.isOptional }.dropFirst(words.count).map(\.usage)
      throw .badArguments(
        command.wordsMessage ?? "\(command.name) needs \(missing.joined(separator: " "))",
        remedy: "usage: \(command.usage)", at: first)
    }
    if words.count > command.maximumWords {
      throw .badArguments(
        command.wordsMessage ?? "\(command.name) has no use for \"\(words[command.maximumWords].shown)\"",
        remedy: remedyForExtra(),
        at: words[command.maximumWords])
    }
    for (index, word) in words.enumerated() {
      let parameter = command.parameters[min(index, command.parameters.count - 1)]
      try parameter.check(word)
    }
  }

  private func remedyForExtra() -> String {
    let operators = ["|", ">", ">>", "<", ";", "&&", "||", "&"]
    if let found = words.first(where: { $0.origin == .bare && operators.contains($0.text) }) {
      return "there are no pipes, redirections or lists here; quote \(found.text) if it is meant literally"
    }
    return "usage: \(command.usage)" + (command.parameters.isEmpty ? "" : "; a value with blanks needs quotes")
  }
}

extension Parameter {
  func check(_ word: Word) throws(ShellError) {
    func refuse(_ reason: String) -> ShellError {
      ShellError("bad \(name) \"\(word.shown)\": \(reason)", at: word)
    }
    switch kind {
    case .integer:
      _ = try Numbers.integer(word.text) { refuse($0) }
    case .watch:
      guard let number = Int64(word.text), number > 0 else { throw refuse("expected the number of a watch") }
    case .lease:
      guard Numbers.lease(word.text) != nil else {
        throw .badArguments(Numbers.badLease("bad lease ID arg", word.shown), at: word)
      }
    case .duration:
      guard Numbers.duration(word.text) != nil else { throw refuse("expected a duration such as 5s, 1m30s or 500ms") }
    case .choice(let choices):
      guard choices.contains(word.text) else { throw refuse("expected one of \(choices.joined(separator: ", "))") }
    case .key, .value, .member, .user, .role, .file, .url, .endpoint, .command, .text:
      break
    }
  }
}

/// Reads one flag word, and its value where it has one.
struct FlagReader {
  let flags: [Flag]
  let commandName: String?

  func read(_ words: ArraySlice<Word>, _ position: inout Int, into values: inout FlagValues) throws(ShellError) {
    let word = words[position]
    position += 1
    if word.bytes[1] == UInt8(ascii: "-") {
      try readLong(word, words, &position, &values)
    } else {
      try readShort(word, words, &position, &values)
    }
  }

  private func readLong(
    _ word: Word, _ words: ArraySlice<Word>, _ position: inout Int, _ values: inout FlagValues
  ) throws(ShellError) {
    let body = word.bytes.dropFirst(2)
    let equals = body.firstIndex(of: UInt8(ascii: "="))
    let name = String(decoding: body[..<(equals ?? body.endIndex)], as: UTF8.self)
    guard let flag = flags.first(where: { $0.name == name }) else { throw unknown(word, name) }
    if let equals {
      try values.set(flag, to: Array(body[(equals + 1)...]), word: word)
    } else if flag.kind == .bool {
      values.switchOn(flag, word: word)
    } else {
      try takeNext(flag, word, "--\(name)", words, &position, &values)
    }
  }

  /// `-w json`, `-wjson`, `-w=json`, and several shorthands in one word of which the last may take a value.
  private func readShort(
    _ word: Word, _ words: ArraySlice<Word>, _ position: inout Int, _ values: inout FlagValues
  ) throws(ShellError) {
    var rest = word.bytes.dropFirst()
    while let byte = rest.popFirst() {
      let letter = Character(Unicode.Scalar(byte))
      guard let flag = flags.first(where: { $0.shorthand == letter }) else {
        let isNumber = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        throw ShellError(
          "unknown shorthand flag: '\(Quoting.shown([byte]))' in \(word.shown)",
          remedy: isNumber || commandName != nil
            ? "for a key or value that begins with a dash, put -- before it" : nil, at: word)
      }
      if rest.first == UInt8(ascii: "=") {
        try values.set(flag, to: Array(rest.dropFirst()), word: word)
        return
      }
      if flag.kind == .bool {
        values.switchOn(flag, word: word)
      } else if rest.isEmpty {
        try takeNext(flag, word, "'\(letter)' in \(word.shown)", words, &position, &values)
      } else {
        try values.set(flag, to: Array(rest), word: word)
        return
      }
    }
  }

  private func takeNext(
    _ flag: Flag, _ word: Word, _ shown: String, _ words: ArraySlice<Word>, _ position: inout Int,
    _ values: inout FlagValues
  ) throws(ShellError) {
    guard position < words.endIndex else {
      throw ShellError(
        "flag needs an argument: \(shown)", remedy: "--\(flag.name) \(flag.kind.placeholder)", at: word)
    }
    try values.set(flag, to: words[position].bytes, word: words[position])
    position += 1
  }

  private func unknown(_ word: Word, _ name: String) -> ShellError {
    let shown = Quoting.shown(Array("--\(name)".utf8))
    if let flag = GlobalFlags.connection.first(where: { $0.name == name }) {
      return ShellError(
        "--\(flag.name) cannot be changed by a single command here",
        remedy: "give it when starting, or connect to other nodes with: connect ENDPOINTS", at: word)
    }
    let near = NearMiss.best(for: name, among: flags.map(\.name))
    return ShellError(
      "unknown flag: \(shown)",
      remedy: near.map { "did you mean --\($0)?" }
        ?? commandName.map {
          "`help \($0)` lists its flags; for a key or value that begins with a dash, put -- before it"
        },
      at: word)
  }
}
