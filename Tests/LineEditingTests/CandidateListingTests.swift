import Testing

@testable import LineEditing

struct CandidateListingTests {
  init() { CharacterSet.prepare() }

  private func rows(
    _ candidates: [Completion.Candidate], columns: Int, height: Int = 100, page: Int = 0
  ) -> [String] {
    var listing = CandidateListing(candidates: candidates, line: [], cursor: 0)
    for _ in 0..<page { listing.turnPage() }
    let rows = listing.rows(columns: columns, height: height, dim: "2")
    #expect(rows.count <= height)
    #expect(rows.allSatisfy { $0.width < columns })
    return rows.map { $0.map(\.text).joined() }
  }

  private func plain(_ names: String...) -> [Completion.Candidate] {
    names.map { Completion.Candidate(insertion: $0) }
  }

  @Test("Names without descriptions stand in columns, read downwards")
  func columns() {
    #expect(rows(plain("a", "bb", "ccc", "d", "e"), columns: 12) == ["a    d", "bb   e", "ccc"])
    #expect(rows(plain("a", "bb", "ccc", "d", "e"), columns: 80) == ["a    bb   ccc  d    e"])
    #expect(rows(plain("日本", "ab"), columns: 12) == ["日本  ab"])
  }

  @Test("Names with descriptions stand one a row")
  func descriptions() {
    let commands = [
      Completion.Candidate(insertion: "get", description: "read keys"),
      Completion.Candidate(insertion: "compaction", description: "forget old revisions"),
      Completion.Candidate(insertion: "x"),
    ]
    #expect(
      rows(commands, columns: 40) == ["get         read keys", "compaction  forget old revisions", "x"])
    #expect(rows(commands, columns: 18) == ["get        read …", "compacti…  forge…", "x"])
  }

  @Test("More than the screen holds is shown a page at a time, and the last page leads to the first")
  func pages() {
    let names = (0..<10).map { Completion.Candidate(insertion: "item-\($0)") }
    #expect(rows(names, columns: 16, height: 3) == ["item-0  item-2", "item-1  item-3", "6 more: Tab"])
    #expect(rows(names, columns: 16, height: 3, page: 1) == ["item-4  item-6", "item-5  item-7", "2 more: Tab"])
    #expect(rows(names, columns: 16, height: 3, page: 2) == ["item-8  item-9", "the end; Tab s…"])
    #expect(rows(names, columns: 16, height: 3, page: 3) == rows(names, columns: 16, height: 3))
  }

  @Test("A name wider than the screen is cut")
  func wideName() {
    #expect(rows(plain("a-very-long-name", "b"), columns: 10) == ["a-very-l…", "b"])
  }

  @Test("The common part of candidates never ends within a character")
  func commonPrefix() {
    func prefix(_ names: String...) -> String {
      Completion(replacing: 0..<0, candidates: names.map { .init(insertion: $0) }).commonPrefix
    }
    #expect(prefix("größe", "grünkohl") == "gr")
    #expect(prefix("日本", "日本語") == "日本")
    #expect(prefix("e\u{301}a", "eb") == "")
    #expect(prefix("one") == "one")
  }
}
