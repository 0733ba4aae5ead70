#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The process's own output and error files.
struct FileSink: Console.Sink {
  func write(_ bytes: [UInt8], toErrors: Bool) {
    Self.write(bytes, to: toErrors ? STDERR_FILENO : STDOUT_FILENO)
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress!, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // The other end made the file non-blocking, as some terminals and parents do.
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&waiting, 1, -1)
      } else if errno != EINTR {
        giveUp(descriptor, errno)
      }
    }
  }

  /// Results that cannot be written are lost: nothing that follows would make sense.
  private static func giveUp(_ descriptor: Int32, _ error: Int32) -> Never {
    if error == EPIPE {
      // `etch … | head`: leave as every filter does, by the signal that the network layer has us ignore.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    if descriptor != STDERR_FILENO {
      let text = "Error: cannot write to standard output: \(String(cString: strerror(error)))\n"
      _ = Array(text.utf8).withUnsafeBytes { systemWrite(STDERR_FILENO, $0.baseAddress!, $0.count) }
    }
    _exit(ExitStatus.io)
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  #if canImport(Darwin)
    Darwin.write(descriptor, bytes, count)
  #else
    write(descriptor, bytes, count)
  #endif
}

/// What the process was started with.
struct Terminal {
  /// Whether lines are typed by a person.
  let isInputTerminal: Bool
  /// Whether results are read by one.
  let isOutputTerminal: Bool
  /// Colour is for terminals that know it, and for people who want it (NO_COLOR).
  let isColored: Bool

  init(environment: [String: String]) {
    let isDumb = environment["TERM"].map { $0 == "dumb" || $0.isEmpty } ?? true
    isInputTerminal = isatty(STDIN_FILENO) == 1
    isOutputTerminal = isatty(STDOUT_FILENO) == 1
    isColored = isOutputTerminal && !isDumb && environment["NO_COLOR"]?.isEmpty ?? true
  }
}
