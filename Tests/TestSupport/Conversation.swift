import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A program that is spoken to while it runs: it is told something, its answer is awaited, it is told the next thing.
///
/// No wait is without end, and what the program had said is in the failure. Foundation's `Process` and `Pipe` would not
/// do: other programs started meanwhile inherit their ends, so that this one's input stays open for as long as those run.
///
/// Blocks the calling thread; one thread at a time.
public final class Conversation {
  /// How long any one answer may take.
  public var patience: Duration
  private let command: String
  private let pid: pid_t
  private var hasEnded = false
  /// -1 when closed, as the next two.
  private var input: Int32
  private var output: Int32
  private var errors: Int32
  private var received: [UInt8] = []
  private var complaints: [UInt8] = []

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - program: a path, or a name looked up in PATH.
  ///   - environment: nil for this process's own.
  public init(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, patience: Duration = .seconds(60)
  ) throws {
    Program.ignoreBrokenPipes
    self.patience = patience
    command = ([program] + arguments).joined(separator: " ")
    let pipes = (try Program.pipe(), try Program.pipe(), try Program.pipe())
    defer { for end in [pipes.0.read, pipes.1.write, pipes.2.write] { close(end) } }
    (input, output, errors) = (pipes.0.write, pipes.1.read, pipes.2.read)
    _ = fcntl(input, F_SETFL, O_NONBLOCK)
    pid = try Program.spawn(
      program, arguments, environment: environment, stdio: (pipes.0.read, pipes.1.write, pipes.2.write))
  }

  deinit {
    if !hasEnded {
      kill(pid, SIGKILL)
      Program.waitForEnd(of: pid)
    }
    for end in [input, output, errors] where end >= 0 { close(end) }
  }

  public func write(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    let deadline = ContinuousClock.now + patience
    while !rest.isEmpty { try exchange(&rest, until: deadline) }
  }

  /// Waits until what was printed since the last answer is an answer, and returns it.
  public func answer(_ isComplete: ([UInt8]) -> Bool) throws -> [UInt8] {
    var nothing: ArraySlice<UInt8> = []
    let deadline = ContinuousClock.now + patience
    while !isComplete(received) {
      guard output >= 0 else { throw failure("ended instead of answering") }
      try exchange(&nothing, until: deadline)
    }
    defer { received = [] }
    return received
  }

  /// Ends the program, by the end of its input or by a signal, and waits for it.
  ///
  /// - Returns: its exit status, what it printed since the last answer, and all that it wrote to the error stream.
  @discardableResult
  public func end(by signal: Int32? = nil) throws -> Program.Output {
    if let signal { kill(pid, signal) }
    shut(&input)
    var nothing: ArraySlice<UInt8> = []
    let deadline = ContinuousClock.now + patience
    while output >= 0 || errors >= 0 { try exchange(&nothing, until: deadline) }
    hasEnded = true
    return Program.Output(status: Program.waitForEnd(of: pid), stdout: received, stderr: complaints)
  }

  /// Waits until something can be written or read, and does it.
  private func exchange(_ rest: inout ArraySlice<UInt8>, until deadline: ContinuousClock.Instant) throws {
    let left = deadline - .now
    guard left > .zero else { throw failure("said nothing more within \(patience)") }
    var polls = [
      pollfd(fd: rest.isEmpty ? -1 : input, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: output, events: Int16(POLLIN), revents: 0), pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
    ]
    poll(&polls, nfds_t(polls.count), Int32(min(left / .milliseconds(1), 1e6)) + 1)
    if polls[0].revents != 0 {
      let count = rest.withUnsafeBytes { send(input, $0) }
      // A program that has gone is noticed by whoever awaits its answer.
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EAGAIN && errno != EINTR { rest = [] }
    }
    if polls[1].revents != 0 { take(from: &output, into: &received) }
    if polls[2].revents != 0 { take(from: &errors, into: &complaints) }
  }

  private func take(from descriptor: inout Int32, into bytes: inout [UInt8]) {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = read(descriptor, &buffer, buffer.count)
    if count > 0 { bytes += buffer[..<count] } else if count == 0 || errno != EINTR { shut(&descriptor) }
  }

  private func shut(_ descriptor: inout Int32) {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  private func failure(_ what: String) -> Program.Failure {
    Program.Failure(
      """
      \(command) \(what)
      printed since its last answer: \(String(decoding: received, as: UTF8.self))
      error stream: \(String(decoding: complaints.suffix(4000), as: UTF8.self))
      """)
  }
}

private func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
