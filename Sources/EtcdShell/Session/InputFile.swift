import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file read ahead by a thread of its own, so that a script's commands and the reading of its next lines overlap and
/// no task ever blocks in `read`.
///
///     thread:  read | read | read | …      at most `depth` pieces ahead
///     script:         run run run | run …
final class InputFile: Sendable {
  private struct State {
    var pieces: [[UInt8]] = []
    var isAtEnd = false
    var failure: ShellError?
    var waiter: CheckedContinuation<Void, Never>?
    var hasStarted = false
  }

  private let descriptor: Int32
  private let name: String
  private let isOwned: Bool
  private let state = Mutex(State())
  /// Counts the pieces that may still be read. It begins at zero and is raised at once, because a semaphore must not
  /// end below the value it was made with.
  private let room = DispatchSemaphore(value: 0)
  private static let pieceSize = 256 << 10
  private static let depth = 4

  /// - Parameter isOwned: whether to close the descriptor at the end.
  init(descriptor: Int32, name: String, isOwned: Bool = false) {
    self.descriptor = descriptor
    self.name = name
    self.isOwned = isOwned
    for _ in 0..<Self.depth { room.signal() }
  }

  /// The next bytes in whatever size they came, or nil at the end.
  ///
  /// - Parameter beforeWaiting: called when nothing has been read ahead.
  func next(beforeWaiting: () -> Void) async throws(ShellError) -> [UInt8]? {
    while true {
      let (piece, isDone, failure) = take()
      if let failure { throw failure }
      if let piece {
        room.signal()
        return piece
      }
      if isDone { return nil }
      beforeWaiting()
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if !state.pieces.isEmpty || state.isAtEnd { return true }
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    }
  }

  private func take() -> ([UInt8]?, Bool, ShellError?) {
    state.withLock { state in
      if !state.hasStarted {
        state.hasStarted = true
        start()
      }
      if state.pieces.isEmpty { return (nil, state.isAtEnd, state.failure) }
      return (state.pieces.removeFirst(), false, nil)
    }
  }

  private func start() {
    let raw = Unmanaged.passRetained(self).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let result = pthread_create(
      &thread, nil,
      { raw in
        #if canImport(Darwin)
          Unmanaged<InputFile>.fromOpaque(raw).takeRetainedValue().readAll()
        #else
          Unmanaged<InputFile>.fromOpaque(raw!).takeRetainedValue().readAll()
        #endif
        return nil
      }, raw)
    precondition(result == 0, "no thread to read with: \(String(cString: strerror(result)))")
    #if canImport(Darwin)
      pthread_detach(thread!)
    #else
      pthread_detach(thread)
    #endif
  }

  private func readAll() {
    while true {
      room.wait()
      var failure: ShellError?
      let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
        var got = 0
        repeat { got = read(descriptor, buffer.baseAddress!, buffer.count) } while got < 0 && errno == EINTR
        if got < 0 {
          failure = ShellError("cannot read \(name): \(String(cString: strerror(errno)))", status: ExitStatus.io)
        }
        count = max(0, got)
      }
      let waiter = state.withLock { state in
        if piece.isEmpty {
          state.isAtEnd = true
          state.failure = failure
        } else {
          state.pieces.append(piece)
        }
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
      if piece.isEmpty {
        if isOwned { close(descriptor) }
        return
      }
    }
  }
}
