import EtcdAPI

/// `watch -i`: lines of the input that make watches, whose events are shown as they come.
///
///     watch --prefix /app/     begins one
///     progress                 asks each how far it has come
struct InteractiveWatch {
  let invocation: Invocation

  /// - Throws: at the end of the input, as etcdctl does.
  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      var streams: [WatchStream] = []
      while let line = try await invocation.session.input.nextLine(prompt: "watch> ") {
        let text = String(decoding: line, as: UTF8.self)
        let words = try Tokenizer.statements(in: text).first?.words ?? []
        switch words.first?.text {
        case "watch":
          do {
            let (watch, stream, program) = try await begin(words)
            streams.append(stream)
            group.addTask { try await watch.follow(stream, running: program) }
          } catch {
            refuse(text, ShellError(any: error).message)
          }
        case "progress": for stream in streams { try await stream.requestProgress() }
        case nil: invocation.console.writeErrorLine("Invalid command: \(text) (watch and progress supported)")
        default: refuse(text, "only support watch")
        }
      }
      throw ShellError("error reading watch request line: EOF", status: ExitStatus.invalidInput)
    }
  }

  private func refuse(_ line: String, _ reason: String) {
    invocation.console.writeErrorLine("Invalid command \(line) (\(reason))")
  }

  private func begin(_ words: [Word]) async throws -> (Invocation, WatchStream, program: [String]) {
    let session = invocation.session
    let parsed = try session.table.parse(words)
    let watch = Invocation(
      command: parsed.command, words: parsed.words, wordsBeforeDashes: parsed.wordsBeforeDashes, flags: parsed.flags,
      isBackground: false, session: session)
    let (request, program) = try watch.watchRequest()
    let stream = try await session.etcd.watch(request)
    _ = try await stream.responses.next()
    return (watch, stream, program)
  }
}
