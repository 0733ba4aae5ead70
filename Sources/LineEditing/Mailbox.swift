#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

import Synchronization

/// How every other thread reaches the edit thread: messages, and a pipe that wakes its poll.
final class Mailbox: Sendable {
  enum Message: Sendable {
    case print(String)
    /// Everything that was posted before is done.
    case flush(@Sendable () -> Void)
    case read(Request<Input>)
    case readSecret(Request<String?>)
    /// The task that asked with this request does not want the answer any more.
    case cancel(Int)
    case completed(Int, Completion)
    case resized
    case continued
    case close(@Sendable () -> Void)
  }

  /// A question to the edit thread, and where its answer goes.
  struct Request<Answer: Sendable>: Sendable {
    let id: Int
    let prompt: Prompt
    let answer: @Sendable (Answer) -> Void
  }

  /// Readable while messages wait.
  let wakeDescriptor: Int32
  private let writeDescriptor: Int32
  private let messages = Mutex<[Message]>([])

  init() {
    var ends: (Int32, Int32) = (0, 0)
    let result = withUnsafeMutablePointer(to: &ends) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
    }
    precondition(result == 0, "no pipe to wake the editor: \(SystemCalls.errorText())")
    (wakeDescriptor, writeDescriptor) = ends
    for descriptor in [wakeDescriptor, writeDescriptor] {
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }
  }

  deinit {
    close(wakeDescriptor)
    close(writeDescriptor)
  }

  func post(_ message: Message) {
    messages.withLock {
      if $0.isEmpty { SystemCalls.write("!", to: writeDescriptor) }
      $0.append(message)
    }
  }

  /// All that has arrived, without waiting.
  func take() -> [Message] {
    messages.withLock { messages in
      _ = SystemCalls.read(from: wakeDescriptor, limit: 16)
      defer { messages = [] }
      return messages
    }
  }
}
