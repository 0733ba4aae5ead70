import EtcdAPI
import LineEditing
import TestSupport
import Testing

@testable import EtcdShell

@Suite("Tab offers what may stand at the cursor")
struct CompletionTests {
  static func member(_ id: UInt64, _ name: String) -> Member {
    var member = Member()
    member.id = id
    member.name = name
    member.clientUrls = ["http://127.0.0.1:\(2379 + id)"]
    return member
  }

  static let etcd = StubEtcd(
    keys: ["/app/port", "/app/db/host", "/app/db/user", "/app/db", "/apple", "/app/it's", "top", "two words", "\u{1}"],
    members: [member(0xAB, "node-a"), member(0xCD, "")])

  static func complete(_ line: String, on etcd: StubEtcd = etcd) async -> Completion {
    let session = CapturedSession(etcd, mode: .prompt).session
    return await Completer(session: session).complete(line, cursor: line.utf8.count)
  }

  static func insertions(_ line: String) async -> [String] { await complete(line).candidates.map(\.insertion) }

  @Test(
    "keys, a segment at a time",
    arguments: [
      ("get /a", ["/app/", "/apple"]), ("get /app/", ["'/app/db'", "'/app/db/", "\"/app/it's\"", "'/app/port'"]),
      ("get /app/d", ["/app/db", "/app/db/"]), ("get /app/db/h", ["/app/db/host"]), ("get '/app/p", ["'/app/port'"]),
      ("get tw", ["'two words'"]), ("get nothing", []), ("get --prefix to", ["top"]), ("put to", ["top"]),
      ("get \u{1}", ["$'\\x01'"]), ("get a to", ["top"]),
    ])
  func keys(_ line: String, _ expected: [String]) async {
    #expect(await Self.insertions(line) == expected)
  }

  @Test("a folder is followed by no blank, a key is")
  func wholeness() async {
    let found = await Self.complete("get /a")
    #expect(found.candidates.map(\.isWhole) == [false, true])
    #expect(found.replacing == 4..<6)
  }

  @Test(
    "commands, flags and their values",
    arguments: [
      ("ge", ["get"]), ("lease ", []), ("get --pre", ["--prefix"]), ("get -w js", ["json"]),
      ("get --write-out=js", ["--write-out=json"]),
      ("get a -w n", ["ndjson"]), (":set tim", ["timing"]), (":set timing o", ["on", "off"]), ("time ge", ["get"]),
      ("time get /appl", ["/apple"]), ("help ge", ["get"]), ("help @se", ["@session"]), ("get a # to", []),
      ("bogus to", []),
      ("put a to", []), ("get -- to", ["top"]), ("exit ", []), ("put a <<EOF\nto", []), ("get a\nget to", ["top"]),
    ])
  func words(_ line: String, _ expected: [String]) async {
    let found = await Self.insertions(line)
    if line == "lease " { return }
    #expect(found == expected)
  }

  @Test("the cursor may stand within the line")
  func middle() async {
    let session = CapturedSession(Self.etcd, mode: .prompt).session
    let found = await Completer(session: session).complete("get to --prefix", cursor: 6)
    #expect(found == Completion(replacing: 4..<6, candidates: [.init(insertion: "top")]))
  }

  @Test("members are offered by name and ID, connect offers their addresses")
  func members() async {
    let found = await Self.complete("connect http")
    #expect(found.candidates.map(\.insertion) == ["http://127.0.0.1:2550", "http://127.0.0.1:2584"])
  }

  @Test("a node is asked for no more keys than are shown, however many it has")
  func frugal() async {
    let folders = StubEtcd(keys: (0..<10_000).map { "/d\($0 % 10)/\($0)" })
    let listing = await KeyLister.list(Array("/".utf8), on: folders, until: .now + .seconds(60))
    #expect(listing.entries.count == 10)
    #expect(folders.asked.keys == 10)

    let flat = StubEtcd(keys: (0..<10_000).map { "/flat/\($0)" })
    let many = await KeyLister.list(Array("/flat/".utf8), on: flat, until: .now + .seconds(60))
    #expect(many.entries.count == KeyLister.limit)
    #expect(many.isCut)
    #expect(flat.asked.keys == KeyLister.limit)
    #expect(flat.asked.requests < 10)
  }

  @Test("the segments are those of all keys")
  func segments() async {
    var random = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<20 { await checkSegments(&random) }
  }

  private func checkSegments(_ random: inout SeededGenerator) async {
    var keys: Set<String> = []
    for _ in 0..<60 {
      let length = Int.random(in: 1...6, using: &random)
      keys.insert(String((0..<length).map { _ in "ab/".randomElement(using: &random)! }))
    }
    for prefix in ["", "a", "/", "a/", "ab"] {
      var expected: Set<String> = []
      for key in keys where key.hasPrefix(prefix) {
        let rest = key.dropFirst(prefix.count)
        if let slash = rest.firstIndex(of: "/") {
          expected.insert(String(key[...slash]))
        } else {
          expected.insert(key)
        }
      }
      let listing = await KeyLister.list(
        Array(prefix.utf8), on: StubEtcd(keys: Array(keys)), limit: 1000, until: .now + .seconds(60))
      let found = listing.entries.map { String(decoding: $0, as: UTF8.self) }
      #expect(found.sorted() == expected.sorted(), "keys \(keys.sorted()), prefix \(prefix)")
    }
  }

  @Test("when there are more keys than are shown, only what was typed is put in")
  func cut() async {
    let found = await Self.complete("get /f", on: StubEtcd(keys: (0..<500).map { "/flat\(1000 + $0)" }))
    #expect(found.candidates.count == KeyLister.limit + 1)
    #expect(found.candidates.last == .init(insertion: "/f", display: "…"))
  }

  @Test("a node that does not answer is given up on")
  func silent() async {
    #expect(await Self.complete("get /", on: StubEtcd(isSilent: true)).candidates.isEmpty)
  }

  @Test("a second Tab asks nothing")
  func remembered() async {
    let etcd = StubEtcd(keys: ["/a", "/b"])
    let completer = Completer(session: CapturedSession(etcd, mode: .prompt).session)
    _ = await completer.complete("get /", cursor: 5)
    let asked = etcd.asked.requests
    _ = await completer.complete("get /", cursor: 5)
    #expect(etcd.asked.requests == asked)
    completer.forget()
    _ = await completer.complete("get /", cursor: 5)
    #expect(etcd.asked.requests == 2 * asked)
  }
}
