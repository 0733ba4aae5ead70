import Foundation
import TestSupport
import Testing

@testable import LineEditing

/// What a real terminal shows, tmux's: above all when its size changes, and that terminal's own idea of wide
/// characters.
@Suite(.needsTmux, .timeLimit(.minutes(5)))
struct TmuxTests {
  /// A tmux server of its own with one window that runs the demo.
  private final class Tmux {
    let folder = TemporaryFolder()

    init(columns: Int, rows: Int, environment: [String: String] = [:]) throws {
      let settings = ["DEMO_PROMPT": "demo> ", "EDITRC": "/dev/null", "LC_ALL": "C.UTF-8"]
        .merging(environment) { $1 }.map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
      try command(
        "-u", "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
        "env -u TMUX \(settings) '\(BuildProduct.path("LineEditingDemo"))'")
      try wait { $0[0].hasPrefix("demo>") }
    }

    deinit { _ = try? command("kill-server") }

    @discardableResult
    func command(_ arguments: String...) throws -> String {
      let output = try Program.runBlocking("tmux", ["-S", folder.file("socket")] + arguments)
      guard output.status == 0 else { throw Program.Failure("tmux \(arguments): \(output)") }
      return output.text
    }

    func type(_ text: String) throws { try command("send-keys", "-l", text) }
    func press(_ keys: String...) throws { for key in keys { try command("send-keys", key) } }

    var lines: [String] {
      get throws {
        try command("capture-pane", "-p").split(separator: "\n", omittingEmptySubsequences: false).dropLast()
          .map(String.init)
      }
    }

    var cursor: [Int] {
      get throws {
        try command("display-message", "-p", "#{cursor_y} #{cursor_x}").split(whereSeparator: \.isWhitespace)
          .compactMap { Int($0) }
      }
    }

    func wait(where isWanted: ([String]) -> Bool) throws {
      let deadline = ContinuousClock.now + .seconds(20)
      repeat {
        if isWanted(try lines) { return }
        usleep(20_000)
      } while ContinuousClock.now < deadline
      throw Program.Failure("the screen shows\n" + (try lines.joined(separator: "\n")) + "\ncursor \(try cursor)")
    }
  }

  @Test("Events printed while a wrapped line of wide characters is typed leave it intact")
  func events() throws {
    let tmux = try Tmux(columns: 30, rows: 12)
    try tmux.type("tick 400")
    try tmux.press("Enter")
    try tmux.type("put 日本語日本語日本語日本語日本語日本語 größe")
    try tmux.wait { $0.contains("tick 400") }
    try tmux.wait {
      $0.suffix(3) == ["tick 400", "demo> put 日本語日本語日本語日", "本語日本語日本語 größe"]
    }
    #expect(try tmux.cursor == [11, 22])
    try tmux.press("Left", "Left", "BSpace", "Enter")
    try tmux.wait { $0.contains { $0.hasSuffix("語 grße\"") } }
  }

  @Test("A narrower, then a wider screen shows the line once")
  func resize() throws {
    let tmux = try Tmux(columns: 60, rows: 12, environment: ["DEMO_RIGHT": "node 1"])
    try tmux.type("some words that will not fit into thirty columns")
    try tmux.wait { $0[0].hasSuffix("columns") }
    try tmux.command("resize-window", "-x", "30", "-y", "12")
    try tmux.wait { $0[0] == "demo> some words that will not" && $0[1] == " fit into thirty columns" && $0[2] == "" }
    try tmux.press("Home")
    try tmux.type("1 ")
    try tmux.wait { $0[0] == "demo> 1 some words that will n" && $0[1] == "ot fit into thirty columns" && $0[2] == "" }
    #expect(try tmux.cursor == [0, 8])
    try tmux.command("resize-window", "-x", "70", "-y", "6")
    try tmux.wait { $0[0] == "demo> 1 some words that will not fit into thirty columns       node 1" && $0[1] == "" }
    #expect(try tmux.cursor == [0, 8])
  }

  @Test("A paste higher than the screen shows its end, and its start when one goes there")
  func tallPaste() throws {
    let tmux = try Tmux(columns: 40, rows: 8)
    let value = (1...40).map { "  \"key\($0)\": \"value\"," }.joined(separator: "\n")
    try tmux.folder.write("put config {\n\(value)\n}", to: "paste")
    try tmux.command("load-buffer", tmux.folder.file("paste"))
    try tmux.command("paste-buffer", "-p")
    try tmux.wait { $0[7] == "...> }" && $0[6] == "...>   \"key40\": \"value\"," }
    try tmux.command("send-keys", "-N", "41", "Up")
    try tmux.press("Home")
    try tmux.wait { $0[0] == "demo> put config {" && $0[7] == "...>   \"key7\": \"value\"," }
    #expect(try tmux.cursor == [0, 6])
    try tmux.command("resize-window", "-x", "30", "-y", "5")
    try tmux.wait { $0[0] == "demo> put config {" && $0[4] == "...>   \"key4\": \"value\"," }
    try tmux.press("C-c")
    try tmux.wait { $0.contains("interrupted") }
  }

  @Test("A list of candidates comes and goes at the screen's bottom, and the line stays where it is")
  func listing() throws {
    let tmux = try Tmux(columns: 40, rows: 6)
    for _ in 0..<4 { try tmux.press("Enter") }
    try tmux.wait { $0[5] == "demo>" }
    try tmux.type("g")
    try tmux.press("Tab")
    try tmux.wait { Array($0[3...]) == ["demo> g", "get   read keys", "grep  search values"] }
    try tmux.type("r")
    try tmux.press("Tab")
    try tmux.wait { Array($0[3...]) == ["demo> grep", "", ""] }
    #expect(try tmux.cursor == [3, 11])
  }
}
