import Synchronization

/// Where a command's text goes: results to the output, everything else to the error stream.
///
/// Output is collected and written in large pieces; it is flushed when the shell is about to wait, before anything is
/// written to the error stream, and at once when it goes to a terminal.
public final class Console: Sendable {
  /// What takes the bytes: a pair of files, a test's memory, or the editor of a prompt.
  public protocol Sink: Sendable {
    func write(_ bytes: [UInt8], toErrors: Bool)
  }

  /// Whether results are read by a person: a terminal that knows the usual escapes.
  public let isTerminal: Bool
  /// Whether colour is wanted: a terminal, without NO_COLOR.
  public let isColored: Bool
  private let sink: any Sink
  private let buffer = Mutex<[UInt8]>([])
  private static let bufferSize = 64 << 10

  public init(sink: any Sink, isTerminal: Bool = false, isColored: Bool = false) {
    self.sink = sink
    self.isTerminal = isTerminal
    self.isColored = isColored
  }

  public func write(_ bytes: [UInt8]) {
    buffer.withLock { buffer in
      buffer.append(contentsOf: bytes)
      if isTerminal || buffer.count >= Self.bufferSize { drain(&buffer) }
    }
  }

  public func write(_ text: String) {
    buffer.withLock { buffer in
      buffer.append(contentsOf: text.utf8)
      if isTerminal || buffer.count >= Self.bufferSize { drain(&buffer) }
    }
  }

  public func writeLine(_ text: String) { write(text + "\n") }

  /// Appends to the output without an array in between.
  public func write(_ body: (inout [UInt8]) -> Void) {
    buffer.withLock { buffer in
      body(&buffer)
      if isTerminal || buffer.count >= Self.bufferSize { drain(&buffer) }
    }
  }

  /// A line that is no result: a warning, an error, a note.
  public func writeErrorLine(_ text: String) {
    buffer.withLock { buffer in
      drain(&buffer)
      sink.write(Array(text.utf8) + [UInt8(ascii: "\n")], toErrors: true)
    }
  }

  /// Text on the error stream that is no whole line, such as a bar that is drawn over itself.
  func writeError(_ text: String) {
    buffer.withLock { buffer in
      drain(&buffer)
      sink.write(Array(text.utf8), toErrors: true)
    }
  }

  public func flush() { buffer.withLock { drain(&$0) } }

  private func drain(_ buffer: inout [UInt8]) {
    guard !buffer.isEmpty else { return }
    sink.write(buffer, toErrors: false)
    buffer.removeAll(keepingCapacity: true)
  }
}
