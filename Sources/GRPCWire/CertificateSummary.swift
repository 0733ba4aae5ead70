import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What an error message says of a certificate.
public struct CertificateSummary: Sendable {
  /// The common names, or all of the name where it has none.
  public let subject: String
  public let issuer: String
  /// DNS names and addresses.
  public let names: [String]
  /// Seconds since 1970, as ``notAfter``.
  public let notBefore: time_t
  public let notAfter: time_t

  public init(_ certificate: NIOSSLCertificate) {
    let bytes = (try? certificate.toDERBytes()) ?? []
    let (issuer, subject) = DistinguishedNames.read(certificate: bytes) ?? ("unknown", "unknown")
    self.subject = subject
    self.issuer = issuer
    notBefore = certificate.notValidBefore
    notAfter = certificate.notValidAfter
    names = certificate._subjectAlternativeNames().compactMap { name in
      switch name.nameType {
      case .dnsName: String(decoding: name.contents, as: UTF8.self)
      case .ipAddress: Self.address(Array(name.contents))
      default: nil
      }
    }
  }

  /// `2021-01-31`, in UTC.
  public static func day(_ time: time_t) -> String {
    var time = time
    var parts = tm()
    gmtime_r(&time, &parts)
    let (year, month, day) = (Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }

  private static func address(_ bytes: [UInt8]) -> String? {
    switch bytes.count {
    case 4: return bytes.map(String.init).joined(separator: ".")
    case 16:
      return stride(from: 0, to: 16, by: 2)
        .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    default: return nil
    }
  }
}

/// Reads the issuer and the subject of a certificate, which swift-nio-ssl doesn't tell.
///
///     Certificate = { { [0] version, serial, algorithm, issuer, validity, subject, … }, … }   each { } a SEQUENCE
///     issuer, subject = { ( { OID, text } )… }                                                each ( ) a SET
private enum DistinguishedNames {
  private static let commonName: [UInt8] = [0x55, 0x04, 0x03]

  static func read(certificate: [UInt8]) -> (issuer: String, subject: String)? {
    var outer = DERReader(certificate[...])
    guard var body = outer.next()?.children, var fields = body.next()?.children,
      let first = fields.next()
    else { return nil }
    // The version is left out in certificates of version 1.
    if first.tag == 0xa0 { _ = fields.next() }
    let algorithm = fields.next()
    let issuer = fields.next()
    let validity = fields.next()
    guard algorithm != nil, let issuer, validity != nil, let subject = fields.next() else { return nil }
    return (name(issuer.content), name(subject.content))
  }

  private static func name(_ bytes: ArraySlice<UInt8>) -> String {
    var all: [String] = []
    var sets = DERReader(bytes)
    while let set = sets.next() {
      var pairs = set.children
      while let pair = pairs.next() {
        var parts = pair.children
        guard let key = parts.next(), let value = parts.next() else { continue }
        let text = String(decoding: value.content, as: UTF8.self)
        if key.content.elementsEqual(commonName) { return text }
        all.append(text)
      }
    }
    return all.isEmpty ? "no name" : all.joined(separator: ", ")
  }
}
