import EtcdAPI
import NIOCore
import NIOPosix
import NIOSSL

extension RemoteEtcd {
  /// What one member tells of itself at `/metrics`, in Prometheus's text form.
  public func metrics(at text: String) async throws(EtcdError) -> String {
    let endpoint = try Endpoint(text)
    do {
      return try await MetricsRequest(dialer: dialer, endpoint: endpoint).answer()
    } catch let error as EtcdError {
      throw error
    } catch {
      throw EtcdError(.unavailable, "cannot read the metrics of \(endpoint.text)", cause: "\(error)")
    }
  }
}

/// One question in HTTP/1.0, which asks for nothing that a connection's end does not say.
private struct MetricsRequest {
  let dialer: Dialer
  let endpoint: Endpoint

  func answer() async throws -> String {
    let tls = dialer.tls.isUsed(for: endpoint) ? dialer.tls.contextForHTTP1() : nil
    let bootstrap = ClientBootstrap(group: dialer.loop)
      .connectTimeout(.nanoseconds(dialer.timeout.nanoseconds))
    let connected: EventLoopFuture<any Channel>
    let host: String?
    switch endpoint.address {
    case .tcp(let name, let port):
      host = name
      connected = bootstrap.connect(host: name, port: port)
    case .unix(let path):
      host = nil
      connected = bootstrap.connect(unixDomainSocketPath: path)
    }
    let name = dialer.tls.nameToVerify(host: host)
    let request = "GET /metrics HTTP/1.0\r\nHost: \(endpoint.authority)\r\nAccept: text/plain\r\n\r\n"
    let response = try await connected.flatMap { channel in
      let body = channel.eventLoop.makePromise(of: ByteBuffer.self)
      return channel.eventLoop.submit {
        if let tls {
          try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
        }
        try channel.pipeline.syncOperations.addHandler(Collector(body))
      }.flatMap {
        channel.writeAndFlush(ByteBuffer(string: request), promise: nil)
        return body.futureResult
      }
    }.get()
    return try body(of: String(buffer: response))
  }

  private func body(of response: String) throws(EtcdError) -> String {
    guard let end = response.firstRange(of: "\r\n\r\n") else {
      throw EtcdError(.unavailable, "\(endpoint.text) does not speak HTTP")
    }
    let status = response.prefix { $0 != "\r\n" }
    guard status.contains(" 200") else {
      throw EtcdError(.unavailable, "\(endpoint.text) answers \(status) when asked for /metrics")
    }
    return String(response[end.upperBound...])
  }

  /// Everything up to the connection's end.
  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<ByteBuffer>
    private var received = ByteBuffer()

    init(_ promise: EventLoopPromise<ByteBuffer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var bytes = unwrapInboundIn(data)
      received.writeBuffer(&bytes)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(received) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      promise.fail(error)
      context.close(promise: nil)
    }
  }
}
