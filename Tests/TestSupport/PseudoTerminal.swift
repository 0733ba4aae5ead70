#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

import Foundation
import Synchronization

/// A program running at a terminal of its own, with the test at its keyboard and before its screen.
///
///     let terminal = try PseudoTerminal.run(program, columns: 40, rows: 10)
///     terminal.type("put a 1\r")
///     try terminal.wait(for: "OK")                       // among the bytes written since the last wait
///     try terminal.waitForScreen { $0.lines[1] == "OK" }   // as a person would see it
///
/// The program is a session leader with the terminal as its controlling one, so that Ctrl-C, Ctrl-Z and resizing
/// reach it as they would reach it for a person. It is ended when this goes away.
public final class PseudoTerminal: Sendable {
  public struct Failure: Error, CustomStringConvertible {
    public var description: String
  }

  public let processID: pid_t
  private let master: Int32
  private let state: Mutex<State>

  private struct State {
    var received: [UInt8] = []
    /// How far `wait` has looked.
    var position = 0
    var screen: Screen
    var status: Int32?
  }

  /// Starts a program; `environment` is added to the test's own, nil values are removed from it.
  public static func run(
    _ program: String, arguments: [String] = [], environment: [String: String?] = [:], columns: Int = 80,
    rows: Int = 24
  ) throws -> PseudoTerminal {
    var master: Int32 = 0
    var slave: Int32 = 0
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    var nameBytes = [CChar](repeating: 0, count: 1024)
    try Program.spawning.withLock { _ in
      guard openpty(&master, &slave, &nameBytes, nil, &size) == 0 else {
        throw Failure(description: "openpty: \(String(cString: strerror(errno)))")
      }
      for descriptor in [master, slave] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }

    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      close(slave)
    }
    // Opened by a session leader without a terminal, it becomes the controlling one.
    posix_spawn_file_actions_addopen(&actions, 0, nameBytes, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var variables = ProcessInfo.processInfo.environment
    variables["TERM"] = "xterm-256color"
    for (name, value) in environment { variables[name] = value }
    let words = ([program] + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (words + settings).forEach { free($0) } }
    var processID: pid_t = 0
    let result = Program.withFreshSignals(flags: setsidFlag) { attributes in
      Program.spawning.withLock { _ in
        posix_spawn(&processID, program, &actions, attributes, words, settings)
      }
    }
    guard result == 0 else {
      close(master)
      throw Failure(description: "\(program): \(String(cString: strerror(result)))")
    }
    return PseudoTerminal(processID: processID, master: master, screen: Screen(columns: columns, rows: rows))
  }

  #if canImport(Darwin)
    private static let setsidFlag = Int32(POSIX_SPAWN_SETSID)
  #else
    private static let setsidFlag: Int32 = 0x80  // POSIX_SPAWN_SETSID, which Glibc's module leaves out
  #endif

  private init(processID: pid_t, master: Int32, screen: Screen) {
    state = Mutex(State(screen: screen))
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    self.processID = processID
    self.master = master
  }

  deinit {
    if state.withLock({ $0.status == nil }) {
      kill(processID, SIGKILL)
      var status: Int32 = 0
      waitpid(processID, &status, 0)
    }
    close(master)
  }

  /// Presses keys: the text's bytes, "\r" for Return, "\u{3}" for Ctrl-C.
  public func type(_ keys: String) { type(bytes: Array(keys.utf8)) }

  /// Gives up when the program takes nothing for long.
  public func type(bytes: [UInt8]) {
    var rest = bytes[...]
    let deadline = ContinuousClock.now + .seconds(20)
    while !rest.isEmpty && ContinuousClock.now < deadline {
      let count = rest.withUnsafeBytes { write(master, $0.baseAddress!, min($0.count, 1024)) }
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR && errno != EAGAIN { return }
      // A program that writes while it is typed at must not be made to wait for us, or both would.
      receive(milliseconds: count > 0 ? 0 : 5)
    }
  }

  /// Waits until the program has written `text` after what the last wait found; returns all of it up to there.
  @discardableResult
  public func wait(for text: String, seconds: Double = 20) throws -> String {
    let sought = Array(text.utf8)
    let deadline = ContinuousClock.now + .seconds(seconds)
    repeat {
      let found: String? = state.withLock { state in
        let fresh = Array(state.received[state.position...])
        guard let end = Data(fresh).range(of: Data(sought))?.upperBound else { return nil }
        state.position += end
        return String(decoding: fresh[..<end], as: UTF8.self)
      }
      if let found { return found }
      receive(milliseconds: 20)
    } while ContinuousClock.now < deadline
    let rest = state.withLock { String(decoding: $0.received[$0.position...], as: UTF8.self) }
    throw Failure(description: "waited for \(text.debugDescription), got \(rest.debugDescription)")
  }

  /// Waits until the screen is as wanted; throws what it shows instead after the time is up.
  public func waitForScreen(seconds: Double = 20, where isWanted: (Screen) -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    repeat {
      receive(milliseconds: 0)
      if isWanted(state.withLock { $0.screen }) { return }
      receive(milliseconds: 20)
    } while ContinuousClock.now < deadline
    let screen = screen
    throw Failure(
      description: "the screen shows\n\(screen.text)\ncursor \(screen.cursorRow),\(screen.cursorColumn)")
  }

  /// What the screen shows of everything written so far.
  public var screen: Screen {
    receive(milliseconds: 0)
    return state.withLock { $0.screen }
  }

  /// Waits for the program's end; its status as `waitpid` gives it.
  public func waitForExit(seconds: Double = 20) throws -> Int32 {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      receive(milliseconds: 5)
      if let status = state.withLock({ $0.status }) { return status }
      var status: Int32 = 0
      if waitpid(processID, &status, WNOHANG) == processID {
        receive(milliseconds: 0)
        state.withLock { $0.status = status }
        return status
      }
    }
    throw Failure(description: "the program did not end; its screen: \(output.debugDescription)")
  }

  /// Everything the program has written so far.
  public var output: String {
    receive(milliseconds: 0)
    return state.withLock { String(decoding: $0.received, as: UTF8.self) }
  }

  public func resize(columns: Int, rows: Int) {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  /// The terminal's modes as they are now.
  public var modes: termios {
    var modes = termios()
    tcgetattr(master, &modes)
    return modes
  }

  /// Whether the terminal is as a shell hands it over: lines, echo, and keys that send signals.
  public var isCooked: Bool {
    let wanted = tcflag_t(ICANON | ECHO | ISIG)
    return modes.c_lflag & wanted == wanted
  }

  private func receive(milliseconds: Int32) {
    var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, milliseconds) > 0, waiting.revents & Int16(POLLIN) != 0 {
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { return }
      state.withLock {
        $0.received += buffer[..<count]
        $0.screen.write(buffer[..<count])
      }
      if milliseconds > 0 { return }
    }
  }
}
