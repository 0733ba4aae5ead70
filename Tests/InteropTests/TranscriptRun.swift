import Foundation
import TestSupport

/// Ways to run a transcript.
enum TranscriptRun {
  /// The shell that was built beside the tests.
  static let etch = Program.etch

  /// As a script: one process is handed each command when the one before has been carried out.
  ///
  /// - Parameter node: the flags that say which node is spoken to.
  static func script(_ transcript: Transcript, _ node: [String]) async throws -> [Outcome] {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try runScript(transcript, node) }) }.start()
    }
  }

  private static func runScript(_ transcript: Transcript, _ node: [String]) throws -> [Outcome] {
    let shell = try Conversation(etch, node + ["--keep-going"], environment: environment)
    var variables = Variables()
    var outcomes: [Outcome] = []
    for step in transcript.steps {
      let marker = "@@@ \(step.number)\n"
      let received: [UInt8]
      do {
        try shell.write("\(variables.replace(in: step.command))\n\(step.input)echo '\(marker.dropLast())'\n")
        received = try shell.answer { $0.suffix(marker.utf8.count).elementsEqual(marker.utf8) }
      } catch {
        throw Program.Failure("\(transcript.name):\(step.number): `\(step.command)`: \(error)")
      }
      let outcome = Outcome(step: step, stdout: received.dropLast(marker.utf8.count))
      outcomes.append(outcome)
      variables.keepID(of: step, from: outcome.text)
    }
    try shell.end()
    return named(outcomes, variables)
  }

  /// As one-shots: a process for each command. The first word of `program` is the program, the rest its flags.
  static func oneShots(_ transcript: Transcript, _ program: [String]) async throws -> [Outcome] {
    var variables = Variables()
    var outcomes: [Outcome] = []
    for step in transcript.steps {
      // The words are those of a POSIX shell, so one splits them.
      let command = variables.replace(in: step.command)
      let output = try await Program.run(
        "sh", ["-c", "exec \"$@\" \(command)", "sh"] + program, environment: environment, input: Array(step.input.utf8))
      let outcome = Outcome(step: step, stdout: output.stdout, stderr: output.errorText, status: output.status)
      outcomes.append(outcome)
      variables.keepID(of: step, from: outcome.text)
    }
    return named(outcomes, variables)
  }

  private static func named(_ outcomes: [Outcome], _ variables: Variables) -> [Outcome] {
    outcomes.map { outcome in
      guard String(validating: outcome.stdout, as: UTF8.self) != nil else { return outcome }
      var outcome = outcome
      outcome.stdout = Array(variables.name(in: outcome.text).utf8)
      return outcome
    }
  }

  /// This process's environment without what etcd's programs read from it.
  static let environment: [String: String] = {
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ETCD") }
    variables["ETCDCTL_API"] = "3"
    return variables
  }()
}
