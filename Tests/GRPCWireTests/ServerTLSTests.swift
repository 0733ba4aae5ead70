import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import GRPCWire

@Suite(.needsOpenSSL, .timeLimit(.minutes(3))) struct ServerTLSTests {
  private static let calls: [String: Method] = [
    "/test.Service/WhoAmI": .unary { call, _ in
      call.send(ByteBuffer(string: call.peer.certificate?.commonName ?? "nobody"))
      call.finish()
    }
  ]

  private static func serverContext(
    _ pair: TestCertificates.Pair = TestCertificates.shared.server, asking: CertificateVerification = .none
  ) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(pair.certificate).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: pair.key, format: .pem)))
    configuration.applicationProtocols = ServerTLS.applicationProtocols
    configuration.certificateVerification = asking
    configuration.trustRoots = .file(TestCertificates.shared.authority.certificate)
    return try NIOSSLContext(configuration: configuration)
  }

  private static func clientContext(
    _ pair: TestCertificates.Pair? = nil, applicationProtocols: [String] = ["h2"]
  ) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .file(TestCertificates.shared.authority.certificate)
    configuration.applicationProtocols = applicationProtocols
    if let pair {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(pair.certificate).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: pair.key, format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }

  @Test("gRPC is served over TLS, with ALPN and without", arguments: [["h2"], []])
  func calls(applicationProtocols: [String]) async throws {
    let server = try await ServerUnderTest.start(tls: ServerTLS(try Self.serverContext()))
    let connection = try await connect(
      to: server.port, tls: Self.clientContext(applicationProtocols: applicationProtocols))
    let message = ByteBuffer(repeating: 3, count: 200_000)
    #expect(try await connection.unary(path: "/test.Service/Echo", message: message) == message)
  }

  @Test(
    "HTTP is served over TLS beside it", .needs(!Program.directories(holding: "curl").isEmpty, orElse: "no curl"),
    arguments: [("--http1.1", "1.1"), ("--http2", "2")])
  func http(option: String, version: String) async throws {
    let server = try await ServerUnderTest.start(tls: ServerTLS(try Self.serverContext()))
    let output = try await Program.run(
      "curl",
      [
        "-sS", option, "--cacert", TestCertificates.shared.authority.certificate, "-w", "%{http_version}",
        "https://localhost:\(server.port)/hello",
      ])
    #expect(output.text == "hello\n\(version)", "\(output)")
  }

  @Test("a call knows the common name of its client's verified certificate")
  func clientCertificate() async throws {
    let tls = ServerTLS(try Self.serverContext(asking: .noHostnameVerification))
    let server = try await ServerUnderTest.start(tls: tls, calls: Self.calls)
    let connection = try await connect(to: server.port, tls: Self.clientContext(TestCertificates.shared.client))
    let answer = try await connection.unary(path: "/test.Service/WhoAmI", message: ByteBuffer())
    #expect(String(buffer: answer) == "client")
  }

  @Test("common names are found in certificates of all shapes, the last one of a subject")
  func commonNames() throws {
    let folder = TemporaryFolder()
    for (subject, expected) in [
      ("/CN=first/O=etch/CN=läst", "läst"), ("/O=etch", nil),
      ("/C=DE/O=etch/CN=\(String(repeating: "n", count: 60))", String(repeating: "n", count: 60)),
    ] as [(String, String?)] {
      let output = try Program.runBlocking(
        "openssl",
        [
          "req", "-x509", "-utf8", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
          subject, "-keyout",
          folder.file("key"), "-out", folder.file("certificate"),
        ])
      #expect(output.status == 0, "\(output)")
      let certificate = try NIOSSLCertificate.fromPEMFile(folder.file("certificate"))[0]
      #expect(Peer.Certificate.commonName(in: try certificate.toDERBytes()) == expected)
    }
    let der = try NIOSSLCertificate.fromPEMFile(TestCertificates.shared.client.certificate)[0].toDERBytes()
    for length in 0..<der.count { _ = Peer.Certificate.commonName(in: Array(der.prefix(length))) }
  }

  @Test("plain text to a TLS port, and a client whose certificate is missing, end their connection and are reported")
  func failures() async throws {
    let server = try await ServerUnderTest.start(
      tls: ServerTLS(try Self.serverContext(asking: .noHostnameVerification)))
    let raw = try await RawClient.connect(to: server.port)
    raw.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
    await raw.waitForEnd()
    let plain = try await server.problems.next()
    guard case .tlsFailed = plain else {
      Issue.record("\(plain)")
      return
    }
    // With TLS 1.3 a client learns only by the end of its connection that it was refused.
    if let connection = try? await connect(to: server.port, tls: Self.clientContext()) { _ = await connection.closed() }
    let unknown = try await server.problems.next()
    #expect("\(unknown)".contains("TLS handshake failed"))
    let connection = try await connect(to: server.port, tls: Self.clientContext(TestCertificates.shared.client))
    #expect(try await connection.unary(path: "/test.Service/Echo", message: ByteBuffer()) == ByteBuffer())
  }

  @Test("every connection gets the certificate of its moment")
  func reload() async throws {
    let count = Counter()
    let pairs = [TestCertificates.shared.server, TestCertificates.shared.wrongName]
    let server = try await ServerUnderTest.start(
      tls: ServerTLS(makeHandler: { _ in NIOSSLServerHandler(context: try Self.serverContext(pairs[count.add(1) - 1])) }
      ))
    let connection = try await connect(to: server.port, tls: Self.clientContext())
    guard case .tlsFailed = await connectingError(server.port, tls: try Self.clientContext()) else {
      Issue.record("the second connection was accepted")
      return
    }
    #expect(try await connection.unary(path: "/test.Service/Echo", message: ByteBuffer()) == ByteBuffer())
  }

  @Test("a context that cannot be made closes the connection, and no other")
  func noContext() async throws {
    struct NoFile: Error {}
    let count = Counter()
    let server = try await ServerUnderTest.start(
      tls: ServerTLS(makeHandler: { _ in
        guard count.add(1) > 1 else { throw NoFile() }
        return NIOSSLServerHandler(context: try Self.serverContext())
      }))
    let raw = try await RawClient.connect(to: server.port)
    await raw.waitForEnd()
    let problem = try await server.problems.next()
    guard case .tlsFailed(is NoFile) = problem else {
      Issue.record("\(problem)")
      return
    }
    let connection = try await connect(to: server.port, tls: Self.clientContext())
    #expect(try await connection.unary(path: "/test.Service/Echo", message: ByteBuffer()) == ByteBuffer())
  }
}
