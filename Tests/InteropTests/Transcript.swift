import Foundation
import Testing

/// A story of commands in a plain file; Transcripts/README.md says how it is written.
struct Transcript: Sendable, CustomTestStringConvertible {
  /// One command, with the lines that it reads.
  struct Step: Sendable {
    var number: Int
    /// The command as typed, `$NAME` not yet replaced.
    var command: String
    /// The lines that follow it and are its own, each with its newline.
    var input = ""
    /// The variable that keeps the ID of the lease or member which the command prints.
    var variable: String?
  }

  let name: String
  let steps: [Step]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Transcripts")

  static func all(in folder: String) -> [Transcript] {
    let folder = Self.folder.appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".etch") }.sorted().map { name in
      guard let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) else {
        fatalError("cannot read \(name)")
      }
      return Transcript(name: name, text: text)
    }
  }

  init(name: String, text: String) {
    self.name = name
    var steps: [Step] = []
    var emptyLinesToCome = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if emptyLinesToCome > 0 {
        steps[steps.count - 1].input += line + "\n"
        if line.isEmpty { emptyLinesToCome -= 1 }
        continue
      }
      if line.isEmpty || line.hasPrefix("#") { continue }
      var step = Step(number: index + 1, command: String(line))
      if let match = line.wholeMatch(of: /([A-Z]+)=\$\((.*)\)/) {
        step.variable = String(match.1)
        step.command = String(match.2)
      }
      if line == "txn" || line.hasPrefix("txn -") { emptyLinesToCome = 3 }
      steps.append(step)
    }
    self.steps = steps
  }

  var testDescription: String { name }
}

/// What a command of a transcript gave.
struct Outcome {
  var step: Transcript.Step
  var stdout: [UInt8]
  /// Known of one-shots only.
  var stderr = ""
  var status: Int32?

  var text: String { String(decoding: stdout, as: UTF8.self) }
}

/// The variables of a transcript that is being run.
struct Variables {
  private var values: [(name: String, value: String)] = []

  func replace(in text: String) -> String {
    values.reduce(text) { $0.replacing("$" + $1.name, with: $1.value) }
  }

  mutating func keepID(of step: Transcript.Step, from output: String) {
    guard let name = step.variable, let id = output.firstMatch(of: /(?:lease|Member) +([0-9a-f]{13,16})/)?.1 else {
      return
    }
    values.append((name, String(id)))
  }

  /// The output with each variable's value, in hexadecimal and in decimal, given its name again.
  func name(in text: String) -> String {
    values.reduce(text) { text, variable in
      guard let number = UInt64(variable.value, radix: 16) else { return text }
      return text.replacing(variable.value, with: "$\(variable.name)").replacing("\(number)", with: "$\(variable.name)")
    }
  }
}
