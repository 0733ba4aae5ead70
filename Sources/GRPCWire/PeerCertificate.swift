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
        if type.tag == 0x06, type.content.elementsEqual([0x55, 0x04, 0x03]) {
          name = String(decoding: value.content, as: UTF8.self)
        }
      }
    }
    return name
  }
}

/// Reads the elements of DER one after the other: tag, length, content.
private struct DERReader {
  struct Element {
    let tag: UInt8
    let content: ArraySlice<UInt8>

    var children: DERReader { DERReader(content) }
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  mutating func next() -> Element? {
    guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
    var length = Int(first)
    if first & 0x80 != 0 {
      let count = Int(first & 0x7f)
      guard (1...4).contains(count), rest.count >= count else { return nil }
      length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(count)
    }
    guard length <= rest.count else { return nil }
    defer { rest = rest.dropFirst(length) }
    return Element(tag: tag, content: rest.prefix(length))
  }
}
