import EtcdServer
import Foundation
import Testing

@testable import EtcdShell

/// A line, and what it comes to.
struct BadLine: CustomTestStringConvertible {
  var line: String
  var status: Int32
  var errors: String
  var testDescription: String { line }
}

@Suite("Wrong lines say what is wrong, and where")
struct BadInputTests {
  /// `> line`, then the status and the text, whose further lines are indented.
  static let entries: [BadLine] = readEntries()

  private static func readEntries() -> [BadLine] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "BadInput.txt")
    var entries: [BadLine] = []
    for line in try! String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst() {
      if line.hasPrefix("> ") {
        entries.append(BadLine(line: String(line.dropFirst(2)).replacing("⏎", with: "\n"), status: 0, errors: ""))
      } else if line.hasPrefix("    ") {
        entries[entries.count - 1].errors += "\n" + line.dropFirst(4)
      } else {
        let space = line.firstIndex(of: " ")!
        entries[entries.count - 1].status = Int32(line[..<space])!
        entries[entries.count - 1].errors = String(line[line.index(after: space)...])
      }
    }
    return entries
  }

  static func run(_ script: [UInt8]) async throws -> (status: Int32, errors: String) {
    let captured = CapturedSession(try EtcdNode.boot())
    let reader = ScriptReader(name: "line", text: script)
    let status: Int32
    do throws(ExitRequest) {
      status = try await ScriptRunner(session: captured.session, reader: reader).run()
    } catch {
      status = error.status ?? 0
    }
    await captured.session.end()
    return (status, captured.sink.errors)
  }

  @Test("there are many of them")
  func enough() { #expect(Self.entries.count >= 80) }

  @Test("each with its exact message and exit status", arguments: BadInputTests.entries)
  func isToldWhy(entry: BadLine) async throws {
    let (status, errors) = try await Self.run(Array(entry.line.utf8))
    #expect(errors == entry.errors + "\n")
    #expect(status == entry.status)
  }

  static let binaries: [(name: String, bytes: [UInt8], status: Int32, errors: String)] = [
    (
      "a NUL byte", Array("put a b\u{0}c".utf8), 128,
      "line:1:8: a NUL byte in the line\n  remedy: write it as $'\\x00'; is this a text file in UTF-8?\n"
    ),
    (
      "UTF-16", [0xFF, 0xFE, 0x67, 0, 0x65, 0], 128,
      "line:1:4: a NUL byte in the line\n  remedy: write it as $'\\x00'; is this a text file in UTF-8?\n"
    ),
    (
      "bytes that are no text", [0xC3, 0x28, 0x1B, 0x5B], 1,
      "line:1:1: unknown command \"\\xc3(\\x1b[\"\n  remedy: `help` lists the commands\n"
    ),
    (
      "an escape sequence", Array("get a \u{1b}[31m x".utf8), 128,
      """
      line:1:13: get command needs one argument as key and an optional argument as range_end
        remedy: usage: get [flags] <key> [range_end]; a value with blanks needs quotes

      """
    ),
    (
      "a value of 10 MiB", Array("put a ".utf8) + [UInt8](repeating: 0x78, count: 10 << 20), 1,
      """
      line:1:1: etcdserver: request is too large
        cause:  the request has 10485825 bytes; the limit is 1572864
        remedy: split it, or keep large values elsewhere and store where

      """
    ),
    (
      "a command of 10 MiB", [UInt8](repeating: 0x78, count: 10 << 20), 1,
      "line:1:1: unknown command \"\(String(repeating: "x", count: 64))… (10485760 bytes)\"\n"
        + "  remedy: `help` lists the commands\n"
    ),
    (
      "a quote of 10 MiB that is never closed", Array("put a '".utf8) + [UInt8](repeating: 0x0A, count: 10 << 20), 128,
      "line:1:7: the quote ' is never closed\n"
    ),
  ]

  @Test("binary junk and endless lines too", arguments: BadInputTests.binaries.indices)
  func isRefused(index: Int) async throws {
    let entry = Self.binaries[index]
    let (status, errors) = try await Self.run(entry.bytes)
    #expect(errors == entry.errors, "\(entry.name)")
    #expect(status == entry.status, "\(entry.name)")
  }
}
