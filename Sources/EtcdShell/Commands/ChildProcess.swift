#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

import Dispatch
import Synchronization

/// Another program, run with this one's input, output and error stream, or beside a prompt that has them.
enum ChildProcess {
  /// Runs a program to its end, waiting on a thread of its own. A cancelled caller ends it with SIGTERM.
  ///
  /// - Parameters:
  ///   - words: the program, looked up in PATH, and its arguments.
  ///   - variables: added to the environment.
  ///   - console: where a line is being typed, what prints the program's lines (of both streams) without harm to it;
  ///     the program has no input then.
  ///   - hasInput: false where this one's input is a script, whose further lines are not the program's.
  /// - Returns: its exit status; 128 + the signal's number when a signal ended it.
  static func run(
    _ words: [String], adding variables: [(String, String)], printingOn console: Console? = nil, hasInput: Bool = true
  ) async throws(ShellError) -> Int32 {
    let output = console.map { _ in Pipe() }
    defer { if let output { close(output.read) } }
    let pid = try spawn(
      words, environment: environment(adding: variables), output: output?.write, hasInput: hasInput && output == nil)
    // Under the lock, so that the number is not another program's by the time it is used.
    let hasEnded = Mutex(false)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          if let console, let output { printLines(from: output.read, on: console) }
          waitForEnd(of: pid)
          let status = hasEnded.withLock { hasEnded in
            hasEnded = true
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status
          }
          let signal = status & 0x7f
          continuation.resume(returning: signal == 0 ? (status >> 8) & 0xff : 128 + signal)
        }
      }
    } onCancel: {
      hasEnded.withLock { if !$0 { _ = kill(pid, SIGTERM) } }
    }
  }

  /// Waits, and leaves the status to be fetched.
  private static func waitForEnd(of pid: pid_t) {
    var facts = siginfo_t()
    while waitid(P_PID, id_t(pid), &facts, WEXITED | WNOWAIT) < 0, errno == EINTR {}
  }

  private struct Pipe {
    let read: Int32
    let write: Int32

    init() {
      var ends: [Int32] = [0, 0]
      precondition(pipe(&ends) == 0, "no pipe for a program's output: \(String(cString: strerror(errno)))")
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      (read, write) = (ends[0], ends[1])
    }
  }

  /// Prints whole lines, until the program closes its end.
  private static func printLines(from descriptor: Int32, on console: Console) {
    var held: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      held += buffer[..<count]
      if let end = held.lastIndex(of: UInt8(ascii: "\n")) {
        console.write(Array(held[...end]))
        held.removeSubrange(...end)
      }
    }
    if !held.isEmpty { console.write(held + [UInt8(ascii: "\n")]) }
  }

  /// - Parameter output: where both streams go; closed here.
  private static func spawn(
    _ words: [String], environment: [String], output: Int32?, hasInput: Bool
  ) throws(ShellError) -> pid_t {
    var arguments = words.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer {
      for pointer in arguments + variables { free(pointer) }
      if let output { close(output) }
    }
    // At the prompt SIGINT is ignored, and threads of a pool block signals, which a program would inherit: Ctrl-C is to
    // end it.
    #if canImport(Darwin)
      var attributes: posix_spawnattr_t?
      var actions: posix_spawn_file_actions_t?
    #else
      var attributes = posix_spawnattr_t()
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if !hasInput { posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) }
    if let output {
      for stream in [STDOUT_FILENO, STDERR_FILENO] { posix_spawn_file_actions_adddup2(&actions, output, stream) }
    }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &variables)
    guard code == 0 else { throw ShellError("cannot run \(words[0]): \(String(cString: strerror(code)))") }
    return pid
  }

  /// This process's environment, in which the added variables replace those of the same name.
  private static func environment(adding variables: [(String, String)]) -> [String] {
    var result = variables.map { "\($0)=\($1)" }
    var pointer = environ
    while let entry = pointer.pointee {
      let text = String(cString: entry)
      if !variables.contains(where: { text.hasPrefix("\($0.0)=") }) { result.append(text) }
      pointer += 1
    }
    return result
  }
}
