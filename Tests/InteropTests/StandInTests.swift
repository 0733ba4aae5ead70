import Foundation
import TestSupport
import Testing

/// Linked under the names of etcd's own programs, the shell is taken for them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StandInTests {
  private let folder = TemporaryFolder()

  /// The shell, called by another name.
  private func link(_ name: String) throws -> String {
    let path = folder.file(name)
    if !FileManager.default.fileExists(atPath: path) {
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: TranscriptRun.etch)
    }
    return path
  }

  private func run(
    _ program: String, _ arguments: [String], _ variables: [String: String] = [:]
  ) async throws -> Program.Output {
    try await Program.run(
      "sh", ["-c", #"cd "$0" && exec "$@""#, folder.path, program] + arguments,
      environment: TranscriptRun.environment.merging(variables) { $1 })
  }

  /// The rows of a section of etcdctl's help, each up to its first tab.
  private func rows(_ section: String, of help: String) -> [String] {
    var isInside = false
    var rows: [String] = []
    for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasSuffix(":"), !line.hasPrefix("\t") {
        isInside = line == "\(section):"
      } else if isInside, let first = line.split(separator: "\t").first {
        rows.append(String(first))
      }
    }
    return rows
  }

  @Test("as etcdctl it has every command and flag that etcdctl 3.5 lists", .needsEtcd35)
  func everyFlag() async throws {
    let (ours, theirs) = (try link("etcdctl"), try #require(RealEtcd.program("etcdctl", .v35)))
    let ourHelp = try await run(ours, [])
    let theirHelp = try await run(theirs, [])
    let names = rows("COMMANDS", of: theirHelp.text)
    #expect(rows("COMMANDS", of: ourHelp.text) == names && names.count > 45)
    #expect(ourHelp.status == 0)
    func flags(_ rows: [String]) -> Set<String> {
      Set(rows.compactMap { $0.firstMatch(of: /--([a-z-]+)/).map { String($0.1) } })
    }
    let ourGlobals = flags(rows("OPTIONS", of: ourHelp.text))
    #expect(flags(rows("OPTIONS", of: theirHelp.text)).isSubset(of: ourGlobals.union(["help"])))
    for name in names where name != "help" {
      let words = name.split(separator: " ").map(String.init) + ["--help"]
      let (ours, theirs) = (try await run(ours, words), try await run(theirs, words))
      let missing = flags(rows("OPTIONS", of: theirs.text)).subtracting(flags(rows("OPTIONS", of: ours.text)))
      #expect(missing.isEmpty && ours.status == 0, "\(name) lacks \(missing)")
      #expect(ours.text.hasPrefix("NAME:\n\t"))
    }
  }

  @Test("words and statuses are etcdctl's", .needsEtcd35)
  func etcdctl() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let (ours, theirs) = (try link("etcdctl"), try #require(RealEtcd.program("etcdctl", .v35)))
    let invocations = [
      "bogus", "bogus --help", "get --bogus", "get a -q", "get --limit", "get a --limit x", "get a --prefix=maybe",
      "get a --command-timeout x", "get a -w", "-w", "--bogus", "lease", "lease bogus", "help lease", "help",
      "version", "mem list", "endp health", "lea li", "put a 1", "get a", "get b", "del nothing", "alarm", "user",
      "role",
      "--endpoints", "lock", "elect e", "check perf --load huge", "make-mirror", "snapshot restore", "watch",
    ]
    for line in invocations {
      let words = line.split(separator: " ").map(String.init)
      let variables = ["ETCDCTL_ENDPOINTS": etcd.clientURL]
      let (ours, theirs) = (try await run(ours, words, variables), try await run(theirs, words, variables))
      #expect(ours.status == theirs.status, "\(line): \(ours) \(theirs)")
      // The line that says what is wrong; below it we explain, and etcdctl prints its help.
      func error(_ output: Program.Output) -> Substring? {
        output.errorText.split(separator: "\n").first { $0.hasPrefix("Error: ") }
      }
      #expect(error(ours) == error(theirs), "\(line)")
      let first = (ours.text.split(separator: "\n").prefix(2), theirs.text.split(separator: "\n").prefix(2))
      if theirs.status == 0, !line.hasPrefix("endp"), !line.hasPrefix("mem"), line != "user", line != "role",
        line != "alarm"
      {
        #expect(first.0 == first.1, "\(line)")
      }
    }
  }

  @Test("as etcdutl it does what etcdutl 3.5 does with a snapshot", .needsEtcd35)
  func etcdutl() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let (ours, theirs) = (try link("etcdutl"), try #require(RealEtcd.program("etcdutl", .v35)))
    _ = try await etcd.etcdctl("put", "a", "1")
    _ = try await etcd.etcdctl("snapshot", "save", folder.file("s.db"))
    try FileManager.default.createDirectory(atPath: folder.file("taken/x"), withIntermediateDirectories: true)
    let invocations = [
      "bogus", "--bogus", "snapshot", "snapshot bogus", "snapshot save f", "snapshot status", "snapshot status a b",
      "snapshot status nosuch", "snapshot status s.db", "snapshot status s.db -w json", "snapshot status s.db -w table",
      "snapshot status s.db -w fields", "snapshot status s.db -w protobuf", "snapshot status s.db -w bogus",
      "snapshot restore s.db", "snapshot restore s.db --data-dir taken", "snapshot restore nosuch --data-dir o",
      "snapshot restore s.db --data-dir o --name x", "snapshot restore s.db --data-dir o --wal-dir taken",
      "snapshot restore s.db --data-dir o --initial-cluster nonsense", "snapshot restore s.db --data-dir NEW",
      "defrag", "defrag --data-dir NEW", "backup", "help", "",
    ]
    for line in invocations {
      func words(_ name: String) -> [String] {
        line.split(separator: " ").map { $0 == "NEW" ? name : String($0) }
      }
      let (ours, theirs) = (try await run(ours, words("ours")), try await run(theirs, words("theirs")))
      #expect(ours.status == theirs.status, "\(line): \(ours) \(theirs)")
      if line.hasPrefix("snapshot status s.db") { #expect(ours.text == theirs.text) }
    }
    let version = try await run(ours, ["version"])
    #expect(version.text.hasPrefix("etcdutl version: 3.5.1\nAPI version: 3.5\n") && version.status == 0)
  }

  @Test("with ETCDCTL_API=2 it prints what etcdctl 3.4 prints on its old store", .needsEtcd34)
  func version2() async throws {
    let (old, new) = (
      try await RealEtcd.start(.v34, .init(arguments: ["--enable-v2"])), try await RealEtcd.start(.v34)
    )
    let (ours, theirs) = (try link("etcdctl"), try #require(RealEtcd.program("etcdctl", .v34)))
    let lines = [
      "set /one uno", "get /one", "get /two", "mk /one again", "mk /two dos", "update /two zwei", "update /three 3",
      "get /two",
      "rm /two", "rm /two", "set /app/port 1", "set /app/host a", "set /app/db/name x", "ls", "ls /app",
      "ls /none",
      "mkdir /app", "rmdir /app", "rm -r /app", "ls /app", "set -- -dash 1", "cluster-health", "member list",
    ]
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      func run(_ program: String, _ etcd: RealEtcd) async throws -> Program.Output {
        try await self.run(program, ["--endpoints", etcd.clientURL] + words, ["ETCDCTL_API": "2"])
      }
      let (mine, real) = (try await run(ours, new), try await run(theirs, old))
      func text(_ output: Program.Output) -> String {
        output.text.replacing(/[0-9a-f]{13,16}/, with: "ID").replacing(/127.0.0.1:\d+/, with: "ADDRESS")
          // We show a directory with its slash.
          .split(separator: "\n").map { $0.hasSuffix("/") ? $0.dropLast() : $0 }.sorted().joined(separator: "\n")
      }
      func error(_ output: Program.Output) -> String {
        // The number in brackets counts changes of two different stores.
        output.errorText.split(separator: "\n").first.map { String($0.replacing(#/ \[\d+\]/#, with: "")) } ?? ""
      }
      #expect(text(mine) == text(real), "\(line)")
      #expect(mine.status == real.status, "\(line): \(mine) \(real)")
      if real.status == 4 { #expect(error(mine) == error(real), "\(line)") }
    }
    for line in ["backup", "watch a", "user list", "setdir a"] {
      let refused = try await run(ours, line.split(separator: " ").map(String.init), ["ETCDCTL_API": "2"])
      #expect(refused.status == 4 && refused.errorText.contains("is not followed with ETCDCTL_API=2"), "\(refused)")
    }
  }
}
