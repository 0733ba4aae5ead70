import Foundation
import Testing

@testable import EtcdShell

@Suite("A hint shows the arguments still missing")
struct HintTests {
  @Test("as Hints.txt lists them")
  func table() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Hints.txt")
    let hinter = Hinter(table: .standard)
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst() {
      let bar = line.firstIndex(of: "|")!
      let typed = String(line[..<bar])
      let expected = String(line[line.index(after: bar)...])
      #expect(hinter.hint(typed) ?? "" == expected, "typed: \(typed)")
    }
  }
}
