#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Shell {
  static func standardInput() -> OneShotInput {
    OneShotInput(file: InputFile(descriptor: STDIN_FILENO, name: "standard input"))
  }

  /// Standard input as a script. What has been printed is flushed before waiting for more of it.
  static func script(standardInput console: Console) -> ScriptReader {
    let file = InputFile(descriptor: STDIN_FILENO, name: "standard input")
    return ScriptReader(name: "stdin") { try await file.next { console.flush() } }
  }
}

extension ScriptReader {
  /// A script in a file.
  static func file(_ path: String) throws(ShellError) -> ScriptReader {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotRead(path) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw cannotRead(path, EISDIR)
    }
    let file = InputFile(descriptor: descriptor, name: path, isOwned: true)
    return ScriptReader(name: path) { try await file.next {} }
  }

  private static func cannotRead(_ path: String, _ error: Int32 = errno) -> ShellError {
    ShellError("cannot read \(path): \(String(cString: strerror(error)))", status: ExitStatus.io)
  }
}
