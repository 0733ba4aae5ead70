extension Command {
  static let settings = Command(
    ":set", group: .session, summary: "Shows or changes the session's settings",
    parameters: [
      Parameter("setting", .choice(Setting.all.map(\.name)), optional: true), Parameter("value", .text, optional: true),
    ],
    details: Setting.all.map { "\($0.name)  \($0.values.joined(separator: "|"))\n    \($0.summary)" }
      .joined(separator: "\n"),
    examples: [":set", ":set output json", ":set timing on"], place: .session
  ) { invocation in
    let session = invocation.session
    let words = invocation.words
    guard let name = words.first else {
      for setting in Setting.all {
        invocation.console.writeLine("\(setting.name) \(setting.read(session.settings))")
      }
      return
    }
    let setting = Setting.all.first { $0.name == name.text }!
    guard words.count > 1 else {
      return invocation.console.writeLine("\(setting.name) \(setting.read(session.settings))")
    }
    guard setting.values.contains(words[1].text) else {
      throw ShellError(
        "bad value \"\(words[1].shown)\" for \(setting.name): expected one of \(setting.values.joined(separator: ", "))",
        at: words[1])
    }
    session.change { setting.write(&$0, words[1].text) }
  }
}

/// One thing that `:set` changes.
struct Setting: Sendable {
  let name: String
  let values: [String]
  let summary: String
  let read: @Sendable (Settings) -> String
  let write: @Sendable (inout Settings, String) -> Void

  static let all: [Setting] = [
    Setting(
      name: "output", values: OutputFormat.allCases.map(\.rawValue),
      summary: "the output format, as -w for each command",
      read: { $0.format.rawValue }, write: { $0.format = OutputFormat(rawValue: $1)! }),
    onOff("hex", "byte strings in hexadecimal, as --hex for each command", \.isHex),
    onOff("timing", "tell after each command how long it took", \.showsTiming),
    onOff("color", "colours on a terminal", \.isColored),
    onOff("readonly", "refuse every command that may write", \.isReadOnly),
    onOff("keep-going", "a script goes on after an error", \.keepsGoing),
  ]

  private static func onOff(
    _ name: String, _ summary: String, _ path: WritableKeyPath<Settings, Bool> & Sendable
  ) -> Setting {
    Setting(
      name: name, values: ["on", "off"], summary: summary, read: { $0[keyPath: path] ? "on" : "off" },
      write: { $0[keyPath: path] = $1 == "on" })
  }
}
