import LineEditing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads lines from a person and runs them, until Ctrl-D or `exit`.
struct PromptLoop {
  let session: Session
  let input: PromptInput
  let interrupts: InterruptSource
  let completer: Completer

  func run() async -> Int32 {
    while true {
      switch await input.read(prompt()) {
      case .endOfFile: return ExitStatus.success
      case .interrupted: continue
      case .line(let text):
        do throws(ExitRequest) {
          try await run(text)
        } catch {
          return error.status ?? ExitStatus.success
        }
        completer.forget()
      }
    }
  }

  /// Runs everything in an entry, which may be several lines when it was pasted; the first error ends it.
  private func run(_ text: String) async throws(ExitRequest) {
    let reader = ScriptReader(name: "prompt", text: Array(text.utf8))
    while true {
      let (result, wasInterrupted) = await runNext(reader)
      switch result {
      case .success(true): continue
      case .success(false): return
      case .failure(let request as ExitRequest): throw request
      case .failure(let error):
        // What Ctrl-C ended needs no explanation; the terminal has left the cursor after its ^C.
        if wasInterrupted { session.console.writeErrorLine("") } else { report(error) }
        return
      }
    }
  }

  private func runNext(_ reader: ScriptReader) async -> (Result<Bool, any Error>, wasInterrupted: Bool) {
    let session = session
    let task = Task(executorPreference: session.node.executor) { () -> Result<Bool, any Error> in
      do {
        guard let statement = try await reader.nextStatement() else { return .success(false) }
        try await session.run(statement)
        return .success(true)
      } catch {
        return .failure(error)
      }
    }
    let result = await interrupts.handling({ task.cancel() }) { await task.value }
    return (result, task.isCancelled)
  }

  private func report(_ failure: any Error) {
    if failure is ExitAfterReport { return }
    let error = ShellError(any: failure)
    let label = paint("Error:", "1;31")
    session.console.writeErrorLine("\(label) \(error.message)\(error.explanation)")
  }

  private func prompt() -> Prompt {
    let node = session.node
    let place = node.isEmbedded ? "etch:\(node.name)" : node.name
    let lock = session.settings.isReadOnly ? " (read-only)" : ""
    return Prompt("\(paint(place, node.isEmbedded ? "1;32" : "1;36"))\(lock)> ", continuation: "> ")
  }

  private func paint(_ text: String, _ sgr: String) -> String {
    session.console.isColored && session.settings.isColored ? "\u{1b}[\(sgr)m\(text)\u{1b}[m" : text
  }
}

/// Lines typed at the prompt, for the loop and for commands that read their own.
final class PromptInput: LineInput {
  private let sink: PromptSink

  init(sink: PromptSink) { self.sink = sink }

  func read(_ prompt: Prompt) async -> Input { await sink.readLine(prompt) }

  func nextLine(prompt: String) async throws -> [UInt8]? {
    switch await sink.readLine(Prompt(prompt)) {
    case .line(let text): return Array(text.utf8)
    case .interrupted: throw CancellationError()
    case .endOfFile: return nil
    }
  }

  func nextSecret(prompt: String) async throws -> String? {
    guard let secret = await sink.readSecret(prompt) else { throw CancellationError() }
    return secret
  }

  /// A person sees which line they have just typed.
  var lineNumber: Int { 1 }

  /// Nothing: a person types commands, not a value's bytes.
  func remainingBytes() async throws -> [UInt8]? { nil }
}
