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
  private let state = Mutex((isClosed: false, lastRequest: 0))

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
    if !state.withLock({ $0.isClosed }) { mailbox.post(.close {}) }
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
  /// stays in order. Does not wait for the terminal: whoever prints without end calls `printed` now and then.
  public func print(_ text: String) {
    let text = text.hasSuffix("\n") || text.isEmpty ? text : text + "\n"
    if state.withLock({ $0.isClosed }) {
      SystemCalls.write(text, to: output)
    } else {
      mailbox.post(.print(text))
    }
  }

  /// Ends the editor: a line being typed is cancelled, what was printed is written, the terminal is in its usual mode.
  public func close() async {
    let wasClosed = state.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    guard !wasClosed else { return }
    await withCheckedContinuation { continuation in mailbox.post(.close { continuation.resume() }) }
  }

  private func ask<Answer: Sendable>(
    _ prompt: Prompt, otherwise: Answer, _ message: (Mailbox.Request<Answer>) -> Mailbox.Message
  ) async -> Answer {
    let id: Int? = state.withLock {
      guard !$0.isClosed else { return nil }
      $0.lastRequest += 1
      return $0.lastRequest
    }
    guard let id else { return otherwise }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        mailbox.post(message(Mailbox.Request(id: id, prompt: prompt) { continuation.resume(returning: $0) }))
      }
    } onCancel: {
      mailbox.post(.cancel(id))
    }
  }
}
