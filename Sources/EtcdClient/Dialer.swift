import EtcdAPI
import GRPCWire
import NIOCore
import NIOSSL

/// Makes connections: knows TLS, the time allowed, and how to find out what is wrong when one fails.
struct Dialer: Sendable {
  let loop: any EventLoop
  let executor: EventLoopTaskExecutor
  let timeout: Duration
  let keepAlive: GRPCKeepAlive
  let tls: TLSSetup

  func connect(to endpoint: Endpoint) async throws(ConnectionFailure) -> GRPCConnection {
    do throws(GRPCConnectionError) {
      return try await connect(to: endpoint, usingTLS: tls.isUsed(for: endpoint), verifying: true, timeout)
    } catch {
      throw await explain(error, endpoint)
    }
  }

  private func connect(
    to endpoint: Endpoint, usingTLS: Bool, verifying: Bool, _ timeout: Duration
  ) async throws(GRPCConnectionError) -> GRPCConnection {
    let address: GRPCTarget.Address
    var serverName: String?
    switch endpoint.address {
    case .tcp(let host, let port):
      address = .host(host, port: port)
      serverName = host
    case .unix(let path):
      address = .unix(path: path)
      serverName = path.split(separator: "/").last.map(String.init)
    }
    let context = usingTLS ? (verifying ? tls.context() : tls.probingContext()) : nil
    let target = GRPCTarget(
      address, authority: tls.serverName ?? endpoint.authority, tls: context,
      serverHostname: tls.nameToVerify(host: serverName))
    return try await GRPCConnection.connect(to: target, on: loop, timeout: timeout, keepAlive: keepAlive)
  }

  private func explain(_ error: GRPCConnectionError, _ endpoint: Endpoint) async -> ConnectionFailure {
    let usesTLS = tls.isUsed(for: endpoint)
    switch error {
    case .closedDuringHandshake, .notHTTP2, .tlsFailed(_, peerCertificate: nil):
      if await speaks(tls: !usesTLS, endpoint) { return .wrongScheme(endpoint, serverUsesTLS: !usesTLS) }
    default: break
    }
    return ConnectionFailure(error, endpoint, tls)
  }

  /// Whether the endpoint speaks TLS, or plain HTTP/2.
  private func speaks(tls wantsTLS: Bool, _ endpoint: Endpoint) async -> Bool {
    do throws(GRPCConnectionError) {
      let connection = try await connect(to: endpoint, usingTLS: wantsTLS, verifying: false, timeout)
      connection.close(graceful: false)
      return true
    } catch {
      // A server that wants a client certificate shows its own before it ends the handshake.
      if case .tlsFailed(_, peerCertificate: .some) = error { return true }
      return false
    }
  }
}
