import Foundation
import TestSupport
import Testing

@testable import LineEditing

/// Random keys at a program's prompt, with events, pastes and resizing among them. It passes when the program still
/// answers.
///
/// ETCH_TEST_SOAK_SECONDS makes it long.
@Suite(.timeLimit(.minutes(5)))
struct SoakTests {
  private static let keys: [String] =
    ["a", "b", " ", "/", "日", "é", "e\u{301}", "😀", "\t", "\u{7f}", "\u{8}", "\\"]
    // Not those that end or stop the program.
    + (UInt8(0x01)...0x1f).filter { ![0x03, 0x04, 0x1a, 0x1b, 0x1c].contains($0) }.map {
      String(Unicode.Scalar($0))
    }
    + ["A", "B", "C", "D", "H", "F", "3~", "5~", "6~", "1;5C", "1;5D", "3;5~", "Z", "?1;2c"].map { "\u{1b}[" + $0 }
    + ["b", "f", "d", "\u{7f}", "u", "l", "c", "p", "n", "9", "2", "w", "<", ">"].map { "\u{1b}" + $0 }
    + [
      "\u{3}", "tick 20\r", "g\t", "get item\t", "put ", "ab cd\u{17}\u{19}\u{19}", "item\t\t\t", "\u{12}a",
      "\u{16}\u{1}", "\u{1b}",
    ]

  @Test("Random keys never bring the editor down", arguments: ["emacs", "vi"])
  func randomKeys(mode: String) throws {
    let seconds = ProcessInfo.processInfo.environment["ETCH_TEST_SOAK_SECONDS"].flatMap { Double($0) } ?? 1.5
    let seed = TestSeed.make()
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let editrc = try folder.write(mode == "vi" ? "bind -v\n" : "", to: "editrc")
    let terminal = try PseudoTerminal.run(
      BuildProduct.path("LineEditingDemo"),
      environment: [
        "DEMO_PROMPT": "demo> ", "DEMO_RIGHT": "right", "DEMO_HISTORY": folder.file("history"), "EDITRC": editrc,
      ], columns: 30, rows: 8)
    try terminal.wait(for: "demo> ")
    let deadline = ContinuousClock.now + .seconds(seconds)
    var pressed = 0
    var columns = 30
    while ContinuousClock.now < deadline {
      var burst = ""
      for _ in 0..<Int.random(in: 1...60, using: &random) { burst += Self.keys.randomElement(using: &random)! }
      if Int.random(in: 0..<20, using: &random) == 0 {
        let lines = (0..<Int.random(in: 1...60, using: &random)).map { "pasted 日本 \($0)" }
        burst += "\u{1b}[200~" + lines.joined(separator: "\n") + "\u{1b}[201~"
      }
      terminal.type(burst)
      pressed += burst.unicodeScalars.count
      if Int.random(in: 0..<10, using: &random) == 0 {
        columns = Int.random(in: 1...60, using: &random)
        terminal.resize(columns: columns, rows: Int.random(in: 1...12, using: &random))
      }
      if Int.random(in: 0..<50, using: &random) == 0 { try settle(terminal) }
    }
    try settle(terminal)
    terminal.type("quit\r")
    #expect(try terminal.waitForExit() == 0, "seed \(seed)")
    print("\(mode): \(pressed) keys in \(seconds) s")
  }

  /// Cancels whatever goes on until the prompt answers.
  private func settle(_ terminal: PseudoTerminal) throws {
    terminal.resize(columns: 60, rows: 8)
    // Typed while a line is read, Ctrl-C cancels it, also in the middle of a search; between lines it does nothing, and
    // after ^V it is a character. The word is a new one each time: an older one may be in the history, and come back.
    for attempt in 0..<5 {
      let word = "settled-\(UInt32.random(in: 0...UInt32.max))"
      terminal.type("\u{3}\(word)\r")
      if (try? terminal.wait(for: "read \"\(word)\"", seconds: 20)) != nil { return }
      if attempt == 4 { throw Program.Failure("no answer; the output ends in \(terminal.output.suffix(2000))") }
    }
  }
}
