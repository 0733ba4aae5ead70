/// One command: everything the parser, help, hints, completion, the read-only check and the completion scripts know of
/// it. Written once, run the same against remote nodes and the embedded one, at the prompt, in a script and as a
/// one-shot.
public final class Command: Sendable {
  /// One word, or two for a command of a family: `lease grant`.
  public let name: String
  public let aliases: [String]
  public let group: Group
  public let summary: String
  public let parameters: [Parameter]
  public let flags: [Flag]
  /// What `help NAME` says beyond the summary; paragraphs as they are to be shown.
  public let details: String
  /// Lines that can be typed as they are.
  public let examples: [String]
  /// Whether it may change the store; refused when the session is read-only.
  public let writes: Bool
  public let place: Place
  /// False for a command whose words are passed on as they are, such as `time` and `echo`.
  public let readsFlags: Bool
  /// Whether a trailing `&` makes it a job.
  public let runsInBackground: Bool
  /// etcdctl's sentence for a wrong number of words, where it has one.
  let wordsMessage: String?
  public let run: @Sendable (Invocation) async throws -> Void

  public enum Group: String, Sendable, CaseIterable {
    case keys, watches, leases, locks, members, health, auth, maintenance, session

    var title: String {
      switch self {
      case .keys: "Keys"
      case .watches: "Watches"
      case .leases: "Leases"
      case .locks: "Locks"
      case .members: "Members"
      case .health: "Health"
      case .auth: "Auth"
      case .maintenance: "Maintenance"
      case .session: "Session"
      }
    }
  }

  /// Where a command makes sense.
  public enum Place: Sendable {
    case anywhere
    /// Only on remote nodes.
    case remote
    /// Only on the embedded node.
    case embedded
    /// Only where lines follow one another: at the prompt and in scripts, not as a one-shot.
    case session
  }

  public init(
    _ name: String, aliases: [String] = [], group: Group, summary: String, parameters: [Parameter] = [],
    flags: [Flag] = [], details: String = "", examples: [String] = [], writes: Bool = false, place: Place = .anywhere,
    readsFlags: Bool = true, runsInBackground: Bool = false, wordsMessage: String? = nil,
    run: @escaping @Sendable (Invocation) async throws -> Void
  ) {
    self.name = name
    self.aliases = aliases
    self.group = group
    self.summary = summary
    self.parameters = parameters
    self.flags = flags
    self.details = details
    self.examples = examples
    self.writes = writes
    self.place = place
    self.readsFlags = readsFlags
    self.runsInBackground = runsInBackground
    self.wordsMessage = wordsMessage
    self.run = run
    minimumWords = parameters.count { !$0.isOptional }
    maximumWords = parameters.contains { $0.isRepeated } ? Int.max : parameters.count
  }

  let minimumWords: Int
  let maximumWords: Int

  /// `get [flags] <key> [range-end]`
  public var usage: String {
    ([name] + (flags.isEmpty ? [] : ["[flags]"]) + parameters.map(\.usage)).joined(separator: " ")
  }
}

/// One positional word of a command.
public struct Parameter: Sendable {
  public let name: String
  public let kind: Kind
  public let isOptional: Bool
  /// Takes every word that is left, at least one unless optional. Only the last parameter may.
  public let isRepeated: Bool

  /// What the word is: decides how it is checked and how it is completed.
  public enum Kind: Sendable, Equatable {
    /// A key, completed by the path's next segment.
    case key
    /// Any bytes.
    case value
    /// A member's name or hexadecimal ID.
    case member
    /// A lease's hexadecimal ID.
    case lease
    /// A user's name.
    case user
    /// A role's name.
    case role
    /// The number of a watch job.
    case watch
    case file
    /// A decimal number.
    case integer
    /// etcd's notation: `1m30s`, or plain seconds.
    case duration
    /// One of these words.
    case choice([String])
    case url
    case endpoint
    /// A command's name, of one or two words.
    case command
    /// Words that are none of these.
    case text
  }

  public init(_ name: String, _ kind: Kind, optional: Bool = false, repeated: Bool = false) {
    self.name = name
    self.kind = kind
    self.isOptional = optional
    self.isRepeated = repeated
  }

  /// `<key>`, `[range-end]`, `<endpoint>...`
  public var usage: String { (isOptional ? "[\(name)]" : "<\(name)>") + (isRepeated ? "..." : "") }
}

/// One flag, as pflag knows it.
public struct Flag: Sendable {
  public let name: String
  /// A single ASCII letter, for `-w`.
  public let shorthand: Character?
  public let kind: Kind
  /// The default as text, for help; empty when there is none worth saying.
  public let fallback: String
  public let summary: String
  /// etcdctl's words for a value that is none of a choice's, where it has any; it leaves with status 4 then.
  let choiceMessage: (@Sendable (_ typed: String) -> String)?

  public enum Kind: Sendable, Equatable {
    /// Given alone, or as `--flag=false`.
    case bool
    case integer
    case duration
    /// A lease's hexadecimal ID.
    case lease
    case key
    case file
    case choice([String])
    case text

    /// What stands for the value in help and hints.
    var placeholder: String {
      switch self {
      case .bool: ""
      case .integer: "N"
      case .duration: "DURATION"
      case .lease: "LEASE"
      case .key: "KEY"
      case .file: "FILE"
      case .choice(let words): words.joined(separator: "|")
      case .text: "TEXT"
      }
    }
  }

  public init(
    _ name: String, _ shorthand: Character? = nil, _ kind: Kind, default fallback: String = "", _ summary: String,
    choiceMessage: (@Sendable (_ typed: String) -> String)? = nil
  ) {
    self.name = name
    self.shorthand = shorthand
    self.kind = kind
    self.fallback = fallback
    self.summary = summary
    self.choiceMessage = choiceMessage
  }
}
