import LineEditing

extension Command {
  static let exit = Command(
    "exit", aliases: ["quit"], group: .session, summary: "Ends the session",
    parameters: [Parameter("status", .integer, optional: true)], examples: ["exit", "exit 3"], place: .session
  ) { invocation in
    guard let word = invocation.words.first else { throw ExitRequest() }
    guard let status = Int32(word.text), (0...255).contains(status) else {
      throw ShellError("bad status \"\(word.shown)\": expected a number from 0 to 255", at: word)
    }
    throw ExitRequest(status: status)
  }

  static let echo = Command(
    "echo", group: .session, summary: "Prints its words",
    parameters: [Parameter("word", .text, optional: true, repeated: true)], examples: ["echo done"], readsFlags: false
  ) { invocation in
    invocation.console.write(Array(invocation.words.map(\.bytes).joined(separator: [UInt8(ascii: " ")])) + [10])
  }

  static let time = Command(
    "time", group: .session, summary: "Runs a command and tells how long it took",
    parameters: [Parameter("command", .command, repeated: true)], examples: ["time get --prefix /app/"],
    readsFlags: false
  ) { invocation in
    let start = ContinuousClock.now
    defer { invocation.console.writeErrorLine("took \(Timing.text(ContinuousClock.now - start))") }
    try await invocation.session.run(Statement(words: invocation.words, isBackground: invocation.isBackground))
  }

  static let source = Command(
    "source", group: .session, summary: "Runs the commands in a file", parameters: [Parameter("file", .file)],
    details: """
      The lines run in this session and may change its settings. The first error ends the file, unless the session
      keeps going (:set keep-going on).
      """,
    examples: ["source setup.etch"], place: .session
  ) { invocation in
    let word = invocation.words[0]
    let session = invocation.session
    guard session.inputDepth < 20 else {
      throw ShellError("\(word.shown) is sourced by itself: 20 files are open already", at: word)
    }
    let reader: ScriptReader
    do throws(ShellError) {
      reader = try ScriptReader.file(word.text)
    } catch {
      throw ShellError(error.message, status: error.status, at: word)
    }
    let status = try await ScriptRunner(session: session, reader: reader).run()
    if status != ExitStatus.success { throw ExitAfterReport(status: status) }
  }

  static let connect = Command(
    "connect", group: .session, summary: "Speaks to other nodes from now on",
    parameters: [Parameter("endpoint", .endpoint, repeated: true)],
    details: """
      Endpoints are separated by commas or blanks. Certificates and user are those the session was started with.
      Watches on the nodes left are stopped. An in-memory node that is left is gone, with its data.
      """,
    examples: ["connect 10.0.0.1:2379,10.0.0.2:2379"], place: .session
  ) { invocation in
    let endpoints = invocation.words.flatMap { Connection.endpoints(in: $0.text) }
    guard !endpoints.isEmpty else {
      throw ShellError.badArguments("no endpoint in \"\(invocation.words[0].shown)\"", at: invocation.words[0])
    }
    try await invocation.session.connect(to: endpoints)
    invocation.console.writeErrorLine("connected to \(invocation.session.node.name)")
  }

  static let history = Command(
    "history", group: .session, summary: "Lists the lines typed at the prompt, in this session and earlier ones",
    parameters: [Parameter("count", .integer, optional: true)],
    details: "The newest come last. Lines that hold a password are not kept. Ctrl-R searches.",
    examples: ["history 20"], place: .session
  ) { invocation in
    guard let file = invocation.session.historyFile else {
      throw ShellError(
        invocation.session.mode == .prompt
          ? "there is no history: it needs HOME, to keep lines in ~/.etch_history, and a terminal that can edit them"
          : "there is no history: lines are kept only when they are typed at the prompt")
    }
    let count = invocation.words.isEmpty ? Int.max : max(0, Int(invocation.integer(at: 0)))
    let entries: [String]
    do throws(LineEditor.Failure) {
      entries = try LineEditor.entries(inHistory: file)
    } catch {
      throw ShellError("cannot read the history: \(error.message)", status: ExitStatus.io)
    }
    for (index, entry) in entries.enumerated().suffix(count) {
      let lines = entry.split(separator: "\n", omittingEmptySubsequences: false)
      invocation.console.writeLine("\(index + 1)  \(lines.joined(separator: "\n   "))")
    }
  }
}
