import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A server started with flags of the test's choosing, whose end is the test's too. For a server as it comes, see
/// ``RealEtcd`` with ``RealEtcd/Release/etch``.
public final class ServedProcess: Sendable {
  private let folder: TemporaryFolder
  private let running: Mutex<RunningProcess?>

  public var log: String { (try? folder.read("log")) ?? "" }

  /// Starts it, and waits until it serves clients.
  ///
  /// - Parameter isServe: whether the flags come after `serve`.
  public static func start(
    _ arguments: [String], environment: [String: String] = [:], program: String = Program.etch, isServe: Bool = true
  ) async throws -> ServedProcess {
    let process = try ServedProcess(program, (isServe ? ["serve"] : []) + arguments, environment)
    try await process.waitUntilServing()
    return process
  }

  private init(_ program: String, _ arguments: [String], _ environment: [String: String]) throws {
    folder = TemporaryFolder("etch-serve-log")
    let logFile = open(folder.file("log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer {
      close(logFile)
      close(nothing)
    }
    let variables = RealEtcd.environment.merging(environment) { $1 }
    running = Mutex(
      RunningProcess(try Program.spawn(program, arguments, environment: variables, stdio: (nothing, logFile, logFile))))
  }

  deinit { running.withLock { _ = $0?.end(with: SIGKILL) } }

  private func waitUntilServing() async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !log.contains("ready to serve client requests") {
      guard running.withLock({ $0?.isRunning ?? false }) else {
        throw Program.Failure("it ended while starting:\n\(log)")
      }
      guard ContinuousClock.now < deadline else { throw Program.Failure("it does not serve after 60 s:\n\(log)") }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Sends a signal and waits for the end.
  ///
  /// - Returns: the exit status; 128 + the signal's number when a signal ended it.
  public func end(by signal: Int32) async -> Int32 {
    guard let running = running.withLock({ $0.take() }) else { fatalError("it has ended before") }
    return await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: running.end(with: signal)) }.start()
    }
  }
}
