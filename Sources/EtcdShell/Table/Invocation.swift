import EtcdAPI

/// One command about to run: what was typed, sorted into words and flags by the table.
public struct Invocation: Sendable {
  public let command: Command
  /// The positional words; as many as the command's parameters allow.
  public let words: [Word]
  /// How many of the words stood before `--`, if there was one.
  public let wordsBeforeDashes: Int?
  public let isBackground: Bool
  public let session: Session
  let flags: FlagValues

  init(
    command: Command, words: [Word], wordsBeforeDashes: Int?, flags: FlagValues, isBackground: Bool, session: Session
  ) {
    self.command = command
    self.words = words
    self.wordsBeforeDashes = wordsBeforeDashes
    self.flags = flags
    self.isBackground = isBackground
    self.session = session
  }

  /// The node spoken to.
  public var etcd: any Etcd { session.etcd }
  public var console: Console { session.console }

  /// `-w` if given with this command, else the session's.
  public var format: OutputFormat {
    guard let name = text("write-out") else { return session.settings.format }
    return OutputFormat(rawValue: name)!
  }

  /// `--hex` if given with this command, else the session's.
  public var isHex: Bool {
    if case .bool(let value)? = flags["hex"] { return value }
    return session.settings.isHex
  }

  // MARK: Flags; a name the table does not know is a mistake of ours

  /// Whether the flag was typed.
  public func isGiven(_ name: String) -> Bool {
    assertDeclared(name)
    return flags[name] != nil
  }

  public func bool(_ name: String) -> Bool {
    assertDeclared(name)
    if case .bool(let value)? = flags[name] { return value }
    return false
  }

  public func integer(_ name: String) -> Int64? {
    assertDeclared(name)
    if case .integer(let value)? = flags[name] { return value }
    return nil
  }

  public func duration(_ name: String) -> Duration? {
    assertDeclared(name)
    if case .duration(let value)? = flags[name] { return value }
    return nil
  }

  public func bytes(_ name: String) -> [UInt8]? {
    assertDeclared(name)
    if case .bytes(let value)? = flags[name] { return value }
    return nil
  }

  /// A flag's text; of a choice, the spelling in the table.
  public func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

  /// The word a flag's value was typed in, for an error that points at it.
  public func flagWord(_ name: String) -> Word? { flags.word(name) }

  private func assertDeclared(_ name: String) {
    assert(
      command.flags.contains { $0.name == name } || GlobalFlags.all.contains { $0.name == name },
      "\(command.name) has no flag --\(name)")
  }

  // MARK: Positional words whose kind the parser has already checked

  /// The word at `index` as a number (parameter kind `integer` or `watch`).
  public func integer(at index: Int) -> Int64 { Int64(words[index].text)! }

  /// The word at `index` as a lease ID (parameter kind `lease`).
  public func lease(at index: Int) -> Int64 { Numbers.lease(words[index].text)! }

  /// The word at `index` as a duration (parameter kind `duration`).
  public func duration(at index: Int) -> Duration { Numbers.duration(words[index].text)! }
}
