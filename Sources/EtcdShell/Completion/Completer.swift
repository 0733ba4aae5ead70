import EtcdAPI
import LineEditing
import Synchronization

/// Finds what may stand at the cursor: commands, flags, their values, keys, members, leases, watches, files.
///
/// What is asked of a node is asked within a deadline, and remembered for a moment so that a second Tab costs nothing.
public final class Completer: Sendable {
  typealias Candidate = Completion.Candidate

  private let session: Session
  private let cache = Mutex<Cached?>(nil)

  private struct Cached {
    var key: String
    var found: Found
    var until: ContinuousClock.Instant
  }

  /// Words that may be put in, before quoting.
  struct Found: Sendable {
    var words: [Word] = []
    /// Whether there are more than these.
    var isCut = false

    struct Word: Sendable {
      var bytes: [UInt8]
      var description: String?
      /// Whether the word is complete; a path's folder is not.
      var isWhole = true

      init(_ bytes: [UInt8], _ description: String? = nil, isWhole: Bool = true) {
        self.bytes = bytes
        self.description = description
        self.isWhole = isWhole
      }

      init(_ text: String, _ description: String? = nil, isWhole: Bool = true) {
        self.init(Array(text.utf8), description, isWhole: isWhole)
      }
    }
  }

  static let deadline = Duration.milliseconds(150)
  private static let memory = Duration.seconds(1)

  public init(session: Session) { self.session = session }

  /// Forgets what was remembered: a command has run.
  public func forget() { cache.withLock { $0 = nil } }

  public func complete(_ line: String, cursor: Int) async -> Completion {
    let head = String(decoding: Array(line.utf8.prefix(cursor)), as: UTF8.self)
    guard let typed = TypedLine(head) else { return Completion(replacing: cursor..<cursor, candidates: []) }
    let expectation = session.table.expectation(at: typed)
    let found = await find(expectation, typed)
    var prefix = typed.typed
    if case .flagValue(_, let before) = expectation { prefix = Array(prefix.dropFirst(before.utf8.count)) }
    let matching = found.words.filter { $0.bytes.starts(with: prefix) }
    var candidates = Self.candidates(matching, expectation, isQuoted: typed.quote != nil)
    if found.isCut, !candidates.isEmpty {
      // What was typed is all that the unseen ones are known to share.
      candidates.append(
        Candidate(insertion: String(line.utf8.dropFirst(typed.start).prefix(cursor - typed.start))!, display: "…"))
    }
    return Completion(replacing: typed.start..<cursor, candidates: candidates)
  }

  private static func candidates(_ words: [Found.Word], _ expectation: Expectation, isQuoted: Bool) -> [Candidate] {
    var before = ""
    if case .flagValue(_, let prefix) = expectation { before = prefix }
    // All or none are quoted, so that what they have in common can be put in.
    let always =
      isQuoted
      || words.contains { Quoting.quoted($0.bytes).first != $0.bytes.first.map { Character(Unicode.Scalar($0)) } }
    return words.map { word in
      var insertion = Quoting.quoted(word.bytes, always: always)
      let shown = always ? Quoting.quoted(word.bytes) : insertion
      // The quote of a word that goes on stays open.
      if !word.isWhole, always { insertion.removeLast() }
      return Candidate(
        insertion: before + insertion, display: shown, description: word.description, isWhole: word.isWhole)
    }
  }

  private func find(_ expectation: Expectation, _ line: TypedLine) async -> Found {
    switch expectation {
    case .nothing: return Found()
    case .command: return Found(words: firstWords())
    case .member(let family):
      return Found(words: family.map { .init(String($0.name.drop { $0 != " " }.dropFirst()), $0.summary) })
    case .flag(let command):
      return Found(
        words: (command.flags + GlobalFlags.everywhere).map { .init("--\($0.name)", $0.summary) })
    case .flagValue(let flag, let prefix):
      let typed = Array(line.typed.dropFirst(prefix.utf8.count))
      switch flag.kind {
      case .choice(let words): return Found(words: words.map { .init($0) })
      case .bool: return Found(words: [.init("true"), .init("false")])
      case .lease: return await leases()
      case .key: return await keys(typed)
      case .file: return FileLister.list(typed)
      case .integer, .duration, .text: return Found()
      }
    case .parameter(let parameter, let command, let words):
      return await find(parameter, command, words, line)
    }
  }

  private func find(_ parameter: Parameter, _ command: Command, _ words: [Word], _ line: TypedLine) async -> Found {
    switch parameter.kind {
    case .key: return await keys(line.typed)
    case .member: return await members()
    case .lease: return await leases()
    case .user: return await users()
    case .role: return await roles()
    case .watch: return Found(words: session.jobs.all.map { .init(String($0.number), $0.title) })
    case .file: return FileLister.list(line.typed)
    case .choice(let words): return Found(words: words.map { .init($0) })
    case .endpoint: return await endpoints()
    case .command: return commandNames(after: words)
    case .value, .integer, .duration, .url: return Found()
    case .text:
      // The values of a setting are known by its name.
      guard command.name == Command.settings.name, let name = words.first?.text,
        let setting = Setting.all.first(where: { $0.name == name })
      else { return Found() }
      return Found(words: setting.values.map { .init($0) })
    }
  }

  // MARK: The table's

  private func firstWords() -> [Found.Word] {
    let table = session.table
    return table.firstWords.map { word in
      let family = table.family(word)
      if family.isEmpty { return .init(word, table[word]?.summary) }
      return .init(word, family.map { $0.name.drop { $0 != " " }.dropFirst() }.joined(separator: ", "))
    }
  }

  private func commandNames(after words: [Word]) -> Found {
    guard let first = words.first else {
      let groups = Command.Group.allCases.map { Found.Word("@\($0.rawValue)", "the group \($0.title)") }
      return Found(words: firstWords() + groups)
    }
    return Found(
      words: session.table.family(first.text).map { .init(String($0.name.drop { $0 != " " }.dropFirst()), $0.summary) })
  }

  // MARK: The node's

  private func keys(_ prefix: [UInt8]) async -> Found {
    await remembered("key \(prefix)") { [session] in
      let listing = await KeyLister.list(prefix, on: session.etcd, until: .now + Self.deadline)
      let slash = UInt8(ascii: "/")
      return Found(
        words: listing.entries.map { .init($0, isWhole: $0.last != slash || $0.count == prefix.count) },
        isCut: listing.isCut)
    }
  }

  private func members() async -> Found {
    await remembered("members") { [session] in
      guard let members = try? await session.etcd.memberList(.init()).members else { return Found() }
      let named = members.filter { !$0.name.isEmpty }
      return Found(
        words: named.map { .init($0.name, memberText($0.id)) }
          + members.map { .init(memberText($0.id), $0.name.isEmpty ? "not started" : $0.name) })
    }
  }

  private func endpoints() async -> Found {
    await remembered("endpoints") { [session] in
      guard let members = try? await session.etcd.memberList(.init()).members else { return Found() }
      return Found(words: members.flatMap { member in member.clientUrls.map { .init($0, member.name) } })
    }
  }

  private func leases() async -> Found {
    await remembered("leases") { [session] in
      guard let leases = try? await session.etcd.leaseLeases(.init()).leases else { return Found() }
      return Found(
        words: leases.prefix(KeyLister.limit).map { .init(leaseText($0.id)) }, isCut: leases.count > KeyLister.limit)
    }
  }

  private func users() async -> Found {
    await remembered("users") { [session] in
      Found(words: ((try? await session.etcd.userList(.init()).users) ?? []).map { .init($0) })
    }
  }

  private func roles() async -> Found {
    await remembered("roles") { [session] in
      Found(words: ((try? await session.etcd.roleList(.init()).roles) ?? []).map { .init($0) })
    }
  }

  /// What `ask` answers within the deadline, or nothing.
  private func remembered(_ key: String, _ ask: @escaping @Sendable () async -> Found) async -> Found {
    if let cached = cache.withLock({ $0 }), cached.key == key, ContinuousClock.now < cached.until {
      return cached.found
    }
    let found = await withTaskGroup(of: Found?.self) { group in
      group.addTask { await ask() }
      group.addTask {
        try? await Task.sleep(for: Self.deadline + .milliseconds(10))
        return nil
      }
      defer { group.cancelAll() }
      return await group.next()!
    }
    guard let found else { return Found() }
    cache.withLock { $0 = Cached(key: key, found: found, until: .now + Self.memory) }
    return found
  }
}
