#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Shell {
  func runPrompt(_ node: Session.Node, _ launch: Launch, _ console: Console) async -> Int32 {
    await runPlainPrompt(node, launch, console)
  }

  /// A prompt on a terminal that cannot move its cursor: lines are as the terminal itself edits them.
  func runPlainPrompt(_ node: Session.Node, _ launch: Launch, _ console: Console) async -> Int32 {
    let file = InputFile(descriptor: STDIN_FILENO, name: "standard input")
    let prompt = "etch> "
    let reader = ScriptReader(name: "stdin") {
      try await file.next {
        console.write(prompt)
        console.flush()
      }
    }
    let session = session(node, launch, console, .prompt, reader)
    session.change { $0.keepsGoing = true }
    let status = await runToEnd(session, reader)
    await session.end()
    return status
  }
}
