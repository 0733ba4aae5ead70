import NIOCore

/// The other end of a connection that a server has accepted.
public struct Peer: Sendable {
  public var address: SocketAddress?
  /// The certificate that the client showed and that was verified.
  public var certificate: Certificate?

  public init(address: SocketAddress? = nil, certificate: Certificate? = nil) {
    self.address = address
    self.certificate = certificate
  }

  public struct Certificate: Sendable, Equatable {
    /// The subject's common name, empty if it has none.
    public var commonName: String
    public var der: [UInt8]

    public init(commonName: String, der: [UInt8]) {
      self.commonName = commonName
      self.der = der
    }
  }
}
