#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A password asked for at the terminal where no line editor is: before a prompt begins, and by one-shots.
enum Secret {
  /// - Returns: what was typed, unseen; nil where there is no terminal to ask at.
  static func read(_ prompt: String) -> String? {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard terminal >= 0 else { return nil }
    defer { close(terminal) }
    var usual = termios()
    guard tcgetattr(terminal, &usual) == 0 else { return nil }
    var silent = usual
    // Ctrl-C is read like any key: it must not end the process before the terminal is as it was.
    silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
    FileSink.write(Array(prompt.utf8), to: terminal)
    tcsetattr(terminal, TCSAFLUSH, &silent)
    defer {
      tcsetattr(terminal, TCSAFLUSH, &usual)
      FileSink.write([UInt8(ascii: "\n")], to: terminal)
    }
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while readByte(terminal, &byte), byte != UInt8(ascii: "\n") {
      if byte == usual.controlC {
        tcsetattr(terminal, TCSAFLUSH, &usual)
        raise(SIGINT)
        return nil
      }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension termios {
  /// The key that interrupts.
  fileprivate var controlC: UInt8 { withUnsafeBytes(of: c_cc) { $0[Int(VINTR)] } }
}

private func readByte(_ descriptor: Int32, _ byte: inout UInt8) -> Bool { read(descriptor, &byte, 1) == 1 }
