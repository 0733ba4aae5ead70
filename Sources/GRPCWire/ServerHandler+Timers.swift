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

  /// Asks a client that has been silent for long with a PING, and closes if that isn't answered in time. Whatever comes
  /// counts as an answer; the PING's own begins the next round at once.
  func watchConnection() {
    let interval = TimeAmount.nanoseconds(service.limits.keepAliveInterval.nanoseconds)
    let bound = NIOLoopBound(self, eventLoop: loop)
    keepAliveTimer?.cancel()
    keepAliveTimer = loop.scheduleTask(deadline: lastRead + interval) {
      let handler = bound.value
      guard handler.lastRead + interval <= .now() else { return handler.watchConnection() }
      handler.askWhetherAlive()
    }
  }

  private func askWhetherAlive() {
    let asked = NIODeadline.now()
    codec.ping(0)
    flush()
    handleEvents()
    let bound = NIOLoopBound(self, eventLoop: loop)
    keepAliveTimer = loop.scheduleTask(in: .nanoseconds(service.limits.keepAliveTimeout.nanoseconds)) {
      let handler = bound.value
      guard handler.lastRead < asked else { return handler.watchConnection() }
      handler.service.report(.keepAliveTimedOut, handler.peer)
      handler.context?.close(promise: nil)
    }
  }
}
