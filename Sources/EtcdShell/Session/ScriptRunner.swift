import LineEditing

/// Runs a script's statements one after another, and says where one failed.
struct ScriptRunner {
  let session: Session
  let reader: ScriptReader
  /// Where Ctrl-C ends the statement that runs, and the script goes on; nil where it means no more than to the process.
  var interrupts: InterruptSource?

  /// - Returns: the exit status: the first failure's, or success.
  /// - Throws: ``ExitRequest`` when the script says `exit`.
  func run() async throws(ExitRequest) -> Int32 {
    var status = ExitStatus.success
    session.push(reader)
    defer { session.pop() }
    while true {
      var statement: Statement?
      do {
        statement = try await reader.nextStatement()
        guard let statement else { return status }
        try await run(statement)
      } catch let request as ExitRequest {
        throw ExitRequest(status: request.status ?? status)
      } catch let failure as ExitAfterReport {
        if status == ExitStatus.success { status = failure.status }
        if !session.settings.keepsGoing { return status }
      } catch {
        let error = ShellError(any: error)
        session.console.writeErrorLine(place(error, statement) + error.message.drop { $0 == " " } + error.explanation)
        if status == ExitStatus.success { status = error.status }
        if !session.settings.keepsGoing { return status }
      }
    }
  }

  private func run(_ statement: Statement) async throws {
    guard let interrupts else { return try await session.run(statement) }
    let session = session
    let task = Task(executorPreference: session.node.executor) { try await session.run(statement) }
    do {
      try await interrupts.handling({ task.cancel() }) { try await task.value }
    } catch {
      guard task.isCancelled else { throw error }
      session.console.writeErrorLine("")  // The terminal has left the cursor after its ^C.
    }
  }

  /// `file:line:column: `
  private func place(_ error: ShellError, _ statement: Statement?) -> String {
    let line = error.line ?? statement?.line ?? 1
    let column = error.column ?? statement?.words.first?.column ?? 1
    return "\(reader.name):\(line):\(column): "
  }
}

/// Thrown by `exit`: the session ends.
struct ExitRequest: Error {
  /// Nil: the status the session has come to.
  var status: Int32?
}

/// Thrown by a command whose failure has been told already.
struct ExitAfterReport: Error {
  var status: Int32
}
