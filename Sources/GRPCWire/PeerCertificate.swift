import NIOSSL

extension Peer.Certificate {
  init?(_ certificate: NIOSSLCertificate) {
    guard let der = try? certificate.toDERBytes() else { return nil }
    self.init(commonName: Self.commonName(in: der) ?? "", der: der)
  }

  /// The subject's last common name.
  ///
  ///     Certificate = SEQUENCE { TBSCertificate = SEQUENCE { [0] version?, serialNumber, signature, issuer, validity,
  ///       subject = SEQUENCE { SET { SEQUENCE { OBJECT IDENTIFIER 2.5.4.3, string } … } … } … } … }
  static func commonName(in der: [UInt8]) -> String? {
    var outer = DERReader(der[...])
    guard var certificate = outer.next()?.children, var fields = certificate.next()?.children else { return nil }
    guard let first = fields.next() else { return nil }
    // serialNumber (if a version came before it), signature, issuer, validity
    for _ in 0..<(first.tag == 0xa0 ? 4 : 3) where fields.next() == nil { return nil }
    guard var subject = fields.next()?.children else { return nil }
    var name: String?
    while var attributes = subject.next()?.children {
      while var attribute = attributes.next()?.children {
        guard let type = attribute.next(), let value = attribute.next() else { return name }
        if type.tag == DERReader.Tag.objectIdentifier, type.content.elementsEqual([0x55, 0x04, 0x03]) {
          name = String(decoding: value.content, as: UTF8.self)
        }
      }
    }
    return name
  }
}
