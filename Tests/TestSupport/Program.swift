import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Another program, run to its end with its output captured, or started and left running.
public enum Program {
  public struct Output: Sendable, CustomStringConvertible {
    /// The exit status; 128 + the signal's number for a program that a signal ended.
    public var status: Int32
    public var stdout: [UInt8]
    public var stderr: [UInt8]

    public var text: String { String(decoding: stdout, as: UTF8.self) }
    public var errorText: String { String(decoding: stderr, as: UTF8.self) }
    public var description: String { "status \(status)\nstdout: \(text)\nstderr: \(errorText)" }
  }

  public struct Failure: Error, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
  }

  /// Runs a program to its end, off the cooperative thread pool.
  ///
  /// - Parameters:
  ///   - program: a path, or a name looked up in PATH.
  ///   - environment: nil for this process's own.
  ///   - timeout: after it the program is killed and the call throws what it had printed.
  public static func run(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: [UInt8] = [],
    timeout: Duration = .seconds(60)
  ) async throws -> Output {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread {
        continuation.resume(
          with: Result {
            try runBlocking(program, arguments, environment: environment, input: input, timeout: timeout)
          })
      }
      thread.start()
    }
  }

  /// ``run(_:_:environment:input:timeout:)`` on the calling thread.
  public static func runBlocking(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: [UInt8] = [],
    timeout: Duration = .seconds(60)
  ) throws -> Output {
    ignoreBrokenPipes
    let (inputRead, inputWrite) = try pipe()
    let (outRead, outWrite) = try pipe()
    let (errRead, errWrite) = try pipe()
    let pid: pid_t
    do {
      defer { for descriptor in [inputRead, outWrite, errWrite] { close(descriptor) } }
      pid = try spawn(program, arguments, environment: environment, stdio: (inputRead, outWrite, errWrite))
    }
    var pending = input[...]
    var inputIsOpen = true
    _ = fcntl(inputWrite, F_SETFL, O_NONBLOCK)
    var open = [outRead, errRead]
    var output = Output(status: 0, stdout: [], stderr: [])
    let deadline = ContinuousClock.now + timeout
    while !open.isEmpty {
      if inputIsOpen && pending.isEmpty {
        close(inputWrite)
        inputIsOpen = false
      }
      let left = deadline - .now
      guard left > .zero else {
        kill(pid, SIGKILL)
        _ = waitForEnd(of: pid)
        for descriptor in open { close(descriptor) }
        if inputIsOpen { close(inputWrite) }
        throw Failure("\(program) \(arguments.joined(separator: " ")) did not end within \(timeout)\n\(output)")
      }
      var polls = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      if inputIsOpen { polls.append(pollfd(fd: inputWrite, events: Int16(POLLOUT), revents: 0)) }
      poll(&polls, nfds_t(polls.count), Int32(min(left / .milliseconds(1), 1e6)) + 1)
      for entry in polls where entry.revents != 0 {
        if entry.fd == inputWrite {
          let count = pending.withUnsafeBytes { write(inputWrite, $0.baseAddress, $0.count) }
          // A program that does not read its input to the end is no failure.
          if count > 0 { pending = pending.dropFirst(count) } else if errno != EAGAIN { pending = [] }
          continue
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(entry.fd, &buffer, buffer.count)
        if count > 0 {
          if entry.fd == outRead {
            output.stdout += buffer[..<count]
          } else {
            output.stderr += buffer[..<count]
          }
        } else if count == 0 || errno != EINTR {
          close(entry.fd)
          open.removeAll { $0 == entry.fd }
        }
      }
    }
    if inputIsOpen { close(inputWrite) }
    output.status = waitForEnd(of: pid)
    return output
  }

  /// Starts a program with the given descriptors as its standard ones; none of this process's others reach it.
  public static func spawn(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil,
    stdio: (input: Int32, output: Int32, error: Int32)
  ) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, stdio.input, 0)
    posix_spawn_file_actions_adddup2(&actions, stdio.output, 1)
    posix_spawn_file_actions_adddup2(&actions, stdio.error, 2)
    let variables = environment ?? ProcessInfo.processInfo.environment
    var argv = ([program] + arguments).map { strdup($0) } + [nil]
    var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid = pid_t()
    let failure = withFreshSignals { attributes in
      spawning.withLock { _ in posix_spawnp(&pid, program, &actions, attributes, &argv, &envp) }
    }
    guard failure == 0 else { throw Failure("cannot run \(program): \(String(cString: strerror(failure)))") }
    return pid
  }

  #if canImport(Darwin)
    typealias SpawnAttributes = posix_spawnattr_t?
  #else
    typealias SpawnAttributes = posix_spawnattr_t
  #endif

  /// Attributes with which a program meets signals as if a shell had started it: the threads of a test block some,
  /// and a child would inherit that.
  static func withFreshSignals<Result>(
    flags: Int32 = 0, _ body: (UnsafePointer<SpawnAttributes>) throws -> Result
  ) rethrows -> Result {
    #if canImport(Darwin)
      var attributes: SpawnAttributes = nil
    #else
      var attributes = SpawnAttributes()
    #endif
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(flags) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    return try withUnsafePointer(to: &attributes) { try body($0) }
  }

  /// Waits for a child and returns its exit status, 128 + signal if a signal ended it.
  @discardableResult
  public static func waitForEnd(of pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  /// The directories of PATH that hold an executable of this name, first found first.
  public static func directories(holding name: String) -> [String] {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
      .filter { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
  }

  /// Both ends close on exec, so that a child never holds another's pipe open.
  static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    // A child spawned between these two calls would inherit the ends: spawn() takes the same lock.
    try spawning.withLock { _ in
      guard systemPipe(&ends) == 0 else {
        throw Failure("cannot make a pipe: \(String(cString: strerror(errno)))")
      }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    return (ends[0], ends[1])
  }

  static let spawning = Mutex(())

  static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()
}

private func systemPipe(_ ends: UnsafeMutablePointer<Int32>) -> Int32 { pipe(ends) }
