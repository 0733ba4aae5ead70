import Foundation
import TestSupport
import Testing

@testable import LineEditing

/// A program at a prompt, typed at like a person would: bytes in, and what the screen shows.
@Suite(.timeLimit(.minutes(5)))
struct EditorTests {
  private func demo(
    columns: Int = 40, rows: Int = 10, history: String? = nil, environment: [String: String?] = [:]
  ) throws -> PseudoTerminal {
    let settings: [String: String?] = [
      "DEMO_PROMPT": "demo> ", "DEMO_HISTORY": history, "EDITRC": "/dev/null", "NO_COLOR": nil, "LC_ALL": "C.UTF-8",
    ]
    let terminal = try PseudoTerminal.run(
      BuildProduct.path("LineEditingDemo"), environment: settings.merging(environment) { $1 }, columns: columns,
      rows: rows)
    try terminal.wait(for: "demo> ")
    return terminal
  }

  /// Types a line and waits until the program has read it and asks for the next.
  private func enter(_ terminal: PseudoTerminal, _ keys: String, reads line: String) throws {
    terminal.type(keys + "\r")
    try terminal.wait(for: "read \"\(line)\"\r\n")
    try terminal.wait(for: "demo> ")
  }

  /// Waits for the row of the prompt to read so, with the cursor behind `before` characters of it.
  private func expect(
    _ terminal: PseudoTerminal, shows line: String, cursor: Int? = nil
  ) throws {
    try terminal.waitForScreen { screen in
      screen.lines[screen.cursorRow] == line && (cursor == nil || screen.cursorColumn == cursor)
    }
  }

  // MARK: - Lines

  @Test("A typed line is read, whatever its alphabet")
  func lines() throws {
    let terminal = try demo()
    try enter(terminal, "put größe 日本語", reads: "put größe 日本語")
    try enter(terminal, "日本x\u{7f}\u{7f}\u{1b}[D語", reads: "語日")
  }

  @Test("Keys move and delete as hands expect")
  func keys() throws {
    let terminal = try demo()
    for (typed, read) in [
      ("bc\u{1}a\u{5}d", "abcd"), ("ac\u{1b}[Db", "abc"), ("bc\u{1b}[Ha\u{1b}[Fd", "abcd"),
      ("abcd\u{1b}[H\u{1b}[3~", "bcd"), ("one two\u{17}2", "one 2"), ("one two\u{15}2", "2"),
      ("one two\u{1b}[1;5D1", "one 1two"), ("one two\u{1b}bx", "one xtwo"), ("ab\u{14}", "ba"),
      ("one two\u{1}\u{b}\u{19}\u{19}", "one twoone two"), ("a\u{16}\u{1}b", "a\\u{01}b"),
    ] {
      try enter(terminal, typed, reads: read)
    }
  }

  @Test("Ctrl-C cancels the line, Ctrl-D on an empty one ends the input")
  func cancelAndEnd() throws {
    let terminal = try demo()
    terminal.type("put a\u{3}")
    try terminal.wait(for: "interrupted")
    #expect(terminal.screen.lines[0] == "demo> put a^C")
    try terminal.wait(for: "demo> ")
    terminal.type("\u{4}")
    try terminal.wait(for: "end of file")
    #expect(try terminal.waitForExit() == 0)
  }

  @Test("A line that is not complete goes on behind a prompt of its own")
  func continuation() throws {
    let terminal = try demo()
    terminal.type("put a \\\r")
    try expect(terminal, shows: "...>", cursor: 5)
    try enter(terminal, "1", reads: "put a \\\\\\n1")
    terminal.type("\u{1b}[A")
    try terminal.waitForScreen { $0.lines.suffix(7).contains("demo> put a \\") && $0.lines[$0.cursorRow] == "...> 1" }
    terminal.type("\u{1b}[A\u{5}x\u{1}")
    try terminal.waitForScreen {
      $0.lines[$0.cursorRow] == "demo> put a \\x" && $0.cursorColumn == 6 && $0.lines[$0.cursorRow + 1] == "...> 1"
    }
    terminal.type("\u{1b}[B\u{5}")
    try enter(terminal, "2", reads: "put a \\\\x\\n12")
  }

  @Test("Pasted lines are looked at before they are entered, and none of their characters acts")
  func paste() throws {
    let terminal = try demo()
    terminal.type("put k \u{1b}[200~one\r\ntwo\tx\r\n\u{3}\u{1b}three\n\u{1b}[201~")
    try expect(terminal, shows: "...> three", cursor: 10)
    #expect(terminal.screen.lines[0] == "demo> put k one")
    try enter(terminal, "!", reads: "put k one\\ntwo\\tx\\nthree!")
  }

  @Test("A line higher than the screen is moved through, changed and read whole")
  func tallLine() throws {
    let terminal = try demo(columns: 20, rows: 6)
    let pasted = (1...200).map { "line \($0)" }.joined(separator: "\n")
    terminal.type("\u{1b}[200~\(pasted)\u{1b}[201~")
    try expect(terminal, shows: "...> line 200", cursor: 13)
    terminal.type(String(repeating: "\u{1b}[A", count: 150))
    try expect(terminal, shows: "...> line 50")
    terminal.type(String(repeating: "\u{1b}[A", count: 49) + "\u{1}")
    try expect(terminal, shows: "demo> line 1", cursor: 6)
    #expect(terminal.screen.lines == ["demo> line 1"] + (2...6).map { "...> line \($0)" })
    terminal.type("first \r")
    try terminal.wait(for: "read \"first line 1\\nline 2\\n")
    try terminal.wait(for: "\\nline 200\"")
  }

  // MARK: - Printing above the line

  @Test("What is printed while a line is typed stands above it, and the line is intact")
  func printing() throws {
    let terminal = try demo(columns: 40, rows: 12)
    terminal.type("tick 300\r")
    try terminal.wait(for: "demo> ")
    let typed = "put some long 日本語 line that wraps 日本語日本語日本語日本語 twice or so, and ends"
    for character in typed { terminal.type(String(character)) }
    try terminal.wait(for: "tick 300")
    let rows = [
      "demo> put some long 日本語 line that wra", "ps 日本語日本語日本語日本語 twice or so,", "and ends",
    ]
    try terminal.waitForScreen { screen in
      let first = screen.cursorRow - 2
      return first > 0
        && Array(screen.lines[first...].prefix(3)).map { $0.trimmingCharacters(in: .whitespaces) } == rows
    }
    let screen = terminal.screen
    #expect(screen.lines[screen.cursorRow - 3] == "tick 300")
    let all = screen.scrolledOff + screen.lines
    #expect(all.dropFirst().prefix(300).elementsEqual((1...300).map { "tick \($0)" }))
    #expect(all.filter { $0.hasPrefix("demo> put") }.count == 1)
    try enter(terminal, "", reads: "\(typed)")
  }

  @Test("What arrives together with the question for a line does not wait for its answer")
  func arrivingTogether() async throws {
    var master: Int32 = 0
    var slave: Int32 = 0
    try #require(openpty(&master, &slave, nil, nil, nil) == 0)
    defer {
      close(master)
      close(slave)
    }
    let mailbox = Mailbox()
    let input = await withCheckedContinuation { continuation in
      mailbox.post(.read(.init(id: 1, prompt: Prompt("> ")) { continuation.resume(returning: $0) }))
      mailbox.post(.print("an event\n"))
      mailbox.post(.cancel(1))
      do {
        EditThread.start(
          try EditLoop(configuration: .init(programName: "test"), input: slave, output: slave, mailbox: mailbox))
      } catch { fatalError("\(error)") }
    }
    #expect(input == .interrupted)
    await withCheckedContinuation { continuation in mailbox.post(.close { continuation.resume() }) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(master, &bytes, bytes.count)
    #expect(String(decoding: bytes[..<max(count, 0)], as: UTF8.self).contains("an event"))
  }

  @Test("Events also stand above a search, and above a list of candidates")
  func printingAboveSearch() throws {
    let terminal = try demo()
    try enter(terminal, "put a 1", reads: "put a 1")
    terminal.type("tick 200\r")
    try terminal.wait(for: "demo> ")
    terminal.type("\u{12}put")
    try terminal.wait(for: "tick 200")
    try terminal.waitForScreen {
      $0.cursorRow > 1 && $0.lines[$0.cursorRow - 1] == "tick 200" && $0.lines[$0.cursorRow] == "demo> put a 1"
        && $0.lines[$0.cursorRow + 1] == "bck:put"
    }
    try enter(terminal, "", reads: "put a 1")
  }

  // MARK: - Completion, hints, history

  @Test("The only candidate is taken with a space, a directory without")
  func onlyCandidate() throws {
    let terminal = try demo()
    try enter(terminal, "pu\t/b\t\u{7f}x", reads: "put /bootx")
  }

  @Test("Several candidates are completed as far as they agree, then listed with what they do")
  func candidates() throws {
    let terminal = try demo()
    terminal.type("g\t")
    try terminal.waitForScreen { $0.lines[1...2] == ["get   read keys", "grep  search values"] }
    #expect(terminal.screen.cursorRow == 0)
    #expect(terminal.screen.cursorColumn == 7)
    terminal.type("e")
    try terminal.waitForScreen { $0.text == "demo> ge" }
    terminal.type("\tgr\t\t")
    try terminal.waitForScreen { $0.lines[0...1] == ["demo> get gr", "größe     grünkohl"] }
    try enter(terminal, "ü\t", reads: "get grünkohl ")
  }

  @Test("More candidates than fit are paged through")
  func paging() throws {
    let terminal = try demo(columns: 40, rows: 6)
    terminal.type("get item\t\t")
    try terminal.waitForScreen { $0.lines[5] == "484 more: Tab" && $0.lines[1].hasPrefix("item-0  ") }
    terminal.type("\t")
    try terminal.waitForScreen { $0.lines[5] == "468 more: Tab" && $0.lines[1].hasPrefix("item-16") }
    terminal.type("\u{3}")
    try terminal.wait(for: "interrupted")
    try terminal.wait(for: "demo> ")
    #expect(terminal.screen.text == "demo> get item-^C\ninterrupted\ndemo>")
  }

  @Test("What is typed while candidates are sought is not lost, and Ctrl-C gives up the search")
  func slowCompletion() throws {
    let terminal = try demo()
    try enter(terminal, "get slow\tand more", reads: "get slowly and more")
    terminal.type("get slow\t\u{3}")
    try terminal.wait(for: "interrupted")
    try terminal.wait(for: "demo> ")
    try enter(terminal, "get slow\ttick", reads: "get slowly tick")
  }

  @Test("A hint stands grey behind the cursor, and is not part of the line")
  func hint() throws {
    let terminal = try demo()
    terminal.type("put ")
    try expect(terminal, shows: "demo> put KEY VALUE", cursor: 10)
    #expect(terminal.output.contains("\u{1b}[0;90mKEY VALUE\u{1b}[0m"))
    try enter(terminal, "", reads: "put ")
    #expect(terminal.screen.lines[0] == "demo> put")
    let plain = try demo(environment: ["NO_COLOR": "1"])
    plain.type("put ")
    try plain.wait(for: "\u{1b}[0;2mKEY VALUE\u{1b}[0m")
  }

  @Test("Right takes the rest of the line that history suggests")
  func suggestion() throws {
    let terminal = try demo()
    try enter(terminal, "get /app/one", reads: "get /app/one")
    terminal.type("ge")
    try expect(terminal, shows: "demo> get /app/one", cursor: 8)
    try enter(terminal, "\u{1b}[C!", reads: "get /app/one!")
    try enter(terminal, "ge", reads: "ge")
  }

  @Test("History is gone through with the arrows and searched with Ctrl-R")
  func history() throws {
    let terminal = try demo()
    for line in ["put a 1", "put b 2", "get c"] { try enter(terminal, line, reads: line) }
    try enter(terminal, "\u{1b}[A\u{1b}[A", reads: "put b 2")
    terminal.type("\u{12}put")
    try terminal.waitForScreen { $0.text.hasSuffix("\nbck:put") }
    terminal.type("\u{12}")
    try terminal.waitForScreen { $0.text.hasSuffix("demo> put a 1\nbck:put") }
    try enter(terminal, "\u{5} again", reads: "put a 1 again")
  }

  @Test("Sessions share their history, without what is secret")
  func sharedHistory() throws {
    let folder = TemporaryFolder()
    let one = try demo(history: folder.file("history"))
    let two = try demo(history: folder.file("history"))
    try enter(one, "from one", reads: "from one")
    try enter(one, "login root", reads: "login root")
    try enter(two, "", reads: "")
    two.type("\u{1b}[A")
    try expect(two, shows: "demo> from one")
    #expect(try folder.read("history") == "_HiStOrY_V2_\nfrom\\040one\n")
  }

  @Test("A word read in secret is neither shown nor kept")
  func secret() throws {
    let terminal = try demo()
    terminal.type("secret\r")
    try terminal.wait(for: "password: ")
    terminal.type("hünter3\u{7f}2\r")
    try terminal.wait(for: "secret has 7 characters")
    try terminal.wait(for: "demo> ")
    #expect(!terminal.output.contains("nter"))
    terminal.type("secret\r")
    try terminal.wait(for: "password: ")
    terminal.type("abc\u{3}")
    try terminal.wait(for: "secret was not given")
    try terminal.wait(for: "demo> ")
    terminal.type("\u{1b}[A")
    try expect(terminal, shows: "demo> secret")
  }

  // MARK: - The user's own keys

  @Test("~/.editrc chooses vi, and binds keys that win over ours")
  func editrc() throws {
    let folder = TemporaryFolder()
    let vi = try folder.write("# settings\nbind -v\n", to: "vi")
    let terminal = try demo(environment: ["EDITRC": vi])
    terminal.type("bcd")
    try expect(terminal, shows: "demo> bcd")
    terminal.type("\u{1b}")
    try expect(terminal, shows: "demo> bcd", cursor: 8)
    terminal.type("0x")
    try expect(terminal, shows: "demo> cd", cursor: 6)
    try enter(terminal, "ia\u{1b}[C\u{1b}[Cb", reads: "acdb")
    try enter(terminal, "pu\t", reads: "put ")

    let own = try folder.write("other:bind ^R ed-newline\ndemo:bind ^R ed-move-to-beg\n", to: "own")
    let emacs = try demo(environment: ["EDITRC": own])
    try enter(emacs, "bc\u{12}a", reads: "abc")
  }

  @Test("ESC is a key of its own also while events arrive without a pause")
  func escapeAmongEvents() throws {
    let folder = TemporaryFolder()
    let vi = try folder.write("bind -v\n", to: "vi")
    let terminal = try demo(environment: ["EDITRC": vi])
    terminal.type("tick 1000000\r")
    try terminal.wait(for: "tick 20")
    terminal.type("abc\u{1b}")
    try terminal.waitForScreen { $0.lines[$0.cursorRow] == "demo> abc" && $0.cursorColumn == 8 }
  }

  // MARK: - The terminal

  @Test("Between lines, and after the end, the terminal is as it was found")
  func terminalModes() throws {
    let terminal = try demo()
    #expect(!terminal.isCooked)
    terminal.type("wait\r")
    try terminal.wait(for: "waiting")
    #expect(terminal.isCooked)
    terminal.type("\u{3}")
    try terminal.wait(for: "wait cancelled")
    try terminal.wait(for: "demo> ")
    terminal.type("quit\r")
    #expect(try terminal.waitForExit() == 0)
    #expect(terminal.isCooked)
    #expect(terminal.output.hasSuffix("\u{1b}[?2004l"))
  }

  @Test("Ctrl-S between lines stops no output, and does what it did when the program has ended")
  func flowControl() throws {
    let terminal = try demo()
    terminal.type("wait\r")
    try terminal.wait(for: "waiting")
    #expect(terminal.modes.c_iflag & tcflag_t(IXON) == 0)
    terminal.type("\u{13}\u{3}")
    try terminal.wait(for: "wait cancelled")
    try terminal.wait(for: "demo> ")
    terminal.type("quit\r")
    #expect(try terminal.waitForExit() == 0)
    #expect(terminal.modes.c_iflag & tcflag_t(IXON) != 0)
  }

  @Test("A Ctrl-C right after the line was entered cancels the command, not the program")
  func earlyInterrupt() throws {
    let terminal = try demo()
    for _ in 0..<5 {
      terminal.type("wait\r")
      try terminal.wait(for: "waiting")
      terminal.type("\u{3}")
      try terminal.wait(for: "wait cancelled")
    }
  }

  @Test(
    "A signal in the middle of a line ends the program and restores the terminal",
    arguments: [SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGILL, SIGTRAP])
  func signals(number: Int32) throws {
    let terminal = try demo(environment: ["SWIFT_BACKTRACE": "enable=no"])
    terminal.type("put a")
    try expect(terminal, shows: "demo> put a")
    kill(terminal.processID, number)
    #expect(try terminal.waitForExit() & 0x7f == number)
    #expect(terminal.isCooked)
    #expect(terminal.output.contains("\u{1b}[?2004l"))
  }

  @Test("exit() in the middle of a line restores the terminal")
  func exit() throws {
    let terminal = try demo()
    terminal.type("exit\r")
    #expect(try terminal.waitForExit() >> 8 == 3)
    #expect(terminal.isCooked)
  }

  @Test("Ctrl-Z hands the terminal to the shell and fg brings the line back")
  func suspend() throws {
    let shell = try PseudoTerminal.run(
      "/bin/bash", arguments: ["--norc", "--noediting", "-i"],
      environment: ["DEMO_PROMPT": "demo> ", "EDITRC": "/dev/null", "PS1": "shell> "], columns: 60, rows: 12)
    try shell.wait(for: "shell> ")
    shell.type("'\(BuildProduct.path("LineEditingDemo"))'\r")
    try shell.wait(for: "demo> ")
    shell.type("put a")
    try expect(shell, shows: "demo> put a")
    shell.type("\u{1a}")
    try shell.wait(for: "Stopped")
    try shell.wait(for: "shell> ")
    #expect(shell.isCooked)
    shell.type("fg\r")
    try expect(shell, shows: "demo> put a", cursor: 11)
    try enter(shell, " 1", reads: "put a 1")
    shell.type("quit\r")
    try shell.wait(for: "shell> ")
  }

  @Test("Ctrl-L clears the screen and keeps the line")
  func clearScreen() throws {
    let terminal = try demo()
    try enter(terminal, "a", reads: "a")
    terminal.type("put b\u{c}")
    try terminal.waitForScreen { $0.text == "demo> put b" && $0.cursorColumn == 11 }
  }

  @Test("A terminal that cannot move its cursor is said to be unfit")
  func unfit() throws {
    #expect(!LineEditor.isPossible(input: -1, output: -1))
    let (read, write) = (Pipe().fileHandleForReading, Pipe().fileHandleForWriting)
    #expect(throws: LineEditor.Failure(message: "lines can only be edited at a terminal")) {
      _ = try LineEditor(.init(programName: "test"), input: read.fileDescriptor, output: write.fileDescriptor)
    }
  }
}
