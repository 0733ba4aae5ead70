import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where log lines go: whole lines, each by one write, in the order they come.
final class LogSink: Sendable {
  struct Failure: Error {
    var text: String
  }

  private let descriptors: Mutex<[Int32]>

  init(descriptors: [Int32] = [STDERR_FILENO]) { self.descriptors = Mutex(descriptors) }

  /// Opens what `--log-outputs` names. `default` and `systemd/journal` are stderr, which systemd writes to its journal.
  convenience init(outputs: [String]) throws(Failure) {
    var descriptors: [Int32] = []
    for output in outputs {
      let descriptor: Int32
      switch output {
      case "default", "stderr", "systemd/journal": descriptor = STDERR_FILENO
      case "stdout": descriptor = STDOUT_FILENO
      default:
        descriptor = open(output, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw Failure(text: "open \(output): \(String(cString: strerror(errno)))") }
      }
      if !descriptors.contains(descriptor) { descriptors.append(descriptor) }
    }
    self.init(descriptors: descriptors)
  }

  func write(_ line: [UInt8]) {
    descriptors.withLock { descriptors in
      for descriptor in descriptors {
        var rest = line[...]
        while !rest.isEmpty {
          let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
          // A log that cannot be written must not stop the server.
          if count < 0 && errno != EINTR { break }
          rest = rest.dropFirst(max(count, 0))
        }
      }
    }
  }
}

private let systemWrite = write
