import NIOCore

extension ServerHandler {
  /// Most calls end long before their deadline, so one timer for the earliest serves them all: it isn't moved when a
  /// call ends, and finds out whom it concerns when it fires.
  func setTimer(_ deadline: NIODeadline) {
    if let timer, timer.deadline <= deadline { return }
    timer?.task.cancel()
    let bound = NIOLoopBound(self, eventLoop: loop)
    timer = (deadline, loop.scheduleTask(deadline: deadline) { bound.value.deadlinePassed() })
  }

  private func deadlinePassed() {
    timer = nil
    let now = NIODeadline.now()
    var next: NIODeadline?
    for (stream, call) in calls.sorted(by: { $0.key < $1.key }) {
      guard let deadline = call.deadline else { continue }
      if deadline <= now {
        let status = GRPCStatus.local(.deadlineExceeded, "context deadline exceeded", .deadlineExceeded)
        finish(stream, status)
        call.ended(status)
      } else {
        next = min(next ?? deadline, deadline)
      }
    }
    if let next { setTimer(next) }
  }

  /// Closes unless the client says in time, and in full, that it speaks HTTP/2.
  func awaitGreeting() {
    let bound = NIOLoopBound(self, eventLoop: loop)
    greetingTimer = loop.scheduleTask(in: .nanoseconds(service.limits.handshakeTimeout.nanoseconds)) {
      bound.value.service.report(.handshakeTimedOut, bound.value.peer)
      bound.value.context?.close(promise: nil)
    }
  }

  /// Asks a client that has been silent for long with a PING, and closes if that isn't answered.
  func watchConnection() {
    let interval = TimeAmount.nanoseconds(service.limits.keepAliveInterval.nanoseconds)
    let bound = NIOLoopBound(self, eventLoop: loop)
    loop.scheduleTask(deadline: lastRead + interval) {
      let handler = bound.value
      guard handler.context != nil else { return }
      guard handler.lastRead + interval <= .now() else { return handler.watchConnection() }
      let asked = NIODeadline.now()
      handler.codec.ping(0)
      handler.flush()
      handler.handleEvents()
      handler.loop.scheduleTask(in: .nanoseconds(handler.service.limits.keepAliveTimeout.nanoseconds)) {
        let handler = bound.value
        guard let context = handler.context else { return }
        guard handler.lastRead < asked else { return handler.watchConnection() }
        handler.service.report(.keepAliveTimedOut, handler.peer)
        context.close(promise: nil)
      }
    }
  }
}
