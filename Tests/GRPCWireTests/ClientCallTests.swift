import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import GRPCWire

/// What a client makes of a server's doings, on a real socket.
@Suite(.timeLimit(.minutes(3))) struct ClientCallTests {
  /// Counts what a server saw; tests wait until it says what they expect.
  final class Record: Sendable {
    private let events = Mutex<[String]>([])

    func add(_ event: String) { events.withLock { $0.append(event) } }
    var all: [String] { events.withLock { $0 } }

    func wait(for event: String) async throws {
      let deadline = ContinuousClock.now + .seconds(20)
      while !all.contains(event) {
        try #require(ContinuousClock.now < deadline, "'\(event)' is not among \(all)")
        try await Task.sleep(for: .milliseconds(1))
      }
    }
  }

  /// Answers nothing, and writes down what ends its calls.
  private static func silent(_ record: Record) -> TestServer.Behaviour {
    { event, _ in
      switch event {
      case .request(_, let head): record.add("request \(head.path) \(head.timeout.map { "\($0 > 0)" } ?? "-")")
      case .ended(_, let status): record.add("ended \(status.code)")
      default: break
      }
    }
  }

  @Test("calls from a hundred tasks are answered each with its own message, on the loop and off it")
  func concurrentCalls() async throws {
    let server = try await TestServer.start(Behaviours.echo)
    let connection = try await connect(to: server.port)
    let executor = EventLoopTaskExecutor(MultiThreadedEventLoopGroup.singleton.next())
    try await withThrowingTaskGroup { group in
      for task in 0..<100 {
        group.addTask(executorPreference: task % 2 == 0 ? executor : nil) {
          for call in 0..<20 {
            let message = ByteBuffer(string: "\(task)/\(call)")
            let answer = try await connection.unary(path: "/a/b", message: message, timeout: .seconds(20))
            #expect(answer == message)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("a deadline is sent, and kept here whatever the server does")
  func deadline() async throws {
    let record = Record()
    let server = try await TestServer.start(Self.silent(record))
    let connection = try await connect(to: server.port)
    do {
      _ = try await connection.unary(path: "/a/b", message: ByteBuffer(), timeout: .milliseconds(50))
      Issue.record("answered")
    } catch {
      #expect(error.code == .deadlineExceeded)
      #expect(error.origin == .local(.deadlineExceeded, wasProcessedMaybe: true))
    }
    try await record.wait(for: "ended cancelled")
    #expect(record.all.first == "request /a/b true")
    // A later deadline is found behind an earlier one.
    async let late = try? connection.unary(path: "/a/late", message: ByteBuffer(), timeout: .milliseconds(60))
    async let early = try? connection.unary(path: "/a/early", message: ByteBuffer(), timeout: .milliseconds(20))
    #expect(await (late, early) == (nil, nil))
  }

  @Test("cancelling a task cancels its call, at the server as well")
  func cancellation() async throws {
    let record = Record()
    let server = try await TestServer.start(Self.silent(record))
    let connection = try await connect(to: server.port)
    let unary = Task { try await connection.unary(path: "/a/unary", message: ByteBuffer()) }
    try await record.wait(for: "request /a/unary -")
    unary.cancel()
    let result = await unary.result
    #expect(throws: GRPCStatus.cancelledHere) { try result.get() }
    try await record.wait(for: "ended cancelled")

    let stream = try await connection.open(path: "/a/stream")
    let reader = Task { try await stream.next() }
    try await record.wait(for: "request /a/stream -")
    reader.cancel()
    let streamResult = await reader.result
    #expect(throws: GRPCStatus.cancelledHere) { try streamResult.get() }
  }

  @Test("a task cancelled before its call makes none")
  func cancelledBefore() async throws {
    let record = Record()
    let server = try await TestServer.start(Self.silent(record))
    let connection = try await connect(to: server.port)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await connection.unary(path: "/a/b", message: ByteBuffer())
    }
    task.cancel()
    do {
      _ = try await task.value
      Issue.record("answered")
    } catch let error as GRPCStatus {
      #expect(error.code == .cancelled)
      #expect(error.isSafeToRetry)
    }
    #expect(record.all.isEmpty)
  }

  @Test("calls beyond the server's streams wait for their turn, also to be cancelled or out of time")
  func waitingForStreams() async throws {
    var limits = Limits()
    limits.maxConcurrentStreams = 1
    let record = Record()
    let server = try await TestServer.start(limits: limits) { event, codec in
      switch event {
      case .request(let id, let head):
        record.add(head.path)
        if head.path != "/a/blocker" { codec.finish(id, GRPCStatus(.aborted, head.path)) }
      default: break
      }
    }
    let connection = try await connect(to: server.port)
    let blocker = Task { try await connection.unary(path: "/a/blocker", message: ByteBuffer()) }
    try await record.wait(for: "/a/blocker")
    do {
      _ = try await connection.unary(path: "/a/late", message: ByteBuffer(), timeout: .milliseconds(30))
      Issue.record("answered")
    } catch {
      #expect(error.code == .deadlineExceeded)
      #expect(error.isSafeToRetry)
    }
    let cancelled = Task { try await connection.unary(path: "/a/cancelled", message: ByteBuffer()) }
    cancelled.cancel()
    _ = await cancelled.result
    let patient = Task { try await connection.unary(path: "/a/patient", message: ByteBuffer()) }
    blocker.cancel()
    let result = await patient.result
    #expect(throws: GRPCStatus(.aborted, "/a/patient")) { try result.get() }
    #expect(record.all == ["/a/blocker", "/a/patient"])
  }

  @Test("messages stream both ways; a slow reader holds the server back, and loses nothing")
  func streaming() async throws {
    let server = try await TestServer.start(Behaviours.echo)
    let connection = try await connect(to: server.port)
    let stream = try await connection.open(path: "/a/b")
    let sender = Task {
      for number in 0..<400 {
        try await stream.send(ByteBuffer(repeating: UInt8(number % 251), count: 20_000 + number))
      }
      stream.finish()
    }
    var number = 0
    while let message = try await stream.next() {
      #expect(message.readableBytes == 20_000 + number)
      #expect(message.readableBytesView.first == UInt8(number % 251))
      number += 1
    }
    #expect(number == 400)
    try await sender.value
    // The end is told again to whoever asks again.
    #expect(try await stream.next() == nil)
    await #expect(throws: GRPCStatus.self) { try await stream.send(ByteBuffer()) }
  }

  @Test("a reader that doesn't read bounds what is held for it")
  func backPressure() async throws {
    let sent = Atomic(0)
    let server = try await TestServer.start { event, codec in
      let message = ByteBuffer(repeating: 1, count: 60_000)
      switch event {
      case .requestEnded(1), .writable(1):
        while sent.load(ordering: .relaxed) < 1000 {
          sent.add(1, ordering: .relaxed)
          if !codec.send(message, on: 1) { return }
        }
        codec.finish(1, GRPCStatus(.ok, ""))
      default: break
      }
    }
    let connection = try await connect(to: server.port)
    let stream = try await connection.open(path: "/a/b")
    stream.finish()
    // Unary calls on the same connection go on, and by their answers the server has long sent what it could.
    let first = try #require(await stream.next())
    #expect(first.readableBytes == 60_000)
    for _ in 0..<20 {
      await #expect(throws: GRPCStatus.self) {
        try await connection.unary(path: "/a/c", message: ByteBuffer(), timeout: .milliseconds(5))
      }
    }
    #expect(sent.load(ordering: .relaxed) < 40)
    var count = 1
    while try await stream.next() != nil { count += 1 }
    #expect(count == 1000)
  }

  @Test("the end of a connection ends its calls, with the reason, and refuses new ones as unsent")
  func connectionLost() async throws {
    let server = try await TestServer.start { event, codec in
      if case .request(_, let head) = event, head.path == "/a/break" {
        codec.output.writeBytes([0, 0, 0, 6, 0, 0, 0, 0, 9])
      }
    }
    let connection = try await connect(to: server.port)
    let stream = try await connection.open(path: "/a/b")
    let broken = await status { () async throws(GRPCStatus) in
      try await connection.unary(path: "/a/break", message: ByteBuffer())
    }
    #expect(broken?.code == .unavailable)
    #expect(broken?.origin == .local(.connectionClosed, wasProcessedMaybe: true))
    #expect(broken?.message.contains("PING") == true)
    await #expect(throws: GRPCStatus.self) { try await stream.next() }
    guard case .protocolBroken(let error) = await connection.closed() else {
      Issue.record("another end")
      return
    }
    #expect(error.code == .protocolError)
    #expect(!connection.isOpen)
    do {
      _ = try await connection.unary(path: "/a/b", message: ByteBuffer())
      Issue.record("answered")
    } catch {
      #expect(error.isSafeToRetry)
    }
  }

  @Test("when the server goes away, calls it took are answered and the connection takes no more")
  func goingAway() async throws {
    let waiting = Mutex<UInt32?>(nil)
    let server = try await TestServer.start { event, codec in
      switch event {
      case .request(let id, let head) where head.path == "/a/slow": waiting.withLock { $0 = id }
      case .requestEnded(let id) where waiting.withLock({ $0 }) != id:
        codec.finish(id, GRPCStatus(.aborted, "last"))
        codec.shutDown()
        codec.finish(waiting.withLock { $0! }, GRPCStatus(.aborted, "slow"))
      default: break
      }
    }
    let connection = try await connect(to: server.port)
    let slow = Task { try await connection.unary(path: "/a/slow", message: ByteBuffer()) }
    while waiting.withLock({ $0 }) == nil { await Task.yield() }
    await #expect(throws: GRPCStatus(.aborted, "last")) {
      try await connection.unary(path: "/a/b", message: ByteBuffer())
    }
    guard case .goneAway(.noError, _) = await connection.closed() else {
      Issue.record("another end")
      return
    }
    let result = await slow.result
    #expect(throws: GRPCStatus(.aborted, "slow")) { try result.get() }
    #expect(!connection.isOpen)
  }

  @Test("closing gracefully waits for calls under way, closing at once ends them")
  func closing() async throws {
    let record = Record()
    let server = try await TestServer.start { event, codec in
      switch event {
      case .request(_, let head): record.add(head.path)
      case .requestEnded(1): break
      case .requestEnded(let id): codec.finish(id, GRPCStatus(.aborted, "done"))
      case .goingAway:
        record.add("goodbye")
        codec.finish(1, GRPCStatus(.aborted, "late"))
      default: break
      }
    }
    let connection = try await connect(to: server.port)
    let call = Task { try await connection.unary(path: "/a/b", message: ByteBuffer()) }
    try await record.wait(for: "/a/b")
    connection.close(graceful: true)
    let result = await call.result
    #expect(throws: GRPCStatus(.aborted, "late")) { try result.get() }
    guard case .closedHere = await connection.closed() else {
      Issue.record("another end")
      return
    }

    let other = try await connect(to: server.port)
    let stream = try await other.open(path: "/a/c")
    other.close(graceful: false)
    await #expect(throws: GRPCStatus.self) { try await stream.next() }
    guard case .closedHere = await other.closed() else {
      Issue.record("another end")
      return
    }
  }

  @Test("a connection nobody holds any more is closed")
  func abandoned() async throws {
    let record = Record()
    let server = try await TestServer.start { event, _ in
      if case .goingAway = event { record.add("goodbye") }
    }
    do {
      let connection = try await connect(to: server.port)
      #expect(connection.isOpen)
    }
    try await record.wait(for: "goodbye")
  }
}
