extension TerminalSession {
  /// How the outcomes of two runs differ, for a person; empty when they do not.
  func differences(
    _ left: (name: String, outcomes: [Outcome]), _ right: (name: String, outcomes: [Outcome]),
    except known: [KnownDifference] = []
  ) -> String {
    var report = ""
    var hasDiffered = known.map { $0.session != name }
    for (index, step) in steps.enumerated() {
      guard index < left.outcomes.count, index < right.outcomes.count else {
        report += "\n\(name):\(step.number): not reached by both\n"
        break
      }
      let (a, b) = (left.outcomes[index], right.outcomes[index])
      // Missing on both sides is a mistake in the session.
      if a == b, a.missing == nil { continue }
      if let index = known.firstIndex(where: { $0.session == name && step.text.hasPrefix($0.command) }) {
        hasDiffered[index] = true
        continue
      }
      report += "\n\(name):\(step.number): \(step.text)\n"
      for (name, outcome) in [(left.name, a), (right.name, b)] {
        guard let missing = outcome.missing else { continue }
        report += "  \(name): \(missing)\n    stdout: \(outcome.stdout)\n    stderr: \(outcome.stderr)\n"
      }
      report += Self.compare("status", (left.name, "\(a.status)"), (right.name, "\(b.status)"))
      report += Self.compare("stdout", (left.name, a.stdout), (right.name, b.stdout))
      report += Self.compare("stderr", (left.name, a.stderr), (right.name, b.stderr))
    }
    for (known, hasDiffered) in zip(known, hasDiffered) where !hasDiffered {
      report += "\n\(name): no longer differs in '\(known.command)' (\(known.reason))\n"
    }
    return report
  }

  /// The session with its answers, as a terminal shows it.
  func shown(with outcomes: [Outcome]) -> String {
    zip(steps, outcomes).map { step, outcome in
      let status = outcome.status == 0 ? "" : "[leaves with \(outcome.status)]\n"
      return step.text + "\n" + outcome.stdout + outcome.stderr + status
    }.joined()
  }

  /// The lines between the first and the last that differ.
  private static func compare(
    _ what: String, _ left: (name: String, text: String), _ right: (name: String, text: String)
  ) -> String {
    if left.text == right.text { return "" }
    let a = left.text.split(separator: "\n", omittingEmptySubsequences: false)
    let b = right.text.split(separator: "\n", omittingEmptySubsequences: false)
    let before = zip(a, b).prefix { $0 == $1 }.count
    let rest = (a.dropFirst(before), b.dropFirst(before))
    let after = zip(rest.0.reversed(), rest.1.reversed()).prefix { $0 == $1 }.count
    func block(_ name: String, _ lines: ArraySlice<Substring>) -> String {
      lines.dropLast(after).prefix(30).map { "    \(name) | \($0.prefix(1000))\n" }.joined()
    }
    return "  \(what), line \(before + 1):\n" + block(left.name, rest.0) + block(right.name, rest.1)
  }
}
