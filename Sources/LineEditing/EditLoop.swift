import CEditline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The edit thread: the only one that calls libedit, reads the terminal, and writes to it while a line is typed.
///
/// libedit is the engine alone: it keeps the line, the cursor, the undo and kill buffers, the key maps and the search.
/// What it would draw goes nowhere; after each key the `Painter` draws the line as libedit has it. So the block on the
/// screen is always known exactly, can be taken away and put back around printed text, and carries hints and
/// candidates.
///
///     keys -> KeyDecoder -> key or KeyBinding -> libedit's commands -> el_wline -> Layout -> Painter -> one write
///
/// Instances belong to their thread; others reach it through the mailbox.
final class EditLoop {
  let configuration: LineEditor.Configuration
  let input: Int32
  let output: Int32
  let mailbox: Mailbox
  let line: OpaquePointer
  let history: History
  private let nowhere: UnsafeMutablePointer<FILE>

  /// Questions that came while another was being answered.
  private var waiting: [Mailbox.Message] = []
  /// What arrived in one go with the question being answered: it is not to wait for the answer.
  private var cameAlong: [Mailbox.Message] = []
  /// What to call at the thread's very end.
  private var closed: (() -> Void)?

  var decoder = KeyDecoder()
  private var lastInput = ContinuousClock.now
  var painter = Painter()
  var screen = (columns: 80, rows: 24)
  var prompt = Prompt("")
  /// The rest of the history entry that is suggested after the line.
  var suggestion: String?
  var listing: CandidateListing?
  var pasted = ""
  var completions = (lastID: 0, arrived: Completion?.none)

  /// Names and descriptions of commands, which libedit points to.
  var commandTexts: [UnsafeMutableBufferPointer<wchar_t>] = []

  private var currentRequest: Int?
  /// May arrive before the request itself, when its task was cancelled already.
  private var cancelledRequests: Set<Int> = []
  private var isClosing = false

  var isCancelled: Bool { isClosing || cancelledRequests.contains(currentRequest!) }
  /// Why reading ended, when it was not by a whole line.
  var ending: Ending?

  enum Ending {
    case interrupted, endOfFile
  }

  init(configuration: LineEditor.Configuration, input: Int32, output: Int32, mailbox: Mailbox) throws(LineEditor
    .Failure)
  {
    self.configuration = configuration
    self.input = input
    self.output = output
    self.mailbox = mailbox
    CharacterSet.prepare()
    // Before libedit looks at the modes: what it sets between lines are those it found.
    TerminalGuard.take(input)
    guard let nowhere = fopen("/dev/null", "r+"),
      let line = el_init_fd(configuration.programName, nowhere, nowhere, nowhere, input, output, output)
    else {
      TerminalGuard.release()
      throw LineEditor.Failure(message: "the line editor could not start: \(SystemCalls.errorText())")
    }
    self.nowhere = nowhere
    self.line = line
    history = History(
      file: configuration.historyFile.map { HistoryFile(path: $0, limit: configuration.historyLimit) },
      limit: configuration.historyLimit)
  }

  /// The thread's whole life.
  func run() {
    setUp()
    while closed == nil {
      if waiting.isEmpty { poll(forInput: false, milliseconds: -1) }
      waiting += mailbox.take()
      while closed == nil, !waiting.isEmpty { handle(waiting.removeFirst()) }
    }
    el_end(line)
    TerminalGuard.release()
    commandTexts.forEach { $0.deallocate() }
    fclose(nowhere)
    closed?()
  }

  private func setUp() {
    editline_set_client_data(line, Unmanaged.passUnretained(self).toOpaque())
    editline_set_signals(line, 0)
    editline_set_prompt(line) { _ in EditLoop.emptyPrompt }
    editline_set_reader(line) { line, character in
      guard let next = EditLoop.of(line!).nextCharacter() else { return 0 }
      character!.pointee = next
      return 1
    }
    editline_use_history(line, history.editlineHistory)
    // Ctrl-C and Ctrl-Z arrive as characters, and pasted lines end as they did.
    for change in ["-isig", "-icrnl", "-inlcr"] { editline_change_edit_mode(line, wide(change)) }
    addFunctions()
    editline_set_editor(line, wide("emacs"))
    KeyBinding.bindDefaults(line)
    Editrc.source(into: line)
    KeyBinding.bindKeys(line)
  }

  private nonisolated(unsafe) static let emptyPrompt: UnsafeMutablePointer<wchar_t> = {
    let empty = UnsafeMutablePointer<wchar_t>.allocate(capacity: 1)
    empty.pointee = 0
    return empty
  }()

  static func of(_ line: OpaquePointer) -> EditLoop {
    Unmanaged<EditLoop>.fromOpaque(editline_client_data(line)!).takeUnretainedValue()
  }

  // MARK: - Messages

  private func handle(_ message: Mailbox.Message) {
    switch message {
    case .print(let text): SystemCalls.write(text, to: output)
    case .flush(let done): done()
    case .read(let request): request.answer(answer(request, with: readLine))
    case .readSecret(let request): request.answer(answer(request, with: readSecret))
    case .close(let done): closed = done
    case .cancel(let id): cancelledRequests.insert(id)
    case .continued: TerminalGuard.stopFlowControl(input)
    case .completed, .resized: break
    }
  }

  private func answer<Answer>(_ request: Mailbox.Request<Answer>, with read: () -> Answer) -> Answer {
    currentRequest = request.id
    cameAlong = waiting
    waiting = []
    defer {
      currentRequest = nil
      cancelledRequests.remove(request.id)
    }
    ending = nil
    prompt = request.prompt
    TerminalGuard.beginLine()
    SystemCalls.write("\u{1b}[?2004h", to: output)
    defer {
      SystemCalls.write("\u{1b}[?2004l", to: output)
      TerminalGuard.endLine()
    }
    return read()
  }

  /// What arrived while a line is being typed.
  func handleWhileReading() {
    var printed = ""
    var flushed: [@Sendable () -> Void] = []
    let messages = cameAlong + mailbox.take()
    cameAlong = []
    for message in messages {
      switch message {
      case .print(let text): printed += text
      case .flush(let done): flushed.append(done)
      case .cancel(let id): cancelledRequests.insert(id)
      case .completed(let id, let completion) where id == completions.lastID: completions.arrived = completion
      case .completed: break
      case .resized: resize()
      case .continued:
        // Whoever stopped the process has set the terminal otherwise, unknown to libedit.
        TerminalGuard.stopFlowControl(input)
        editline_set_edit_mode(line, 0)
        editline_set_edit_mode(line, 1)
        SystemCalls.write("\u{1b}[?2004h" + painter.erase(), to: output)
      case .read, .readSecret: waiting.append(message)
      case .close:
        waiting.append(message)
        isClosing = true
      }
    }
    if !printed.isEmpty { show(above: printed) }
    flushed.forEach { $0() }
  }

  // MARK: - Reading

  private func readLine() -> Input {
    do { try history.refresh() } catch { show(above: history.complaint(error)) }
    measure()
    var length: Int32 = 0
    let text = el_wgets(line, &length)
    listing = nil
    switch ending {
    case .interrupted?:
      finish(mark: isCancelled ? "" : "^C")
      return .interrupted
    case nil where text != nil && length > 0:
      finish(mark: "")
      var entered = scalars(text!, count: Int(length))
      if entered.last == "\n" { entered.removeLast() }
      let entry = String(String.UnicodeScalarView(entered))
      if !configuration.isSecret(entry) {
        do { try history.enter(entry) } catch { SystemCalls.write(history.complaint(error), to: output) }
      }
      return .line(entry)
    default:
      finish(mark: "")
      return .endOfFile
    }
  }

  /// Leaves the line on the screen as it was entered, without anything that stood beside or below it.
  private func finish(mark: String) {
    var content = content()
    if content.line.last == "\n" { content.line.removeLast() }
    content.line += mark.unicodeScalars
    content.cursor = content.line.count
    content.right = []
    let layout = Layout(content, columns: screen.columns)
    SystemCalls.write(painter.paint(layout, columns: screen.columns, height: screen.rows) + painter.leave(), to: output)
  }

  /// The reader that libedit calls for each character: waits for a key, and meanwhile shows the line, prints above it
  /// and follows the screen's size. Nil ends the line (`ending` says why).
  private func nextCharacter() -> wchar_t? {
    // In vi's command mode, `$` on an empty line leaves libedit's cursor before the line's start, and the next command
    // would write there.
    let info = el_wline(line)!.pointee
    if info.cursor < info.buffer { el_cursor(line, Int32(info.buffer - info.cursor)) }
    // libedit crashes in its own drawing when a line is higher than the screen and it goes by what it drew before.
    // Starting that over at each key keeps it from it; it is drawn to nowhere.
    editline_refresh(line)
    if !cameAlong.isEmpty { handleWhileReading() }
    while true {
      if isCancelled {
        ending = isClosing ? .endOfFile : .interrupted
        return nil
      }
      while let key = decoder.next() {
        if key == .scalar("\u{3}") {
          ending = .interrupted
          return nil
        }
        if let character = character(for: key) { return character }
      }
      // While more keys are waiting nobody sees what is shown between.
      if !poll(forInput: true, milliseconds: 0).input { show() }
      guard awaitSomething() else {
        ending = .endOfFile
        return nil
      }
    }
  }

  /// Waits for keys or messages and takes them in; false when the terminal is gone.
  func awaitSomething() -> Bool {
    // Messages may come all the time: they are not to keep a lone ESC from being one.
    let expiry = decoder.patience.map { lastInput + .milliseconds($0) }
    let ready = poll(forInput: true, milliseconds: expiry.map(Self.milliseconds(until:)) ?? -1)
    if ready.input {
      if let bytes = SystemCalls.read(from: input) {
        if bytes.isEmpty { return false }
        decoder.feed(bytes)
        lastInput = .now
      }
    } else if let expiry, expiry <= .now {
      decoder.expire()
    }
    if ready.messages { handleWhileReading() }
    return true
  }

  private static func milliseconds(until time: ContinuousClock.Instant) -> Int32 {
    let rest = max(time - .now, .zero)
    return Int32(rest.components.seconds) * 1000 + Int32(rest.components.attoseconds / 1_000_000_000_000_000) + 1
  }

  @discardableResult
  private func poll(forInput: Bool, milliseconds: Int32) -> (input: Bool, messages: Bool) {
    var descriptors = [
      pollfd(fd: mailbox.wakeDescriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: forInput ? input : -1, events: Int16(POLLIN), revents: 0),
    ]
    #if canImport(Darwin)
      let count = Darwin.poll(&descriptors, 2, milliseconds)
    #elseif canImport(Musl)
      let count = Musl.poll(&descriptors, 2, milliseconds)
    #else
      let count = Glibc.poll(&descriptors, 2, milliseconds)
    #endif
    guard count > 0 else { return (false, count < 0) }
    return (descriptors[1].revents != 0, descriptors[0].revents != 0)
  }
}
