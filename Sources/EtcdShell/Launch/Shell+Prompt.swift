import LineEditing
import Signals
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Shell {
  func runPrompt(
    _ node: Session.Node, _ launch: Launch, _ plain: Console, _ environment: [String: String]
  ) async -> Int32 {
    guard LineEditor.isPossible() else { return await runPlainPrompt(node, launch, plain) }
    let interrupts = InterruptSource()
    // The completer needs the session, whose console needs the editor, which needs the completer.
    let completing = Mutex<Completer?>(nil)
    let hinter = Hinter(table: launch.table)
    var configuration = LineEditor.Configuration(programName: "etch")
    configuration.historyFile = environment["HOME"].map { "\($0)/.etch_history" }
    configuration.isSecret = Secrecy.holdsSecret
    configuration.isIncomplete = Tokenizer.isIncomplete
    configuration.hinter = hinter.hint
    configuration.usesColor = plain.isColored
    configuration.completer = { line, cursor in
      guard let completer = completing.withLock({ $0 }) else {
        return Completion(replacing: cursor..<cursor, candidates: [])
      }
      return await completer.complete(line, cursor: cursor)
    }
    let editor: LineEditor
    do throws(LineEditor.Failure) {
      editor = try LineEditor(configuration)
    } catch {
      plain.writeErrorLine("warning: \(error.message)")
      return await runPlainPrompt(node, launch, plain)
    }
    let sink = PromptSink(editor: editor)
    let console = Console(sink: sink, isTerminal: true, isColored: plain.isColored)
    let input = PromptInput(sink: sink)
    let session = session(node, launch, console, .prompt, input, historyFile: configuration.historyFile)
    let completer = Completer(session: session)
    completing.withLock { $0 = completer }

    console.write(await Banner.text(node, launch))
    let status = await PromptLoop(session: session, input: input, interrupts: interrupts, completer: completer).run()
    await editor.close()
    await session.end()
    return status
  }

  /// A prompt on a terminal that cannot move its cursor: lines are as the terminal itself edits them.
  private func runPlainPrompt(_ node: Session.Node, _ launch: Launch, _ console: Console) async -> Int32 {
    let interrupts = InterruptSource()
    let file = InputFile(descriptor: STDIN_FILENO, name: "standard input")
    let reader = ScriptReader(name: "stdin") {
      try await file.next {
        console.write("etch> ")
        console.flush()
      }
    }
    let session = session(node, launch, console, .prompt, reader)
    session.change { $0.keepsGoing = true }
    console.write(await Banner.text(node, launch))
    var status = ExitStatus.success
    do throws(ExitRequest) {
      // What failed was seen by whoever typed it: leaving with Ctrl-D is no failure.
      let runner = ScriptRunner(session: session, reader: reader, interrupts: interrupts)
      // While nothing runs, Ctrl-C ends the shell as if it were not handled at all.
      _ = try await interrupts.handling {
        SignalWatch.endProcess(by: SIGINT)
      } _: { () async throws(ExitRequest) in
        try await runner.run()
      }
    } catch {
      status = error.status ?? status
    }
    await session.end()
    return status
  }
}
