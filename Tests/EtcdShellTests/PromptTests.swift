import Foundation
import TestSupport
import Testing

@testable import EtcdShell

@Suite("The prompt, at a terminal", .serialized, .timeLimit(.minutes(5)))
struct PromptTests {
  /// A prompt with a home of its own.
  static func start(
    _ arguments: [String] = [], home: TemporaryFolder, environment: [String: String?] = [:]
  ) throws -> PseudoTerminal {
    let variables = ["HOME": home.path, "ETCDCTL_ENDPOINTS": nil, "NO_COLOR": nil].merging(environment) { $1 }
    return try PseudoTerminal.run(Program.etch, arguments: arguments, environment: variables)
  }

  @Test("greets, says that the data is not kept, answers, and leaves with Ctrl-D")
  func session() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    try terminal.wait(for: "in-memory node: what is stored is gone at exit")
    try terminal.wait(for: "--data-dir DIR")
    try terminal.wait(for: "etch:memory")
    terminal.type("put /app/port 8080\r")
    try terminal.wait(for: "OK")
    try terminal.wait(for: "etch:memory")
    terminal.type("get /app/port --print-value-only\r")
    try terminal.wait(for: "8080\r\n")
    terminal.type("get nothing\r")
    try terminal.wait(for: "100: Key not found (/nothing) [2]")
    try terminal.wait(for: "etch:memory")
    terminal.type("\u{4}")
    #expect(try terminal.waitForExit() == 0)
    #expect(terminal.isCooked)
  }

  @Test("Tab completes a key that was just written")
  func completion() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    terminal.type("put '/some folder/key' value\r")
    try terminal.wait(for: "OK")
    terminal.type("get /so\t\t\r")
    try terminal.wait(for: "value\r\n")
  }

  @Test("Ctrl-C ends the running command and not the session")
  func interrupt() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    terminal.type("put a 1\r")
    try terminal.wait(for: "OK")
    terminal.type("watch a --rev 2\r")
    try terminal.wait(for: "PUT")
    try terminal.wait(for: "1\r\n")
    terminal.type("\u{3}")
    try terminal.wait(for: "etch:memory")
    terminal.type("get a --print-value-only\r")
    try terminal.wait(for: "1\r\n")
    #expect(!terminal.output.contains("canceled"))
  }

  @Test("Ctrl-C ends a program that a watch runs")
  func interruptChild() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    terminal.type("put a 1\r")
    try terminal.wait(for: "OK")
    terminal.type("watch a --rev 2 -- sh -c 'echo child $((20 + 3)); exec sleep 1000'\r")
    try terminal.wait(for: "child 23")
    terminal.type("\u{3}")
    try terminal.wait(for: "etch:memory")
    terminal.type("get a --print-value-only\r")
    try terminal.wait(for: "1\r\n")
  }

  @Test("a job is stopped with the program it runs")
  func stopsProgram() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    terminal.type("watch a -- sh -c 'echo child $((20 + 3)); exec sleep 1000' &\r")
    try terminal.wait(for: "[1] watching a")
    terminal.type("put a 1\r")
    try terminal.wait(for: "child 23")
    terminal.type("unwatch 1\recho 'do''ne'\r")
    try terminal.wait(for: "done\r\n")
    try terminal.wait(for: "etch:memory")
    terminal.type("\u{4}")
    #expect(try terminal.waitForExit() == 0)
  }

  @Test("what a job's program prints stands above the line being typed")
  func jobsProgram() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    terminal.type("watch a -- sh -c 'read line; sleep 0.3; echo child $((20 + 3)); echo lost >&2; printf end' &\r")
    try terminal.wait(for: "[1] watching a")
    terminal.type("put a 1\r")
    try terminal.wait(for: "OK")
    terminal.type("half a line")
    try terminal.waitForScreen {
      $0.lines.contains("child 23") && $0.lines.contains("lost") && $0.lines.contains("end")
        && $0.lines[$0.cursorRow] == "etch:memory> half a line"
    }
  }

  @Test("fg waits for a watch until Ctrl-C")
  func foreground() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    terminal.type("watch a &\r")
    try terminal.wait(for: "[1] watching a from revision 2")
    terminal.type("fg 1\r")
    try terminal.wait(for: "[1] watching a from revision 2")
    terminal.type("\u{3}")
    try terminal.wait(for: "etch:memory")
    terminal.type("watches\recho done\r")
    let rest = try terminal.wait(for: "done\r\n")
    #expect(!rest.contains("[1]"))
  }

  @Test("a line with an open quote or a here-document goes on")
  func continuation() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    terminal.type("put a <<EOF\rone\rtwo\rEOF\r")
    try terminal.wait(for: "OK")
    terminal.type("get a --print-value-only\r")
    try terminal.wait(for: "one\r\ntwo\r\n")
  }

  @Test("the history is private, and holds no password")
  func history() throws {
    let home = TemporaryFolder()
    let terminal = try Self.start(home: home)
    terminal.type("put kept 1\r")
    try terminal.wait(for: "OK")
    terminal.type("user add joe:hunter2\r")
    try terminal.wait(for: "User joe created")
    terminal.type("history\r")
    #expect(try terminal.wait(for: "2  history").contains("1  put kept 1"))
    terminal.type("exit\r")
    _ = try terminal.waitForExit()
    let file = home.path + "/.etch_history"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains("kept"))
    #expect(!text.contains("hunter2"))
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("no colour with NO_COLOR, and a plain prompt on a terminal that cannot move its cursor")
  func plain() throws {
    let home = TemporaryFolder()
    let colourless = try Self.start(home: home, environment: ["NO_COLOR": "1"])
    colourless.type("put a 1\rget a\r")
    try colourless.wait(for: "OK")
    colourless.type("exit\r")
    _ = try colourless.waitForExit()
    #expect(!colourless.output.contains("\u{1b}[3"))
    #expect(!colourless.output.contains("\u{1b}[1;3"))

    let dumb = try Self.start(home: home, environment: ["TERM": "dumb"])
    try dumb.wait(for: "etch> ")
    dumb.type("put a 1\n")
    try dumb.wait(for: "OK")
    dumb.type("get nothing\nget a --print-value-only\n")
    try dumb.wait(for: "1\r\n")
    dumb.type("watch a --rev 2\n")
    try dumb.wait(for: "PUT")
    dumb.type("\u{3}")
    try dumb.wait(for: "etch> ")
    dumb.type("\u{4}")
    #expect(try dumb.waitForExit() == 0)
    #expect(!dumb.output.contains("\u{1b}"))

    let interrupted = try Self.start(home: home, environment: ["TERM": "dumb"])
    try interrupted.wait(for: "etch> ")
    interrupted.type("\u{3}")
    #expect(try interrupted.waitForExit() & 0x7f == SIGINT)
  }

  @Test("a watch prints above the line being typed, and the line stays whole", .needsEtcd35, .needsTmux)
  func printsAbove() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let home = TemporaryFolder()
    let screen = try await Tmux.start(
      "env HOME='\(home.path)' '\(Program.etch)' --endpoints \(etcd.clientURL)", columns: 60, rows: 20)
    try await screen.wait { $0.hasSuffix(">") }
    await screen.press("watch --prefix /app/ &", "Enter")
    try await screen.wait { $0.contains("[1] watching /app/ from revision") }
    await screen.press("put /other a-value-that-is-being-ty")
    try await screen.wait { $0.contains("being-ty") }
    for number in 1...3 { _ = try await etcd.etcdctl(["put", "/app/\(number)", "value-\(number)"]) }
    let lines = try await screen.wait { $0.contains("value-3") }.split(separator: "\n").map(String.init)
    let typed = try #require(lines.last)
    #expect(typed.hasSuffix("> put /other a-value-that-is-being-ty"))
    let events = lines.drop { $0 != "PUT" }.dropLast()
    #expect(Array(events) == (1...3).flatMap { ["PUT", "/app/\($0)", "value-\($0)"] })

    await screen.press("ped", "Enter")
    try await screen.wait { $0.contains("OK") }
    #expect(try await etcd.etcdctl(["get", "/other"]).text == "/other\na-value-that-is-being-typed\n")
  }
}

/// A screen as a person sees it.
enum Tmux {
  static func start(_ command: String, columns: Int, rows: Int) async throws -> Screen {
    let socket = "etch-test-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max))"
    let started = try await Program.run(
      "tmux", ["-L", socket, "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", command])
    #expect(started.status == 0, "\(started)")
    return Screen(socket: socket)
  }

  final class Screen: Sendable {
    let socket: String

    init(socket: String) { self.socket = socket }

    deinit { _ = try? Program.runBlocking("tmux", ["-L", socket, "kill-server"]) }

    func press(_ keys: String...) async {
      for key in keys { _ = try? await Program.run("tmux", ["-L", socket, "send-keys", key]) }
    }

    /// What the screen shows once `isReady` says so.
    @discardableResult
    func wait(_ isReady: (String) -> Bool) async throws -> String {
      var shown = ""
      for _ in 0..<400 {
        shown = try await Program.run("tmux", ["-L", socket, "capture-pane", "-p"]).text
        while shown.hasSuffix("\n") || shown.hasSuffix(" ") { shown.removeLast() }
        if isReady(shown) { return shown }
        try await Task.sleep(for: .milliseconds(25))
      }
      throw Program.Failure("waited in vain; the screen shows:\n\(shown)")
    }
  }
}
