import CEditline
import Foundation
import TestSupport
import Testing

@testable import LineEditing

struct HistoryTests {
  init() { CharacterSet.prepare() }

  private let entries = [
    "put /a 1", "put /b 'two\nlines'", "tab\there", "back\\slash \\040", "größe 日本語 😀", "\u{1}\u{1b}[A\u{7f}", " led",
  ]

  @Test("Any entry is read back as it was written, on one line")
  func roundTrip() {
    for entry in entries {
      let line = HistoryText.encode(entry)
      #expect(!line.contains("\n"))
      #expect(HistoryText.decode(line.utf8) == entry)
    }
    #expect(HistoryText.encode("put /a\n") == "put\\040/a\\012")
  }

  @Test("libedit reads the file we write")
  func libeditReads() throws {
    let folder = TemporaryFolder()
    var file = HistoryFile(path: folder.file("history"), limit: 100)
    for entry in entries { _ = try file.append(entry) }
    let history = history_winit()
    defer { history_wend(history) }
    editline_history_set_size(history, 100)
    #expect(editline_history_load(history, folder.file("history")) > 0)
    let loaded = (0..<entries.count).compactMap { editline_history_entry(history, Int32($0)).map(text) }
    #expect(loaded.reversed() == entries)
  }

  @Test("We read the file libedit writes")
  func libeditWrites() throws {
    let folder = TemporaryFolder()
    let history = history_winit()
    defer { history_wend(history) }
    editline_history_set_size(history, 100)
    for entry in entries { editline_history_enter(history, wide(entry)) }
    #expect(editline_history_save(history, folder.file("history")) > 0)
    var file = HistoryFile(path: folder.file("history"), limit: 100)
    #expect(try file.refresh() == .added(entries))
  }

  private func text(_ wide: UnsafePointer<wchar_t>) -> String {
    var text = String.UnicodeScalarView()
    var next = wide
    while next.pointee != 0 {
      text.append(Unicode.Scalar(UInt32(bitPattern: next.pointee))!)
      next += 1
    }
    return String(text)
  }

  @Test("Two sessions see each other's entries in the order they were made")
  func twoSessions() throws {
    let folder = TemporaryFolder()
    var one = HistoryFile(path: folder.file("history"), limit: 100)
    var two = HistoryFile(path: folder.file("history"), limit: 100)
    #expect(try one.append("first") == .added([]))
    #expect(try two.append("second") == .added(["first"]))
    #expect(try one.refresh() == .added(["second"]))
    #expect(try one.append("third") == .added([]))
    #expect(try two.refresh() == .added(["third"]))
    #expect(try two.refresh() == .added([]))
    #expect(try folder.read("history") == "_HiStOrY_V2_\nfirst\nsecond\nthird\n")
  }

  @Test("The file is for its owner's eyes only, also when it was not before")
  func mode() throws {
    let folder = TemporaryFolder()
    let path = folder.file("history")
    var file = HistoryFile(path: path, limit: 100)
    _ = try file.append("a")
    #expect(try permissions(path) == 0o600)
    chmod(path, 0o644)
    _ = try file.append("b")
    #expect(try permissions(path) == 0o600)
  }

  private func permissions(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test("A file grown well over its limit keeps the newest entries, and the other session follows")
  func trimming() throws {
    let folder = TemporaryFolder()
    let path = folder.file("history")
    var one = HistoryFile(path: path, limit: 10)
    var two = HistoryFile(path: path, limit: 10)
    _ = try two.append("old")
    for number in 0..<26 { _ = try one.append("entry \(number)") }
    let kept = (16..<26).map { "entry \($0)" }
    #expect(try HistoryTests.entries(of: path) == kept)
    #expect(try permissions(path) == 0o600)
    #expect(try two.append("new") == .replaced(kept))
    #expect(try one.refresh() == .added(["new"]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["history"])
  }

  @Test("Trimming replaces the file that a link leads to, not the link")
  func link() throws {
    let folder = TemporaryFolder()
    let path = folder.file("link")
    try folder.write("", to: "real")
    #expect(symlink(folder.file("real"), path) == 0)
    var file = HistoryFile(path: path, limit: 1)
    for number in 0..<20 { _ = try file.append("\(number)") }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == folder.file("real"))
    #expect(try HistoryTests.entries(of: folder.file("real")).last == "19")
  }

  @Test("Many sessions at once lose nothing")
  func concurrentSessions() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("history")
    try await withThrowingTaskGroup { group in
      for session in 0..<8 {
        group.addTask {
          var file = HistoryFile(path: path, limit: 1000)
          for number in 0..<50 { _ = try file.append("session \(session) entry \(number)") }
        }
      }
      try await group.waitForAll()
    }
    let entries = try HistoryTests.entries(of: path)
    #expect(entries.count == 400)
    #expect(Set(entries).count == 400)
  }

  @Test("A line torn off by a full disk spoils no other")
  func tornLine() throws {
    let folder = TemporaryFolder()
    let path = try folder.write("_HiStOrY_V2_\nwhole\nto", to: "history")
    var file = HistoryFile(path: path, limit: 10)
    #expect(try file.append("next") == .added(["whole"]))
    #expect(try file.refresh() == .added([]))
    #expect(try HistoryTests.entries(of: path) == ["whole", "to", "next"])
  }

  @Test("A file that cannot be written is named, once, and the session goes on in memory")
  func unwritable() throws {
    let path = "/nowhere/history"
    let history = History(file: HistoryFile(path: path, limit: 10), limit: 10)
    do {
      try history.enter("a")
      Issue.record("no error")
    } catch {
      #expect(
        history.complaint(error)
          == "The history of this session is not kept: /nowhere/history: No such file or directory\n")
    }
    try history.enter("b")
    #expect(history.entries == ["a", "b"])
  }

  @Test("Blank lines and repeats of the last one are not kept; the newest entry is suggested")
  func entering() throws {
    let history = History(file: nil, limit: 10)
    for entry in ["put /a 1", "put /a 1", " ", "get /a", "put /a 2"] { try history.enter(entry) }
    #expect(history.entries == ["put /a 1", "get /a", "put /a 2"])
    #expect(history.entry(beginningWith: "put") == "put /a 2")
    #expect(history.entry(beginningWith: "get /a") == nil)
  }

  private static func entries(of path: String) throws -> [String] {
    var file = HistoryFile(path: path, limit: 1000)
    guard case .added(let entries) = try file.refresh() else { return [] }
    return entries
  }
}
