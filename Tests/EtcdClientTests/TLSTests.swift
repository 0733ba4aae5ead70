import EtcdAPI
import EtcdClient
import Foundation
import TestSupport
import Testing

@Suite("TLS, against real etcd", .needsOpenSSL, .timeLimit(.minutes(2)))
struct TLSTests {
  private let certificates = TestCertificates.shared

  private func client(_ endpoint: String, _ configure: (inout RemoteEtcd.TLS) -> Void = { _ in }) throws -> RemoteEtcd {
    try RemoteEtcd(endpoint) { configuration in
      var tls = RemoteEtcd.TLS()
      tls.authorityFile = certificates.authority.certificate
      configure(&tls)
      configuration.tls = tls
    }
  }

  private func put(_ etcd: RemoteEtcd) async -> EtcdError? {
    await failure { () async throws(EtcdError) in try await etcd.put(PutRequest("a", "1")) }
  }

  @Test("A server is trusted by its authority, its address and its name", arguments: RealEtcd.installed)
  func trusted(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release, .init(server: certificates.server))
    #expect(await put(try client(server.clientURL)) == nil)
    #expect(await put(try client("https://localhost:\(server.clientPort)")) == nil)
    // Without a scheme the TLS options decide.
    #expect(await put(try client(server.clientAddress)) == nil)
  }

  @Test("A client certificate is shown where it is asked for", arguments: RealEtcd.installed)
  func mutual(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(
      release, .init(server: certificates.server, clientAuthority: certificates.authority))
    let known = try client(server.clientURL) {
      $0.certificateFile = certificates.client.certificate
      $0.keyFile = certificates.client.key
    }
    #expect(await put(known) == nil)

    let none = await put(try client(server.clientURL))
    #expect(none?.cause == "the server wants a client certificate, and none was given")
    #expect(none?.remedy == "give one that the server's authority signed, with --cert and --key")

    let strange = try client(server.clientURL) {
      $0.certificateFile = certificates.strangeClient.certificate
      $0.keyFile = certificates.strangeClient.key
    }
    #expect(
      await put(strange)?.cause
        == "the server refused the client certificate 'strangeclient': it is signed by 'etch test otherauthority'")
  }

  @Test("An unknown authority is named", arguments: RealEtcd.installed)
  func unknownAuthority(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release, .init(server: certificates.server))
    let error = await put(
      try client(server.clientURL) { $0.authorityFile = certificates.otherAuthority.certificate })
    #expect(
      error?.cause == "the server's certificate 'server' is signed by 'etch test authority', which is not trusted here")
    #expect(error?.remedy == "give that authority's certificate with --cacert")
    #expect(await put(try RemoteEtcd(server.clientURL))?.cause == error?.cause)
  }

  @Test("An https endpoint that only a later call names is verified too", .needsEtcd35)
  func namedLater() async throws {
    let server = try await RealEtcd.start(.v35, .init(server: certificates.server))
    let etcd = try RemoteEtcd("http://127.0.0.1:\(FreePort.pick())")
    let error = await failure { () async throws(EtcdError) in
      try await etcd.status(StatusRequest(), at: server.clientURL)
    }
    #expect(error?.cause?.hasSuffix("which is not trusted here") == true, "\(error as Any)")
  }

  @Test("An expired certificate is named with its last day", arguments: RealEtcd.installed)
  func expired(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release, .init(server: certificates.expired))
    let error = await put(try client(server.clientURL))
    #expect(error?.cause == "the server's certificate 'expired' expired on 2021-01-01")
    #expect(await put(try client(server.clientURL) { $0.skipsVerification = true }) == nil)
  }

  @Test("A certificate for another name is named with those it is good for", arguments: RealEtcd.installed)
  func wrongName(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release, .init(server: certificates.wrongName))
    let byAddress = await put(try client(server.clientURL))
    #expect(
      byAddress?.cause
        == "the server's certificate 'wrongname' is good for elsewhere.example, 127.9.9.9, "
        + "not for '127.0.0.1:\(server.clientPort)'")
    let byName = await put(try client("https://localhost:\(server.clientPort)"))
    #expect(byName?.cause?.contains("not for 'localhost:\(server.clientPort)'") == true)
    #expect(await put(try client(server.clientURL) { $0.serverName = "elsewhere.example" }) == nil)
  }

  @Test("Plain text spoken to a TLS port, and TLS to a plain one, are told apart", arguments: RealEtcd.installed)
  func wrongScheme(release: RealEtcd.Release) async throws {
    let secure = try await RealEtcd.start(
      release, .init(server: certificates.server, clientAuthority: certificates.authority))
    let plain = await put(try RemoteEtcd("http://\(secure.clientAddress)"))
    #expect(plain?.cause == "the server speaks TLS, and was spoken to in plain text")
    #expect(plain?.remedy?.hasPrefix("write https://\(secure.clientAddress)") == true)

    let open = try await RealEtcd.start(release)
    let encrypted = await put(try client("https://\(open.clientAddress)"))
    #expect(encrypted?.cause == "the server speaks plain text, and was spoken to in TLS")
    #expect(encrypted?.remedy == "write http://\(open.clientAddress)")
  }

  @Test("Files that cannot be used are named before anything is connected")
  func files() throws {
    func error(_ configure: (inout RemoteEtcd.TLS) -> Void) -> EtcdError? {
      do throws(EtcdError) {
        var tls = RemoteEtcd.TLS()
        configure(&tls)
        var configuration = RemoteEtcd.Configuration()
        configuration.tls = tls
        _ = try RemoteEtcd(configuration)
        return nil
      } catch {
        return error
      }
    }
    #expect(error { $0.authorityFile = "/nowhere/ca.pem" }?.message == "cannot use '/nowhere/ca.pem'")
    #expect(error { $0.authorityFile = certificates.server.key }?.message == "cannot use '\(certificates.server.key)'")
    #expect(error { $0.certificateFile = certificates.client.certificate }?.remedy == "give --key as well")
    #expect(error { $0.keyFile = certificates.client.key }?.remedy == "give --cert as well")
    #expect(error { $0.serverName = "127.0.0.1" }?.remedy == "give a DNS name")
    let mismatch = error {
      $0.certificateFile = certificates.client.certificate
      $0.keyFile = certificates.server.key
    }
    #expect(mismatch?.cause?.contains("does not belong to") == true)
  }

  @Test("A watch survives a restart over TLS", .needsEtcd35)
  func watch() async throws {
    let server = try await RealEtcd.start(.v35, .init(server: certificates.server))
    let etcd = try client(server.clientURL)
    let watch = try await etcd.watch(WatchCreateRequest(prefix: "/"))
    #expect(try await watch.responses.next()?.created == true)
    try await server.restart()
    _ = try await etcd.put(PutRequest("/a", "1"))
    #expect(try await watch.responses.next()?.values == ["1"])
  }
}
