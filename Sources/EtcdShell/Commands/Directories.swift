import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let ls = Command(
    "ls", group: .keys, summary: "Lists a directory: the keys and directories right below it",
    parameters: [Parameter("directory", .key, optional: true)],
    flags: [Flag("recursive", "r", .bool, "list every key below the directory")],
    details: """
      A directory is a prefix that ends with a slash, and is shown with it. What it costs depends on how many entries
      are shown, not on how many keys lie below them.
      """,
    examples: ["set /app/port 8080", "ls", "ls /app"]
  ) { invocation in
    let directory = Data(invocation.words.first?.bytes ?? [])
    if invocation.bool("recursive") { return try await invocation.listRecursively(directory) }
    var isEmpty = true
    var lister = DirectoryLister(etcd: invocation.etcd, directory: directory)
    while let entry = try await lister.next() {
      isEmpty = false
      invocation.showEntry(entry)
    }
    if isEmpty, !directory.isEmpty { try await invocation.nothingBelow(directory, at: lister.revision) }
  }

  static let mkdir = Command(
    "mkdir", group: .keys, summary: "Checks that a directory can be made; directories exist by what is in them",
    parameters: [Parameter("directory", .key)],
    details: """
      A directory needs no making: `set /app/port 8080` makes /app/. The command is for scripts of 2017; it writes
      nothing. A directory or key of that name is error 105, exit status 4.
      """,
    examples: ["mkdir /new"]
  ) { invocation in
    let directory = Data(invocation.words[0].bytes)
    let (file, revision) = try await invocation.etcd.file(directory)
    if file != nil {
      throw KeyError.keyAlreadyExists(directory).error(at: revision, word: invocation.words[0])
    }
    if try await !invocation.etcd.isDirectoryEmpty(directory) {
      throw KeyError.keyAlreadyExists(directory).error(at: revision, word: invocation.words[0])
    }
  }

  static let rmdir = Command(
    "rmdir", group: .keys, summary: "Checks that a directory is empty; an empty directory does not exist",
    parameters: [Parameter("directory", .key)],
    details: """
      The counterpart of mkdir: it writes nothing. A directory with something in it is error 108, a key of that name
      error 104, exit status 4. `rm --recursive` removes a directory and all in it.
      """,
    examples: ["rmdir /new"]
  ) { invocation in
    let directory = Data(invocation.words[0].bytes)
    let (file, revision) = try await invocation.etcd.file(directory)
    if try await !invocation.etcd.isDirectoryEmpty(directory) {
      throw KeyError.directoryNotEmpty(directory).error(
        at: revision, word: invocation.words[0], remedy: "`rm --recursive` removes a directory with all that is in it")
    }
    if file != nil { throw KeyError.notADirectory(directory).error(at: revision, word: invocation.words[0]) }
  }
}

/// How directories are seen in a flat store.
///
///     key /app/db/port    is in the directory /app/db/, which is in /app/, which is at the top
///     key name            is at the top as well
enum DirectoryPath {
  static let separator = UInt8(ascii: "/")

  /// What the keys in a directory begin with. The top, which has no name, holds every key.
  static func prefix(of directory: Data) -> Data {
    directory.isEmpty || directory.last == separator ? directory : directory + [separator]
  }

  /// The entry of a directory that a key belongs to: itself, or the directory it is in, with its slash.
  static func entry(of key: Data, below prefix: Data) -> (name: Data, isDirectory: Bool) {
    // At the top a first slash is part of the name: /app/port is in /app/.
    let first = key.startIndex + (prefix.isEmpty ? 1 : prefix.count)
    guard first < key.endIndex, let slash = key[first...].firstIndex(of: separator) else { return (key, false) }
    return (Data(key[key.startIndex...slash]), true)
  }
}

/// Lists the entries of a directory one after another, skipping what is below each with a new read.
///
///     keys      /a  /d/1  /d/2 … /d/1000000  /e          entries    /a  /d/  /e
///     reads     /a  /d/1  |                  /e
///                         after /d/1 comes the end of /d/'s prefix
///
/// A read asks for as many keys as the one before has shown to be entries of their own, doubled, so that neither a
/// million keys below a directory nor a directory of a million keys costs more than about two keys for each entry.
struct DirectoryLister {
  private let etcd: any Etcd
  private let prefix: Data
  private let end: Data
  private var position: Data
  private var limit: Int64 = 2
  private var entries: [Data] = []
  private var isAtEnd = false
  /// The revision that is listed: the one at the first read.
  private(set) var revision: Int64 = 0

  init(etcd: any Etcd, directory: Data) {
    self.etcd = etcd
    prefix = DirectoryPath.prefix(of: directory)
    let range = KeyRange(prefix: prefix)
    position = range.key
    end = range.end
  }

  mutating func next() async throws(EtcdError) -> Data? {
    while entries.isEmpty, !isAtEnd { try await read() }
    return entries.popLast()
  }

  private mutating func read() async throws(EtcdError) {
    var request = RangeRequest()
    request.key = position
    request.rangeEnd = end
    request.limit = limit
    request.keysOnly = true
    request.revision = revision
    let response = try await etcd.range(request)
    if revision == 0 { revision = response.header.revision }

    var found: [Data] = []
    for kv in response.kvs {
      // The directory's own marker (`/app/` as a key) is no entry.
      if kv.key == prefix { continue }
      let entry = DirectoryPath.entry(of: kv.key, below: prefix).name
      if entry != found.last { found.append(entry) }
    }
    entries = found.reversed()
    guard response.more, let last = response.kvs.last?.key else {
      isAtEnd = true
      return
    }
    let entry = DirectoryPath.entry(of: last, below: prefix)
    position = entry.isDirectory ? KeyRange.end(ofPrefix: entry.name) : last + [0]
    limit = found.count == response.kvs.count ? min(limit * 2, 1000) : max(2, Int64(found.count))
    if position == Data([0]) { isAtEnd = true }
  }
}

extension Etcd {
  /// The key with exactly this name, and the store's revision.
  fileprivate func file(_ key: Data) async throws(EtcdError) -> (KeyValue?, revision: Int64) {
    var request = RangeRequest()
    request.key = key
    request.keysOnly = true
    let response = try await range(request)
    return (response.kvs.first, response.header.revision)
  }

  /// Whether no key is in the directory.
  func isDirectoryEmpty(_ directory: Data) async throws(EtcdError) -> Bool {
    let below = KeyRange(prefix: DirectoryPath.prefix(of: directory))
    var request = RangeRequest()
    request.key = below.key
    request.rangeEnd = below.end
    request.limit = 1
    request.keysOnly = true
    return try await range(request).kvs.isEmpty
  }
}

extension Invocation {
  fileprivate func showEntry(_ entry: Data) {
    if console.isTerminal { return console.write(pastable(entry) + "\n") }
    console.write { output in
      output.append(contentsOf: entry)
      output.append(UInt8(ascii: "\n"))
    }
  }

  /// Every key below the directory, a thousand at a time, at one revision.
  fileprivate func listRecursively(_ directory: Data) async throws {
    let range = KeyRange(prefix: DirectoryPath.prefix(of: directory))
    var request = RangeRequest()
    (request.key, request.rangeEnd, request.keysOnly, request.limit) = (range.key, range.end, true, 1000)
    var isEmpty = true
    while true {
      let response = try await etcd.range(request)
      if request.revision == 0 { request.revision = response.header.revision }
      for kv in response.kvs {
        isEmpty = false
        showEntry(kv.key)
      }
      guard response.more, let last = response.kvs.last else { break }
      request.key = last.key + [0]
    }
    if isEmpty, !directory.isEmpty { try await nothingBelow(directory, at: request.revision) }
  }

  /// A directory with nothing in it: a key of that name is listed as itself, as in 2017, and nothing at all is an error.
  fileprivate func nothingBelow(_ directory: Data, at revision: Int64) async throws {
    let (file, _) = try await etcd.file(directory)
    guard let file else { throw KeyError.keyNotFound(directory).error(at: revision, word: words[0]) }
    showEntry(file.key)
  }
}
