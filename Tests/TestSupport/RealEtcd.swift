import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A real etcd server, or another that takes its flags, on free ports of 127.0.0.1 with its own temporary folder.
///
/// Its process ends with the object, and also when the test process dies.
public final class RealEtcd: Sendable {
  public struct Options: Sendable {
    /// TLS on the client port, with this certificate.
    public var server: TestCertificates.Pair?
    /// The authority that clients' certificates must be signed by; nil asks for none.
    public var clientAuthority: TestCertificates.Pair?
    public var arguments: [String]
    /// What is started in place of the release's `etcd`: a program, and the words before the flags.
    public var command: [String]?

    public init(
      server: TestCertificates.Pair? = nil, clientAuthority: TestCertificates.Pair? = nil, arguments: [String] = [],
      command: [String]? = nil
    ) {
      self.server = server
      self.clientAuthority = clientAuthority
      self.arguments = arguments
      self.command = command
    }
  }

  public let release: Release
  public let name: String
  public let clientPort: UInt16
  public let peerPort: UInt16
  public let options: Options
  /// `node-a=http://127.0.0.1:1,node-b=…`
  public let initialCluster: String
  private let folder = TemporaryFolder("etch-etcd")
  private let process = Mutex<RunningProcess?>(nil)

  public var usesTLS: Bool { options.server != nil }
  /// `127.0.0.1:PORT`
  public var clientAddress: String { "127.0.0.1:\(clientPort)" }
  public var clientURL: String { "\(usesTLS ? "https" : "http")://\(clientAddress)" }
  public var peerURL: String { "http://127.0.0.1:\(peerPort)" }
  public var dataFolder: String { folder.file("data") }
  public var log: String { (try? folder.read("log")) ?? "" }

  /// Starts a cluster of one and waits until it serves clients.
  public static func start(_ release: Release = .v35, _ options: Options = Options()) async throws -> RealEtcd {
    let ports = (client: FreePort.pick(), peer: FreePort.pick())
    let etcd = RealEtcd(release, "node-a", ports, options, "node-a=http://127.0.0.1:\(ports.peer)")
    try await etcd.restart()
    return etcd
  }

  /// Starts a cluster of several members, named node-a, node-b, …, and waits until all serve clients.
  ///
  /// - Parameter prepare: is given each member before any runs, for what its folder is to hold.
  public static func startCluster(
    of size: Int, _ release: Release = .v35, _ options: Options = Options(),
    preparing prepare: (RealEtcd) async throws -> Void = { _ in }
  ) async throws -> [RealEtcd] {
    let ports = (0..<size).map { _ in (client: FreePort.pick(), peer: FreePort.pick()) }
    let names = (0..<size).map { "node-\(Character(UnicodeScalar(UInt8(ascii: "a") + UInt8($0))))" }
    let initialCluster = zip(names, ports).map { "\($0)=http://127.0.0.1:\($1.peer)" }.joined(separator: ",")
    let members = zip(names, ports).map { RealEtcd(release, $0, $1, options, initialCluster) }
    for member in members { try await prepare(member) }
    try await Starting.inTurn {
      for member in members { try member.spawn() }
      for member in members { try await member.waitUntilServing() }
    }
    return members
  }

  private init(
    _ release: Release, _ name: String, _ ports: (client: UInt16, peer: UInt16), _ options: Options,
    _ initialCluster: String
  ) {
    self.release = release
    self.name = name
    self.clientPort = ports.client
    self.peerPort = ports.peer
    self.options = options
    self.initialCluster = initialCluster
  }

  deinit { end(with: SIGKILL) }

  /// Ends the server with SIGTERM and waits for its end. ``restart()`` brings it back.
  public func stop() { end(with: SIGTERM) }

  /// Ends the server with SIGKILL and waits for its end.
  public func kill() { end(with: SIGKILL) }

  /// Stops the server's process where it is: connections stay open and nothing is answered.
  public func freeze() { process.withLock { $0?.freeze() } }

  public func thaw() { process.withLock { $0?.signal(SIGCONT) } }

  /// Starts the server on the same ports and folder, ending it first if it runs, and waits until it serves clients.
  public func restart() async throws {
    end(with: SIGTERM)
    try await Starting.inTurn {
      try spawn()
      try await waitUntilServing()
    }
  }

  /// As ``restart()``, without waiting: a member that has no quorum never serves.
  public func spawn() throws {
    guard let command = options.command ?? RealEtcd.program("etcd", release).map({ [$0] }) else {
      throw Program.Failure("\(release) is not installed")
    }
    let logFile = open(folder.file("log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer {
      close(logFile)
      close(nothing)
    }
    let pid = try Program.spawn(
      command[0], command.dropFirst() + arguments, environment: Self.environment, stdio: (nothing, logFile, logFile))
    let running = RunningProcess(pid)
    process.withLock { $0 = running }
  }

  /// Waits until the log says that clients are served.
  public func waitUntilServing() async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !log.contains("ready to serve client requests") {
      let isRunning = process.withLock { $0?.isRunning ?? false }
      guard isRunning else { throw Program.Failure("\(release) ended while starting:\n\(log)") }
      guard ContinuousClock.now < deadline else {
        throw Program.Failure("\(release) does not serve clients after 60 s:\n\(log)")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private func end(with signal: Int32) {
    process.withLock { running in
      running?.end(with: signal)
      running = nil
    }
  }

  private var arguments: [String] {
    var arguments = [
      "--name", name, "--data-dir", dataFolder, "--listen-client-urls", clientURL, "--advertise-client-urls",
      clientURL, "--listen-peer-urls", peerURL, "--initial-advertise-peer-urls", peerURL, "--initial-cluster",
      initialCluster,
      // Elections ten times as quick as by default: a test waits for several.
      "--heartbeat-interval", "50", "--election-timeout", "500",
    ]
    if let server = options.server { arguments += ["--cert-file", server.certificate, "--key-file", server.key] }
    if let authority = options.clientAuthority {
      arguments += ["--client-cert-auth", "--trusted-ca-file", authority.certificate]
    }
    return arguments + options.arguments
  }

  /// This process's environment without what etcd and etcdctl read from it.
  static let environment: [String: String] = {
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ETCD") }
    variables["ETCDCTL_API"] = "3"
    return variables
  }()
}

/// A child process and, beside it, a shell that kills it when this process is gone: the shell's input is a pipe held
/// here, so the end of this process, however it comes, is the end of its input.
struct RunningProcess: Sendable {
  let pid: pid_t
  private let guardian: pid_t
  private let guardianInput: Int32

  init(_ pid: pid_t) {
    self.pid = pid
    Program.ignoreBrokenPipes
    do {
      let ends = try Program.pipe()
      guardian = try Program.spawn(
        "sh", ["-c", "read -r line || kill -9 \"$1\"", "sh", "\(pid)"], stdio: (ends.read, 1, 2))
      close(ends.read)
      guardianInput = ends.write
    } catch {
      fatalError("cannot guard a process: \(error)")
    }
  }

  func signal(_ signal: Int32) {
    #if canImport(Darwin)
      _ = Darwin.kill(pid, signal)
    #else
      _ = Glibc.kill(pid, signal)
    #endif
  }

  /// Returns when the process has stopped.
  func freeze() {
    signal(SIGSTOP)
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WSTOPPED | WNOWAIT) == -1 && errno == EINTR {}
  }

  var isRunning: Bool {
    var info = siginfo_t()
    return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == 0
  }

  /// - Returns: the exit status; 128 + the signal's number when a signal ended it.
  @discardableResult
  func end(with signal: Int32) -> Int32 {
    _ = write(guardianInput, "\n", 1)
    close(guardianInput)
    self.signal(signal)
    self.signal(SIGCONT)
    let status = Program.waitForEnd(of: pid)
    Program.waitForEnd(of: guardian)
    return status
  }
}

/// Lets few servers start at a time: dozens at once, as parallel tests would have it, miss their own deadlines.
private enum Starting {
  private static let placesAtOnce = 3
  private static let state = Mutex<(taken: Int, waiting: [CheckedContinuation<Void, Never>])>((0, []))

  static func inTurn(_ body: () async throws -> Void) async throws {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.taken < placesAtOnce {
          state.taken += 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
    defer { leave() }
    try await body()
  }

  /// Hands the place to the next who waits.
  private static func leave() {
    let next = state.withLock { state in
      if state.waiting.isEmpty {
        state.taken -= 1
        return nil as CheckedContinuation<Void, Never>?
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}
