import NIOCore

/// A call of any number of messages each way. One task may send while another receives.
///
/// Messages wait in the connection until they are asked for, and the server is held up when many do. When a task that
/// waits in `send` or `next` is cancelled, so is the call.
public final class GRPCStream: Sendable {
  private let call: StreamedCall
  /// Keeps the connection open.
  private let connection: GRPCConnection

  init(call: StreamedCall, connection: GRPCConnection) {
    self.call = call
    self.connection = connection
  }

  deinit {
    cancel()
  }

  /// Sends a message; waits while a good deal of earlier ones hasn't gone out for lack of the server's window.
  ///
  /// - Throws: the call's status when it has ended.
  public nonisolated(nonsending) func send(_ message: ByteBuffer) async throws(GRPCStatus) {
    if let handler = connection.handler.here, let progress = call.send(message, by: handler) {
      return try progress.get()
    }
    let call = self.call
    let isSent = connection.handler.here != nil
    let progress = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        connection.handler.run { handler in
          if !isSent, let progress = call.send(message, by: handler) {
            continuation.resume(returning: progress)
          } else {
            call.whenWritable(continuation)
          }
        }
      }
    } onCancel: {
      cancel()
    }
    try progress.get()
  }

  /// Tells the server that no more messages come. Those it sends still do.
  public func finish() {
    let call = self.call
    connection.handler.run { call.finishSending(by: $0) }
  }

  /// The next message, waited for if need be; nil when the call has ended well.
  ///
  /// - Throws: the call's status, if it isn't `ok`, after all messages that came before it.
  public nonisolated(nonsending) func next() async throws(GRPCStatus) -> ByteBuffer? {
    if let handler = connection.handler.here, let incoming = call.take(by: handler) {
      return try incoming.get()
    }
    let call = self.call
    let incoming = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        connection.handler.run { call.whenReceived(continuation, by: $0) }
      }
    } onCancel: {
      cancel()
    }
    return try incoming.get()
  }

  /// Ends the call at once (RST_STREAM), if it hasn't ended.
  public func cancel() {
    let call = self.call
    connection.handler.run { $0.cancel(call, .cancelledHere) }
  }
}
