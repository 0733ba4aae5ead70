/// Reads a command line as Go's flag package does: `-flag`, `--flag`, `--flag=value`, `--flag value`; a bool takes its
/// value only after `=`.
struct FlagReader {
  /// Something that Go's flag package refuses: etcd then shows its usage and ends with status 2.
  struct Refusal: Error, Equatable {
    var text: String
  }

  enum Outcome {
    case help
    case values
  }

  private(set) var values = FlagValues()
  private(set) var configFile: String?
  private(set) var wantsVersion = false
  /// The words after the flags: etcd takes none.
  private(set) var rest: [String] = []

  /// - Parameter arguments: without the program's name.
  mutating func read(_ arguments: [String]) throws(Refusal) -> Outcome {
    var position = 0
    while position < arguments.count {
      let argument = arguments[position]
      guard argument.utf8.count > 1, argument.hasPrefix("-") else { break }
      position += 1
      if argument == "--" { break }
      let body = argument.dropFirst(argument.hasPrefix("--") ? 2 : 1)
      if body.isEmpty || body.hasPrefix("-") || body.hasPrefix("=") {
        throw Refusal(text: "bad flag syntax: \(argument)")
      }
      let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let flag = Self.flag(parts[0]) else {
        if parts[0] == "help" || parts[0] == "h" { return .help }
        throw Refusal(text: "flag provided but not defined: -\(parts[0])")
      }
      var text = parts.count == 2 ? parts[1] : nil
      if text == nil, flag.kind.standsAlone {
        text = "true"
      } else if text == nil, position < arguments.count {
        text = arguments[position]
        position += 1
      }
      guard let text else { throw Refusal(text: "flag needs an argument: -\(flag.name)") }
      if let problem = flag.problem(with: text) {
        let kind = flag.kind == .bool ? "boolean value" : "value"
        let preposition = flag.kind == .bool ? "for" : "for flag"
        throw Refusal(text: "invalid \(kind) \(GoValue.quoted(text)) \(preposition) -\(flag.name): \(problem)")
      }
      take(flag, text)
    }
    rest = Array(arguments[position...])
    return .values
  }

  private static func flag(_ name: String) -> ServerFlag? {
    if name == FlagTable.configFile.name { return FlagTable.configFile }
    if name == FlagTable.version.name { return FlagTable.version }
    return FlagTable.flag(name)
  }

  private mutating func take(_ flag: ServerFlag, _ text: String) {
    switch flag.name {
    case FlagTable.configFile.name: configFile = text
    case FlagTable.version.name: wantsVersion = GoValue.bool(text)!
    default: values.set(flag, to: text, from: .commandLine)
    }
  }
}
