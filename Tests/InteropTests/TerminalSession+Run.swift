import Foundation
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension TerminalSession {
  /// What a step gave.
  struct Outcome: Sendable, Equatable {
    var stdout = ""
    var stderr = ""
    var status: Int32 = 0
    /// What had to be awaited and did not come.
    var missing: String?
  }

  /// Who asks, and who answers.
  struct Side: Sendable {
    /// The program that is found under the name `etcdctl`.
    var etcdctl: String
    var servers: [RealEtcd]
  }

  /// How long a step may take.
  private static let patience = Duration.seconds(20)

  /// Runs the session, each step in one and the same bash, so that its variables and files are there for the next.
  ///
  /// - Returns: an outcome for each step; fewer if one did not end.
  func run(on side: Side) async throws -> [Outcome] {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try runBlocking(on: side) }) }.start()
    }
  }

  private func runBlocking(on side: Side) throws -> [Outcome] {
    let folder = TemporaryFolder("etch-session")
    try FileManager.default.createDirectory(atPath: folder.file("bin"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: folder.file("work"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("bin/etcdctl"), withDestinationPath: side.etcdctl)
    var environment = TranscriptRun.environment
    environment["PATH"] = "\(folder.file("bin")):\(environment["PATH"] ?? "")"
    environment["ETCDCTL_ENDPOINTS"] = side.servers[0].clientURL
    environment["ENDPOINT"] = side.servers[0].clientURL
    if side.servers.count > 1 { environment["OTHER"] = side.servers[1].clientURL }
    environment["TMPDIR"] = folder.path
    environment["LC_ALL"] = "C.UTF-8"
    let shell = try Conversation("bash", ["--norc"], environment: environment, patience: Self.patience)
    // With job control a job minds an interrupt.
    try shell.write("set -m; cd \(folder.file("work"))\n")
    let typist = try Typist(shell: shell, folder: folder, patience: Self.patience)
    var outcomes: [Outcome] = []
    for step in steps {
      do {
        outcomes.append(try typist.carryOut(step.action))
      } catch {
        outcomes.append(Outcome(missing: "\(error)"))
        break
      }
    }
    typist.endWhatRuns()
    _ = try? shell.end()
    let names = Naming(servers: side.servers, folder: folder.path)
    return names.applied(to: outcomes)
  }
}

/// Types the steps into a bash.
private struct Typist {
  let shell: Conversation
  let folder: TemporaryFolder
  let patience: Duration
  private let pid: Int32

  init(shell: Conversation, folder: TemporaryFolder, patience: Duration) throws {
    (self.shell, self.folder, self.patience) = (shell, folder, patience)
    try shell.write("echo $$\n")
    pid = Int32(try Self.line(shell)) ?? 0
  }

  /// Ends the bash's children and theirs: jobs, and a command that did not end.
  func endWhatRuns() {
    guard let processes = try? Program.runBlocking("ps", ["-A", "-o", "pid=,ppid="]).text else { return }
    let pairs = processes.split(separator: "\n").compactMap { line -> (pid: Int32, parent: Int32)? in
      let numbers = line.split(separator: " ").compactMap { Int32($0) }
      return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }
    var ended = pid == 0 ? [] : [pid]
    while let parent = ended.popLast() {
      for child in pairs where child.parent == parent {
        ended.append(child.pid)
        kill(child.pid, SIGKILL)
      }
    }
  }

  func carryOut(_ action: TerminalSession.Action) throws -> TerminalSession.Outcome {
    switch action {
    case .run(let command):
      let status = try type(
        "{ \(command)\n} >\(folder.file("out")) 2>\(folder.file("err")) </dev/null\necho $?\n")
      return outcome("out", "err", status)
    case .start(let command, let job):
      let file = folder.file("job\(job)")
      // Of a pipeline, all have the job's input and output; a lone command is the job itself, and its status the job's.
      let command = command.contains(" | ") ? "{ \(command); }" : command
      // Opened for both, the pipe makes neither its reader nor its writer wait for the other.
      _ = try type(
        """
        mkfifo \(file).in; exec {input\(job)}<>\(file).in
        \(command) >\(file).out 2>\(file).err <\(file).in & pid\(job)=$!; echo 0

        """)
      return .init()
    case .write(let line, let job):
      let quoted = line.replacing("'", with: "'\\''")
      _ = try type("printf '%s\\n' '\(quoted)' >&$input\(job); echo 0\n")
      return .init()
    case .awaitLines(let count, let job):
      return wait("\(count) lines", job) { $0.count { $0 == "\n" } >= count }
    case .awaitText(let text, let job):
      return wait("'\(text)'", job) { $0.contains(text) }
    case .end(let signal, let job):
      let kill = signal.map { "kill -\($0) -- -$pid\(job); " } ?? ""
      let status = try type("\(kill)wait $pid\(job); echo $?\n")
      return outcome("job\(job).out", "job\(job).err", status)
    }
  }

  private func type(_ text: String) throws -> Int32 {
    try shell.write(text)
    let line = try Self.line(shell)
    guard let status = Int32(line) else { throw Program.Failure("bash says '\(line)'") }
    return status
  }

  private static func line(_ shell: Conversation) throws -> String {
    let answer = try shell.answer { $0.last == UInt8(ascii: "\n") }
    return String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .newlines)
  }

  private func outcome(_ out: String, _ err: String, _ status: Int32) -> TerminalSession.Outcome {
    .init(stdout: text(out), stderr: text(err), status: status)
  }

  /// Bytes that are no UTF-8, of protobuf messages mostly, are shown as escapes.
  private func text(_ file: String) -> String {
    guard let bytes = FileManager.default.contents(atPath: folder.file(file)) else { return "" }
    if let text = String(data: bytes, encoding: .utf8), !text.contains("\0") { return text }
    return bytes.map { byte in
      byte == 0x0a || (0x20..<0x7f).contains(byte)
        ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private func wait(_ what: String, _ job: Int, until isThere: (String) -> Bool) -> TerminalSession.Outcome {
    let deadline = ContinuousClock.now + patience / 2
    while !isThere(text("job\(job).out")) {
      guard ContinuousClock.now < deadline else {
        return .init(
          stdout: text("job\(job).out"), stderr: text("job\(job).err"),
          missing: "job %\(job) has not printed \(what) within \(patience / 2)")
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return .init()
  }
}
