import NIOCore

/// The other end of a connection that a server has accepted.
public struct Peer: Sendable {
  public var address: SocketAddress?
  /// Whether it came by TLS.
  public var isSecure: Bool
  /// The certificate that the client showed and that was verified.
  public var certificate: Certificate?

  public init(address: SocketAddress? = nil, isSecure: Bool = false, certificate: Certificate? = nil) {
    self.address = address
    self.isSecure = isSecure
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
