import Testing

@testable import EtcdShell

@Suite("Flags are read as pflag reads them")
struct FlagTests {
  static let table = CommandTable([
    Command(
      "probe", aliases: ["p"], group: .keys, summary: "A command with every kind of flag",
      parameters: [Parameter("key", .key), Parameter("value", .value, optional: true, repeated: true)],
      flags: [
        Flag("prefix", "p", .bool, "a switch"), Flag("limit", "l", .integer, "a number"),
        Flag("order", nil, .choice(["ASCEND", "DESCEND"]), "a choice"), Flag("for", nil, .duration, "a duration"),
        Flag("lease", nil, .lease, "a lease"), Flag("note", "n", .text, "a text"),
      ], run: { _ in }),
    Command("lease grant", group: .leases, summary: "", parameters: [Parameter("ttl", .integer)], run: { _ in }),
    Command("lease list", group: .leases, summary: "", run: { _ in }),
    Command(
      "echo", group: .session, summary: "", parameters: [Parameter("w", .text, repeated: true)], readsFlags: false,
      run: { _ in }),
    .help,
  ])

  static func parse(_ line: String) throws -> CommandTable.Parsed {
    try table.parse(try Tokenizer.statements(in: line)[0].words)
  }

  @Test(
    "wherever they stand, and however their value is given",
    arguments: [
      "probe a --limit=3 --prefix", "probe --limit 3 a -p", "p -pl3 a", "p -pl 3 a", "p -l=3 a --prefix=true",
      "p -p -l 0x3 a",
      "probe --limit 9 --limit 3 a -p", "probe --prefix=false a --limit=3 --prefix=T",
    ])
  func forms(_ line: String) throws {
    let parsed = try Self.parse(line)
    #expect(parsed.words.map(\.text) == ["a"])
    #expect(parsed.flags.bool("prefix") == true)
    guard case .integer(3)? = parsed.flags["limit"] else {
      Issue.record("limit is \(String(describing: parsed.flags["limit"]))")
      return
    }
  }

  @Test("two dashes end them")
  func dashes() throws {
    let parsed = try Self.parse("probe -p a -- --limit -x")
    #expect(parsed.words.map(\.text) == ["a", "--limit", "-x"])
    #expect(parsed.wordsBeforeDashes == 1)
    #expect(try Self.parse("probe a - b").words.map(\.text) == ["a", "-", "b"])
    #expect(try Self.parse("probe a").wordsBeforeDashes == nil)
  }

  @Test("a here-document is a value, whatever it begins with")
  func hereDocument() throws {
    #expect(try Self.parse("probe a <<EOF\n- x\nEOF").words.map(\.text) == ["a", "- x\n"])
  }

  @Test("choices are read in any case and come out as the table spells them")
  func choices() throws {
    #expect(try Self.parse("probe a --order descend").flags.text("order") == "DESCEND")
    #expect(try Self.parse("probe a -w JSON").flags.text("write-out") == "json")
  }

  @Test(
    "durations are Go's, or plain seconds",
    arguments: [
      ("5", Duration.seconds(5)), ("1m30s", .seconds(90)), ("500ms", .milliseconds(500)), ("1.5h", .seconds(5400)),
      ("250us", .microseconds(250)), ("0", .zero),
    ])
  func durations(_ text: String, _ expected: Duration) {
    #expect(Numbers.duration(text) == expected)
  }

  @Test("what is no duration is refused", arguments: ["", "s", "5x", "1m30", "-5", "5 s", ".", "1e3s", "99999999999h"])
  func badDurations(_ text: String) {
    #expect(Numbers.duration(text) == nil)
  }

  @Test("a family's command is two words, and global flags may stand around them")
  func families() throws {
    let parsed = try Self.parse("-w json lease --hex grant 5")
    #expect(parsed.command.name == "lease grant")
    #expect(parsed.flags.text("write-out") == "json")
    #expect(parsed.flags.bool("hex") == true)
    #expect(parsed.words.map(\.text) == ["5"])
  }

  @Test("a command that reads no flags gets its words as they are")
  func rawWords() throws {
    #expect(try Self.parse("echo -n --limit x --").words.map(\.text) == ["-n", "--limit", "x", "--"])
  }

  @Test("--help asks for the command's help")
  func help() throws {
    let parsed = try Self.parse("lease grant --help")
    #expect(parsed.command.name == "help")
    #expect(parsed.words.map(\.text) == ["lease grant"])
    #expect(try Self.parse("lease -h").words.map(\.text) == ["lease"])
  }
}
