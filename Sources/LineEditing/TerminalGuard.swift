#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

import Synchronization

/// Gives the terminal back as it was found, also when the process ends in the middle of a line: by `exit`, by a signal
/// that ends it, or by a crash.
///
///     take                         release
///       | beginLine  endLine | …     |
///       |  raw, paste brackets       |         an end of the process restores what it finds changed
///
/// A signal that someone else handles is left to them.
enum TerminalGuard {
  /// Read in a signal handler, hence plain memory that is written before `isArmed` is set.
  private struct Saved {
    var modes = termios()
    var descriptor: Int32 = 0
    var isArmed = false
    var isInLine = false
  }

  private nonisolated(unsafe) static let saved = {
    let saved = UnsafeMutablePointer<Saved>.allocate(capacity: 1)
    saved.initialize(to: Saved())
    return saved
  }()

  private static let install: Void = {
    atexit { TerminalGuard.restore() }
    for number in [SIGHUP, SIGTERM, SIGQUIT, SIGABRT, SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV] {
      var current = sigaction()
      sigaction(number, nil, &current)
      guard unsafeBitCast(handler(of: current), to: Int.self) == 0 else { continue }  // 0 is SIG_DFL
      signal(number) { number in
        TerminalGuard.restore()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }()

  private static func handler(of action: sigaction) -> (@convention(c) (Int32) -> Void)? {
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler
    #else
      action.__sigaction_handler.sa_handler
    #endif
  }

  /// From here on, an end of the process puts back the modes that the terminal has now.
  ///
  /// The terminal stops no output at Ctrl-S any more, not even between lines: pressed a moment before a line is read,
  /// it would leave the editor waiting for a Ctrl-Q that nobody knows of.
  static func take(_ descriptor: Int32) {
    _ = install
    guard tcgetattr(descriptor, &saved.pointee.modes) == 0 else { return }
    saved.pointee.descriptor = descriptor
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    saved.pointee.isArmed = true
    stopFlowControl(descriptor)
  }

  /// Whoever stopped and continued the process may have set the modes back.
  static func stopFlowControl(_ descriptor: Int32) {
    var modes = termios()
    guard tcgetattr(descriptor, &modes) == 0 else { return }
    modes.c_iflag &= ~tcflag_t(IXON)
    tcsetattr(descriptor, TCSANOW, &modes)
  }

  static func beginLine() { saved.pointee.isInLine = true }
  static func endLine() { saved.pointee.isInLine = false }

  static func release() {
    saved.pointee.isInLine = false
    restore()
  }

  /// Only what a signal handler may call.
  private static func restore() {
    guard saved.pointee.isArmed else { return }
    saved.pointee.isArmed = false
    tcsetattr(saved.pointee.descriptor, TCSANOW, &saved.pointee.modes)
    guard saved.pointee.isInLine else { return }
    let leave: StaticString = "\u{1b}[?2004l\u{1b}[0m\r\n"
    #if canImport(Darwin)
      _ = Darwin.write(saved.pointee.descriptor, leave.utf8Start, leave.utf8CodeUnitCount)
    #elseif canImport(Musl)
      _ = Musl.write(saved.pointee.descriptor, leave.utf8Start, leave.utf8CodeUnitCount)
    #else
      _ = Glibc.write(saved.pointee.descriptor, leave.utf8Start, leave.utf8CodeUnitCount)
    #endif
  }
}
