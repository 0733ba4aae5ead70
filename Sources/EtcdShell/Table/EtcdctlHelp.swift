/// Help as etcdctl and etcdutl lay it out, under whose names the program then runs; the words are the table's.
///
///     NAME:
///     	get - Gets the key or a range of keys
///
///     USAGE:
///     	etcdctl get [options] <key> [range_end] [flags]
///
///     OPTIONS:
///           --limit=0		maximum number of results
struct EtcdctlHelp {
  let table: CommandTable
  let program: ProgramName

  /// All commands, one family's or one command's. What is none of these gets the nearest there is, as in etcdctl.
  func text(for words: [Word]) -> String? {
    guard let first = words.first?.text else { return overview() }
    let name = words.prefix(2).map(\.text).joined(separator: " ")
    if let command = table[name] ?? table[first] { return page(command) }
    let family = table.family(first)
    return family.isEmpty ? nil : page(first, family)
  }

  private func overview() -> String {
    let about =
      program == .etcdutl ? "An administrative command line tool for etcd3." : "A simple command line client for etcd3."
    let commands = table.commands.filter { table.listed?.contains($0.name) ?? true }
    return """
      NAME:
      \t\(program.rawValue) - \(about)

      USAGE:
      \t\(program.rawValue) [flags]

      VERSION:
      \t\(Version.etcd)

      API VERSION:
      \t\(Version.api)


      COMMANDS:
      \(Self.columns(commands.map { ("\t\($0.name)", $0.summary) }.sorted { $0.0 < $1.0 }))
      OPTIONS:
      \(options(globals))

      """
  }

  private func page(_ family: String, _ commands: [Command]) -> String {
    let rows = commands.map { ("\t\($0.name.dropFirst(family.count + 1))", $0.summary) }
    return """
      NAME:
      \t\(family) - \(family.prefix(1).uppercased())\(family.dropFirst()) related commands

      USAGE:
      \t\(program.rawValue) \(family) <subcommand> [flags]

      API VERSION:
      \t\(Version.api)


      COMMANDS:
      \(Self.columns(rows.sorted { $0.0 < $1.0 }))
      OPTIONS:
      \(options([GlobalFlags.help]))
      GLOBAL OPTIONS:
      \(options(globals))

      """
  }

  private func page(_ command: Command) -> String {
    let words = command.parameters.map(\.usage)
    let usage = ([program.rawValue, command.name] + (command.flags.isEmpty ? [] : ["[options]"]) + words + ["[flags]"])
      .joined(separator: " ")
    let details = command.details.isEmpty ? "" : "\nDESCRIPTION:\n\t\(command.details.replacing("\n", with: "\n\t"))\n"
    return """
      NAME:
      \t\(command.name) - \(command.summary)

      USAGE:
      \t\(usage)
      \(details)
      OPTIONS:
      \(options(command.flags + [GlobalFlags.help]))
      GLOBAL OPTIONS:
      \(options(globals))

      """
  }

  private var globals: [Flag] {
    let flags = program == .etcdutl ? GlobalFlags.everywhere.filter { $0.name == "write-out" } : GlobalFlags.all
    return flags.filter { $0.name != "help" }
  }

  private func options(_ flags: [Flag]) -> String {
    Self.columns(
      flags.sorted { $0.name < $1.name }.map { flag in
        let short = flag.shorthand.map { "-\($0), " } ?? "    "
        let value =
          switch flag.kind {
          case .bool: "[=\(flag.fallback.isEmpty ? "false" : flag.fallback)]"
          case .integer: "=\(flag.fallback.isEmpty ? "0" : flag.fallback)"
          case .duration: "=\(flag.fallback.isEmpty ? "0s" : flag.fallback)"
          default: "=\"\(flag.fallback)\""
          }
        return ("  \(short)--\(flag.name)\(value)", flag.summary)
      })
  }

  /// Two columns, the second on the first tab stop that all can reach.
  private static func columns(_ rows: [(String, String)]) -> String {
    func width(_ text: String) -> Int { text.hasPrefix("\t") ? text.count - 1 : text.count }
    let stop = (rows.map { width($0.0) }.max() ?? 0) / 8 + 1
    return rows.map { left, right in
      left + String(repeating: "\t", count: stop - width(left) / 8) + right + "\n"
    }.joined()
  }

  /// The commands that etcdctl 3.5 has; the rest are ours and work all the same.
  static let names: Set<String> = [
    "alarm disarm", "alarm list", "auth disable", "auth enable", "auth status", "check datascale", "check perf",
    "compaction", "defrag", "del", "elect", "endpoint hashkv", "endpoint health", "endpoint status", "get", "help",
    "lease grant", "lease keep-alive", "lease list", "lease revoke", "lease timetolive", "lock", "make-mirror",
    "member add", "member list", "member promote", "member remove", "member update", "move-leader", "put", "role add",
    "role delete", "role get", "role grant-permission", "role list", "role revoke-permission", "snapshot restore",
    "snapshot save", "snapshot status", "txn", "user add", "user delete", "user get", "user grant-role", "user list",
    "user passwd", "user revoke-role", "version", "watch",
  ]
}
