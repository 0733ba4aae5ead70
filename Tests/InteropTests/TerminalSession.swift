import Foundation
import Testing

/// What is typed at a terminal, in a plain file; Differential/README.md says how it is written.
struct TerminalSession: Sendable, CustomTestStringConvertible {
  enum Action: Sendable, Equatable {
    /// A command of the shell, whose end is awaited.
    case run(String)
    /// A command that goes on in the background, as job %1, %2, …
    case start(String, job: Int)
    /// A line for a job's standard input.
    case write(String, job: Int)
    case awaitLines(Int, job: Int)
    case awaitText(String, job: Int)
    /// Waits until a job has ended, after sending it the signal if there is one.
    case end(signal: String?, job: Int)
  }

  struct Step: Sendable {
    /// The line's number in the file.
    var number: Int
    var text: String
    var action: Action
  }

  let name: String
  /// The flags of each server that the session needs; never empty.
  let servers: [[String]]
  let steps: [Step]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Differential")

  static let all: [TerminalSession] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") }.sorted().map { name in
      guard let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) else {
        fatalError("cannot read \(name)")
      }
      return TerminalSession(name: name, text: text)
    }
  }()

  /// How often an etcdctl is run.
  var invocations: Int {
    steps.reduce(0) { $0 + $1.text.matches(of: /\betcdctl\b/).count }
  }

  init(name: String, text: String) {
    self.name = name
    var servers: [[String]] = []
    var steps: [Step] = []
    var jobs = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("#") { continue }
      if let typed = line.wholeMatch(of: /\$ (.*)/)?.1 {
        let typed = String(typed)
        if let flags = typed.wholeMatch(of: /etcd( .*)? &/)?.1 {
          servers.append(flags.split(separator: " ").map(String.init))
        } else if typed.hasPrefix("etcd &") {
          servers.append([])
        } else if typed.hasSuffix(" &") {
          jobs += 1
          steps.append(Step(number: index + 1, text: typed, action: .start(String(typed.dropLast(2)), job: jobs)))
        } else {
          steps.append(Step(number: index + 1, text: typed, action: .run(typed)))
        }
      } else if let (_, job, words) = line.wholeMatch(of: /%(\d+) (.*)/)?.output {
        guard let action = Self.action(String(words), job: Int(job)!) else {
          fatalError("\(name):\(index + 1): cannot read '\(line)'")
        }
        steps.append(Step(number: index + 1, text: String(line), action: action))
      } else if case .run(let command)? = steps.last?.action {
        // A further line of the command, of a here-document mostly.
        steps[steps.count - 1].action = .run("\(command)\n\(line)")
        if !line.isEmpty { steps[steps.count - 1].text += "\n\(line)" }
      }
    }
    self.servers = servers.isEmpty ? [[]] : servers
    self.steps = steps
  }

  private static func action(_ words: String, job: Int) -> Action? {
    if words.hasPrefix("< ") { return .write(String(words.dropFirst(2)), job: job) }
    if let count = words.wholeMatch(of: /prints (\d+) lines?/)?.1 { return .awaitLines(Int(count)!, job: job) }
    if let text = words.wholeMatch(of: /prints "(.*)"/)?.1 { return .awaitText(String(text), job: job) }
    return switch words {
    case "ends": .end(signal: nil, job: job)
    case "is interrupted": .end(signal: "INT", job: job)
    case "is terminated": .end(signal: "TERM", job: job)
    default: nil
    }
  }

  var testDescription: String { name }
}
