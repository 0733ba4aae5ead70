#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

import Dispatch

/// Another program, run with this one's input, output and error stream.
enum ChildProcess {
  /// Runs a program to its end, on a thread of its own.
  ///
  /// - Parameters:
  ///   - words: the program, looked up in PATH, and its arguments.
  ///   - variables: added to the environment.
  /// - Returns: its exit status; 128 + the signal's number when a signal ended it.
  static func run(_ words: [String], adding variables: [(String, String)]) async throws(ShellError) -> Int32 {
    let pid = try spawn(words, environment: environment(adding: variables))
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        continuation.resume(returning: signal == 0 ? (status >> 8) & 0xff : 128 + signal)
      }
    }
  }

  private static func spawn(_ words: [String], environment: [String]) throws(ShellError) -> pid_t {
    var arguments = words.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, words[0], nil, nil, &arguments, &variables)
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
