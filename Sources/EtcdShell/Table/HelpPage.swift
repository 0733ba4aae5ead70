/// Help written from the table.
struct HelpPage {
  let table: CommandTable

  /// The list of all commands, one group's (`@keys`), one family's (`lease`), or one command.
  func text(for words: [Word]) throws(ShellError) -> String {
    guard let first = words.first else { return overview() }
    let name = words.map(\.text).joined(separator: " ")
    if name.hasPrefix("@") {
      let typed = String(name.dropFirst()).lowercased()
      guard let group = Command.Group(rawValue: typed) else {
        let names = Command.Group.allCases.map { "@" + $0.rawValue }
        throw .badArguments("no group \(first.shown)", remedy: "there are: \(names.joined(separator: " "))", at: first)
      }
      return section(group)
    }
    if let command = table[name] { return page(command) }
    let family = words.count == 1 ? table.family(name) : []
    if !family.isEmpty { return list(family) }
    if words.count > 1, !table.family(first.text).isEmpty {
      throw CommandTable.notInFamily(first.text, table.family(first.text), words[1], first)
    }
    throw table.unknownCommand(first)
  }

  func overview() -> String {
    Command.Group.allCases.map(section).filter { !$0.isEmpty }.joined(separator: "\n")
      + "\nhelp COMMAND tells more; help @\(Command.Group.keys.rawValue) lists one group; Tab completes.\n"
  }

  private func section(_ group: Command.Group) -> String {
    let commands = table.commands.filter { $0.group == group }
    return commands.isEmpty ? "" : "\(group.title)\n" + list(commands)
  }

  private func list(_ commands: [Command]) -> String {
    let width = commands.map(\.name.count).max() ?? 0
    return commands.map { "  \(Self.pad($0.name, width))  \($0.summary)\n" }.joined()
  }

  private func page(_ command: Command) -> String {
    var text = "\(command.name) - \(command.summary)\n\nusage: \(command.usage)\n"
    if !command.aliases.isEmpty { text += "also:  \(command.aliases.joined(separator: ", "))\n" }
    if !command.details.isEmpty { text += "\n\(command.details)\n" }
    if !command.flags.isEmpty { text += "\nFlags\n" + Self.table(of: command.flags) }
    text += "\nWith every command\n" + Self.table(of: GlobalFlags.everywhere)
    if !command.examples.isEmpty {
      text += "\nExamples\n" + command.examples.map { "  \($0.replacing("\n", with: "\n  "))\n" }.joined()
    }
    return text
  }

  static func table(of flags: [Flag]) -> String {
    let left = flags.map { flag in
      let short = flag.shorthand.map { "-\($0), " } ?? "    "
      let value = flag.kind == .bool ? "" : "=\(flag.kind.placeholder)"
      return "\(short)--\(flag.name)\(value)"
    }
    let width = left.map(\.count).max() ?? 0
    return zip(left, flags).map { text, flag in
      let fallback = flag.fallback.isEmpty ? "" : " (default \(flag.fallback))"
      return "  \(pad(text, width))  \(flag.summary)\(fallback)\n"
    }.joined()
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
