/// Every command, found by name or alias.
public struct CommandTable: Sendable {
  public let commands: [Command]
  /// Under whose name they are typed.
  let program: ProgramName
  /// Those that its help lists, when it is not all.
  let listed: Set<String>?
  private let byName: [String: Command]
  /// `lease` -> `lease grant`, `lease revoke`, …
  private let families: [String: [Command]]

  public init(_ commands: [Command]) { self.init(commands, for: .etch) }

  init(_ commands: [Command], for program: ProgramName, listing listed: Set<String>? = nil) {
    self.commands = commands
    self.program = program
    self.listed = listed
    var byName: [String: Command] = [:]
    var families: [String: [Command]] = [:]
    byName.reserveCapacity(commands.count * 2)
    for command in commands {
      for name in [command.name] + command.aliases {
        precondition(byName.updateValue(command, forKey: name) == nil, "two commands are called \(name)")
      }
      if let space = command.name.firstIndex(of: " ") {
        families[String(command.name[..<space]), default: []].append(command)
      }
    }
    self.byName = byName
    self.families = families
  }

  public subscript(name: String) -> Command? { byName[name] }

  /// The commands whose name begins with this word and a space.
  func family(_ word: String) -> [Command] { families[word] ?? [] }

  /// The words a line may begin with, in the order of the table.
  var firstWords: [String] {
    var seen: Set<String> = []
    return commands.compactMap { command in
      let word = String(command.name.prefix { $0 != " " })
      return seen.insert(word).inserted ? word : nil
    }
  }
}
