import Signals
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Lines typed at a terminal, with history, completion, hints, and printing above the line.
///
/// One thread of its own does all of it; the editor may be used from any other. Between lines the terminal is in its
/// usual mode, and belongs to whatever runs.
public final class LineEditor: Sendable {
  public struct Failure: Error, Equatable, CustomStringConvertible {
    public var message: String
    public var description: String { message }
  }

  private let mailbox = Mailbox()
  private let output: Int32
  private let signals: [SignalWatch]
  private let isClosed = Mutex(false)
  private let lastRequest = Atomic(0)

  /// Whether lines can be edited here: both descriptors are a terminal, and one that can move its cursor.
  public static func isPossible(input: Int32 = 0, output: Int32 = 1) -> Bool {
    guard isatty(input) == 1, isatty(output) == 1, let kind = getenv("TERM") else { return false }
    return !["", "dumb"].contains(String(cString: kind))
  }

  /// Throws when the descriptors are no terminal.
  public init(_ configuration: Configuration, input: Int32 = 0, output: Int32 = 1) throws(Failure) {
    guard isatty(input) == 1, isatty(output) == 1 else {
      throw Failure(message: "lines can only be edited at a terminal")
    }
    self.output = output
    let mailbox = mailbox
    signals = [(SIGWINCH, Mailbox.Message.resized), (SIGCONT, .continued)].map { number, message in
      SignalWatch(number) { mailbox.post(message) }
    }
    let loop = try EditLoop(configuration: configuration, input: input, output: output, mailbox: mailbox)
    EditThread.start(loop)
  }

  deinit {
    post(.close {})
  }

  /// Reads a line. Cancelling the task cancels the line, as Ctrl-C does. One line is read at a time; a second call
  /// waits for its turn.
  public func readLine(prompt: Prompt) async -> Input {
    await ask(prompt, otherwise: .endOfFile) { .read($0) }
  }

  /// Reads a line of which nothing is shown and nothing kept. Nil when it was cancelled.
  public func readSecret(prompt: String) async -> String? {
    await ask(Prompt(prompt), otherwise: nil) { .readSecret($0) }
  }

  /// Prints whole lines: above the line being typed, or plainly when none is. From any thread; what one thread prints
  /// stays in order. It does not wait for the terminal: whoever prints without end awaits `flush` now and then.
  public func print(_ text: String) {
    let text = text.hasSuffix("\n") || text.isEmpty ? text : text + "\n"
    if !post(.print(text)) { SystemCalls.write(text, to: output) }
  }

  /// Returns when everything printed before is on the terminal.
  public func flush() async {
    await withCheckedContinuation { continuation in
      if !post(.flush { continuation.resume() }) { continuation.resume() }
    }
  }

  /// Ends the editor: a line being typed is cancelled, what was printed is written, the terminal is in its usual mode.
  public func close() async {
    await withCheckedContinuation { continuation in
      if !post(.close { continuation.resume() }) { continuation.resume() }
    }
  }

  private func ask<Answer: Sendable>(
    _ prompt: Prompt, otherwise: Answer, _ message: (Mailbox.Request<Answer>) -> Mailbox.Message
  ) async -> Answer {
    let id = lastRequest.add(1, ordering: .relaxed).newValue
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let request = Mailbox.Request(id: id, prompt: prompt) { continuation.resume(returning: $0) }
        if !post(message(request)) { continuation.resume(returning: otherwise) }
      }
    } onCancel: {
      post(.cancel(id))
    }
  }

  /// False when the editor is closed: the edit thread will see nothing that comes after its last message.
  @discardableResult
  private func post(_ message: Mailbox.Message) -> Bool {
    isClosed.withLock { isClosed in
      guard !isClosed else { return false }
      if case .close = message { isClosed = true }
      mailbox.post(message)
      return true
    }
  }
}
