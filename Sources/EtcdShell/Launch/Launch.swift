/// What the command line asks for: where the lines come from, and which node they go to.
struct Launch: Sendable {
  enum Way: Sendable {
    case prompt
    case standardInput
    case file(String)
    /// `-c`, in the order given.
    case lines([[UInt8]])
    case oneShot([Word])
    case usage
    /// `etch completions bash`: what `completions/` holds.
    case completions(CompletionScript)
  }

  enum Node: Sendable, Equatable {
    case memory
    case durable(folder: String)
    /// Begins as a copy of a snapshot: in memory, or kept in a new folder.
    case copy(snapshot: String, folder: String?)
    case remote
  }

  var way = Way.prompt
  var node = Node.memory
  /// Where other clients may connect to an embedded node.
  var listenURLs: [String] = []
  var connection = Connection()
  var settings = Settings()
  let program: ProgramName
  let table: CommandTable
  var warnings: [String] = []

  /// The flags of the program itself; they stand before the command.
  static let ownFlags: [Flag] = [
    Flag("file", "f", .file, "run the commands in a file"),
    Flag("command", "c", .text, "run this line; may be repeated"),
    Flag("keep-going", nil, .bool, "go on after an error"),
    Flag("data-dir", nil, .file, "an embedded node that keeps its data in this folder"),
    Flag("from-snapshot", nil, .file, "an embedded node that begins as a copy of a saved snapshot"),
    Flag("version", nil, .bool, "print the version"),
    Flag("nodes", nil, .integer, "an embedded cluster of several nodes (not built yet)"),
    Flag("listen", nil, .text, "let other clients connect to the embedded node at this URL"),
  ]

  /// - Parameters:
  ///   - arguments: the program's name first.
  ///   - isInteractive: whether standard input is a terminal.
  init(arguments: [[UInt8]], environment: [String: String], isInteractive: Bool, table: CommandTable)
    throws(ShellError)
  {
    program = ProgramName(path: String(decoding: arguments.first ?? [], as: UTF8.self))
    let isVersion2 = program == .etcdctl && environment["ETCDCTL_API"] == "2"
    self.table =
      switch program {
      case .etch: table
      case .etcdctl: isVersion2 ? .etcdctl2 : .etcdctl
      case .etcdutl: .etcdutl
      }
    let words = arguments.dropFirst().map { Word($0) }
    try readEnvironment(environment)

    // What stands before the command; the flags after it are the command's, and read with it below.
    var flags = FlagValues()
    let known = program == .etch ? Self.ownFlags + GlobalFlags.all : GlobalFlags.all
    var position = words.startIndex
    if isVersion2 {
      flags = try GlobalFlags2.read(words[...], &position)
    } else {
      while position < words.endIndex, words[position].looksLikeFlag {
        try FlagReader(flags: known, commandName: nil).read(words[...], &position, into: &flags)
      }
    }
    var rest = Array(words[position...])
    if !rest.isEmpty, !isVersion2 { try Self.liftConnectionFlags(&rest, self.table, &flags) }

    try Self.addWatchedKey(&rest, environment, self.table)

    try connection.apply(flags)
    try apply(flags)
    try chooseWay(flags, rest, isInteractive)
    try chooseNode(flags)
  }

  private mutating func apply(_ flags: FlagValues) throws(ShellError) {
    if let name = flags.text("write-out") { settings.format = OutputFormat(rawValue: name)! }
    settings.isHex = flags.bool("hex") ?? settings.isHex
    settings.keepsGoing = flags.bool("keep-going") ?? false
    if flags["nodes"] != nil {
      throw ShellError(
        "--nodes: an embedded cluster of several nodes is not built yet", status: ExitStatus.badFeature,
        at: flags.word("nodes"))
    }
    listenURLs = flags.text("listen").map(Connection.endpoints) ?? []
    if flags["listen"] != nil, listenURLs.isEmpty {
      throw .badArguments("--listen names no address", remedy: "for example --listen http://127.0.0.1:2379")
    }
  }

  private mutating func chooseWay(_ flags: FlagValues, _ rest: [Word], _ isInteractive: Bool) throws(ShellError) {
    let lines = flags.all("command")
    let file = flags.text("file")
    if program != .etch {
      if flags.bool("version") == true {
        way = .oneShot([Word("version")])
        return
      }
      way = .oneShot(rest.isEmpty || flags.bool("help") == true ? [Word("help")] + rest : rest)
      return
    }
    if rest.first?.text == "serve" {
      throw .badArguments(
        "serve is the first word, and its flags stand after it", remedy: "for example etch serve --data-dir DIR")
    }
    if rest.first?.text == "completions" {
      guard rest.count == 2, let script = CompletionScript(rawValue: rest[1].text) else {
        let names = CompletionScript.allCases.map(\.rawValue).joined(separator: "|")
        throw .badArguments("completions needs one of \(names)", remedy: "etch completions bash > etch.bash")
      }
      way = .completions(script)
      return
    }
    if (lines.isEmpty ? 0 : 1) + (file == nil ? 0 : 1) + (rest.isEmpty ? 0 : 1) > 1 {
      throw .badArguments(
        "give a command, -c or -f, not several of them",
        remedy: "the flags of a one-shot's command stand after it: etch get -c …")
    }
    if flags.bool("help") == true, rest.isEmpty {
      way = .usage
    } else if flags.bool("version") == true {
      way = .oneShot([Word("version")])
    } else if !rest.isEmpty {
      way = .oneShot(flags.bool("help") == true ? [Word("help")] + rest : rest)
    } else if !lines.isEmpty {
      way = .lines(lines)
    } else if let file, file != "-" {
      way = .file(file)
    } else if file == "-" || !isInteractive {
      way = .standardInput
    }
  }

  private mutating func chooseNode(_ flags: FlagValues) throws(ShellError) {
    for name in ["data-dir", "from-snapshot", "listen"] where flags[name] != nil && flags["endpoints"] != nil {
      throw .badArguments("--\(name) starts an embedded node and --endpoints names remote ones; give one of them")
    }
    let folder = flags.text("data-dir")
    if folder?.isEmpty == true { throw .badArguments("--data-dir names no folder") }
    if let snapshot = flags.text("from-snapshot") {
      node = .copy(snapshot: snapshot, folder: folder)
      return
    }
    if let folder {
      node = .durable(folder: folder)
      return
    }
    if !listenURLs.isEmpty { return }
    if !connection.endpoints.isEmpty {
      node = .remote
    } else if case .oneShot = way {
      connection.endpoints = Connection.defaultEndpoints
      node = .remote
    }
  }

  /// etcdctl takes its connection flags anywhere on the line, so a one-shot does too: they are taken out of the
  /// command's words here, so that the command sees only its own.
  private static func liftConnectionFlags(
    _ words: inout [Word], _ table: CommandTable, _ flags: inout FlagValues
  ) throws(ShellError) {
    let first = words[0].text
    let isFamily = !table.family(first).isEmpty
    let command = table[isFamily && words.count > 1 ? "\(first) \(words[1].text)" : first] ?? table[first]
    // Words of a command that reads no flags are not ours to touch.
    if command?.readsFlags == false { return }
    let taken = GlobalFlags.connection
    let others = (command?.flags ?? []) + GlobalFlags.everywhere
    var kept: [Word] = []
    var position = words.startIndex
    while position < words.endIndex {
      let word = words[position]
      if word.bytes == [UInt8(ascii: "-"), UInt8(ascii: "-")] { break }
      guard word.looksLikeFlag else {
        kept.append(word)
        position += 1
        continue
      }
      let start = position
      var ignored = FlagValues()
      if (try? FlagReader(flags: others, commandName: nil).read(words[...], &position, into: &ignored)) != nil {
        kept += words[start..<position]
        continue
      }
      position = start
      if names(word, one: taken) {
        try FlagReader(flags: taken, commandName: nil).read(words[...], &position, into: &flags)
      } else {
        // Wrong, or unknown: the command's own parser says so.
        kept.append(word)
        position = start + 1
      }
    }
    words = kept + words[position...]
  }

  /// A `watch` without a key is for the one that etcdctl's variables name.
  private static func addWatchedKey(
    _ words: inout [Word], _ environment: [String: String], _ table: CommandTable
  ) throws(ShellError) {
    guard words.first?.text == "watch" else { return }
    let key = environment["ETCDCTL_WATCH_KEY"] ?? ""
    let end = environment["ETCDCTL_WATCH_RANGE_END"] ?? ""
    if key.isEmpty {
      if end.isEmpty { return }
      throw .badArguments("ETCDCTL_WATCH_KEY is empty but got ETCDCTL_WATCH_RANGE_END=\"\(end)\"")
    }
    guard let parsed = try? table.parse(words), (parsed.wordsBeforeDashes ?? parsed.words.count) == 0 else { return }
    words.insert(contentsOf: [key, end].filter { !$0.isEmpty }.map { Word($0) }, at: 1)
  }

  private static func names(_ word: Word, one flags: [Flag]) -> Bool {
    let text = word.text
    return flags.contains { flag in
      text == "--\(flag.name)" || text.hasPrefix("--\(flag.name)=")
        || flag.shorthand.map { text.hasPrefix("-\($0)") } ?? false
    }
  }

  // MARK: Variables

  /// Reads every ETCDCTL_ variable; the flags that follow win over them.
  private mutating func readEnvironment(_ environment: [String: String]) throws(ShellError) {
    let prefix = "ETCDCTL_"
    var flags = FlagValues()
    for variable in environment.keys.filter({ $0.hasPrefix(prefix) }).sorted() {
      let value = environment[variable]!
      guard let flag = GlobalFlags.all.first(where: { GlobalFlags.variable($0) == variable && $0.name != "help" })
      else {
        if !["ETCDCTL_API", "ETCDCTL_WATCH_KEY", "ETCDCTL_WATCH_RANGE_END"].contains(variable) { warnAbout(variable) }
        continue
      }
      // etcdctl takes an empty variable for an absent one.
      if value.isEmpty { continue }
      do {
        try flags.set(flag, to: Array(value.utf8), word: Word(value))
      } catch {
        throw ShellError("\(variable): \(error.message)", status: error.status)
      }
    }
    try connection.apply(flags)
    try apply(flags)
  }

  private mutating func warnAbout(_ variable: String) {
    let known = GlobalFlags.all.filter { $0.name != "help" }.map(GlobalFlags.variable)
    let near = NearMiss.best(for: variable, among: known)
    warnings.append("warning: \(variable) means nothing here" + (near.map { "; did you mean \($0)?" } ?? ""))
  }
}

extension FlagValues {
  /// Every value of a flag that may be repeated.
  func all(_ name: String) -> [[UInt8]] {
    entries.compactMap { entry in
      if entry.name == name, case .bytes(let bytes) = entry.value { return bytes }
      return nil
    }
  }
}
