import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import GRPCWire

/// Why there is no connection: each cause is told apart.
@Suite(.timeLimit(.minutes(3))) struct ConnectingTests {
  @Test("nobody listens")
  func refused() async {
    guard case .refused = await connectingError(Int(FreePort.pick())) else {
      Issue.record("not refused")
      return
    }
  }

  @Test("no socket file")
  func noSocketFile() async {
    do {
      _ = try await GRPCConnection.connect(
        to: GRPCTarget(.unix(path: "/nonexistent/socket"), authority: "localhost"),
        on: MultiThreadedEventLoopGroup.singleton.next(), timeout: .seconds(5))
      Issue.record("connected")
    } catch {
      guard case .unreachable(let error as IOError) = error else {
        Issue.record("\(error as Any)")
        return
      }
      #expect(error.errnoCode == 2)
    }
  }

  @Test("a name that doesn't exist")
  func unknownName() async {
    do {
      _ = try await GRPCConnection.connect(
        to: GRPCTarget(.host("no-such-host.invalid", port: 2379), authority: "localhost"),
        on: MultiThreadedEventLoopGroup.singleton.next(), timeout: .seconds(20))
      Issue.record("connected")
    } catch {
      guard case .nameNotResolved(host: "no-such-host.invalid", _) = error else {
        Issue.record("\(error as Any)")
        return
      }
    }
  }

  @Test("a server that accepts and says nothing is given up when the time is over")
  func silence() async throws {
    let server = try await TestServer.start(saying: [], thenClosing: false)
    let error = await connectingError(server.port, timeout: .seconds(1))
    guard case .timedOut(isConnected: true) = error else {
      Issue.record("\(error as Any)")
      return
    }
  }

  @Test("a server that hangs up")
  func hangUp() async throws {
    let server = try await TestServer.start(saying: [], thenClosing: true)
    let error = await connectingError(server.port)
    guard case .closedDuringHandshake = error else {
      Issue.record("\(error as Any)")
      return
    }
  }

  @Test(
    "another protocol, with what it said", arguments: ["HTTP/1.1 400 Bad Request\r\n\r\nno", "SSH"], [true, false])
  func otherProtocol(text: String, closes: Bool) async throws {
    // Less than a frame's header says what it is only at its end.
    guard closes || text.utf8.count >= 9 else { return }
    let server = try await TestServer.start(saying: Array(text.utf8), thenClosing: closes)
    let error = await connectingError(server.port)
    guard case .notHTTP2(let bytes) = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(String(buffer: bytes) == text)
  }

  @Test("a cancelled task gives up at once")
  func cancelled() async throws {
    let server = try await TestServer.start(saying: [], thenClosing: false)
    let port = server.port
    let task = Task { await connectingError(port) }
    task.cancel()
    let error = await task.value
    guard case .cancelled = error else {
      Issue.record("\(error as Any)")
      return
    }
  }

  @Test("a socket file serves as an address")
  func unixSocket() async throws {
    let folder = TemporaryFolder()
    let server = try await TestServer.start(unixPath: folder.file("s"), Behaviours.echo)
    defer { withExtendedLifetime(server) {} }
    let connection = try await GRPCConnection.connect(
      to: GRPCTarget(.unix(path: folder.file("s")), authority: "localhost"),
      on: MultiThreadedEventLoopGroup.singleton.next(), timeout: .seconds(5))
    let answer = try await connection.unary(path: "/a/b", message: ByteBuffer(string: "hello"))
    #expect(answer == ByteBuffer(string: "hello"))
  }
}

/// TLS failures, each with its cause.
@Suite(.needsOpenSSL, .timeLimit(.minutes(3))) struct TLSConnectingTests {
  private static func context(
    _ pair: TestCertificates.Pair, clientAuthority: TestCertificates.Pair? = nil
  ) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(pair.certificate).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: pair.key, format: .pem)))
    configuration.applicationProtocols = ["h2"]
    if let clientAuthority {
      configuration.certificateVerification = .noHostnameVerification
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(clientAuthority.certificate))
    }
    return try NIOSSLContext(configuration: configuration)
  }

  private static func clientContext(trusting authority: TestCertificates.Pair) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority.certificate))
    configuration.applicationProtocols = ["h2"]
    return try NIOSSLContext(configuration: configuration)
  }

  @Test("a trusted server is called over TLS")
  func trusted() async throws {
    let certificates = TestCertificates.shared
    let server = try await TestServer.start(tls: Self.context(certificates.server), Behaviours.echo)
    let connection = try await connect(to: server.port, tls: Self.clientContext(trusting: certificates.authority))
    let answer = try await connection.unary(path: "/a/b", message: ByteBuffer(repeating: 7, count: 300_000))
    #expect(answer.readableBytes == 300_000)
  }

  @Test(
    "an unknown authority, an expired certificate and another's certificate are TLS failures with the reason",
    arguments: [
      ("otherauthority", "server", "CERTIFICATE_VERIFY_FAILED"), ("authority", "expired", "CERTIFICATE_VERIFY_FAILED"),
      ("authority", "wrongname", "ailed"),
    ])
  func untrusted(authority: String, server: String, text: String) async throws {
    let certificates = TestCertificates.shared
    let pairs = ["server": certificates.server, "expired": certificates.expired, "wrongname": certificates.wrongName]
    let authorities = ["authority": certificates.authority, "otherauthority": certificates.otherAuthority]
    let peer = try await TestServer.start(tls: Self.context(pairs[server]!), Behaviours.echo)
    let error = try await connectingError(peer.port, tls: Self.clientContext(trusting: authorities[authority]!))
    guard case .tlsFailed(let cause, let certificate) = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect("\(cause)".contains(text))
    #expect(certificate != nil)
  }

  @Test("a server that wants a certificate says so, in TLS 1.3 after the handshake")
  func certificateRequired() async throws {
    let certificates = TestCertificates.shared
    let server = try await TestServer.start(
      tls: Self.context(certificates.server, clientAuthority: certificates.authority), Behaviours.echo)
    let error = try await connectingError(server.port, tls: Self.clientContext(trusting: certificates.authority))
    guard case .tlsFailed(let cause, let certificate) = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect("\(cause)".contains("CERTIFICATE_REQUIRED"))
    #expect(certificate != nil)
  }

  @Test("a plain server where TLS was expected")
  func plainServer() async throws {
    let server = try await TestServer.start(saying: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), thenClosing: false)
    let error = try await connectingError(
      server.port, tls: Self.clientContext(trusting: TestCertificates.shared.authority))
    guard case .tlsFailed(let cause, nil) = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect("\(cause)".contains("WRONG_VERSION_NUMBER"))
  }

  @Test("a TLS server where plain text was expected")
  func tlsServer() async throws {
    let server = try await TestServer.start(tls: Self.context(TestCertificates.shared.server), Behaviours.echo)
    let error = await connectingError(server.port)
    switch error {
    case .notHTTP2(let bytes): #expect(bytes.getInteger(at: 0, as: UInt8.self) == 0x15)
    case .closedDuringHandshake: break
    default: Issue.record("\(error as Any)")
    }
  }
}

enum Behaviours {
  /// Every message comes back.
  static let echo: TestServer.Behaviour = { event, codec in
    switch event {
    case .message(let id, let message):
      codec.consume(id, messageSize: message.readableBytes)
      codec.send(message, on: id)
    case .requestEnded(let id): codec.finish(id, GRPCStatus(.ok, ""))
    default: break
    }
  }
}
