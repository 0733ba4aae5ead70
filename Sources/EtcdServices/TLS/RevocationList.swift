import GRPCWire

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The serial numbers of certificates that their authority has taken back (RFC 5280). As etcd, it takes the file's word:
/// neither its signature nor its dates are looked at, and a serial number counts whoever issued it.
///
///     CertificateList = { { version?, algorithm, issuer, thisUpdate, nextUpdate?, { { serial, date, … } … }?, … }, … }
struct RevocationList: Sendable {
  /// Without leading zeros.
  private let serials: Set<[UInt8]>

  /// A list in DER, or one or several in PEM; nil when it is neither.
  init?(_ bytes: [UInt8]) {
    let lists = Self.isPEM(bytes) ? Self.bodies(of: bytes) : [bytes]
    guard !lists.isEmpty else { return nil }
    var serials: Set<[UInt8]> = []
    for list in lists {
      guard let found = Self.serials(in: list) else { return nil }
      serials.formUnion(found)
    }
    self.serials = serials
  }

  func contains(serial: [UInt8]) -> Bool { serials.contains(Self.trimmed(serial[...])) }

  private static func serials(in der: [UInt8]) -> [[UInt8]]? {
    typealias Tag = DERReader.Tag
    var outer = DERReader(der[...])
    guard let list = outer.next(), list.tag == Tag.sequence else { return nil }
    var parts = list.children
    guard let body = parts.next(), body.tag == Tag.sequence else { return nil }
    var fields = body.children
    guard var field = fields.next() else { return nil }
    if field.tag == Tag.integer {
      guard let algorithm = fields.next() else { return nil }
      field = algorithm
    }
    guard field.tag == Tag.sequence, let issuer = fields.next(), issuer.tag == Tag.sequence,
      let updated = fields.next(), isTime(updated)
    else { return nil }
    var next = fields.next()
    if let nextUpdate = next, isTime(nextUpdate) { next = fields.next() }
    guard let revoked = next, revoked.tag == Tag.sequence else { return [] }
    var serials: [[UInt8]] = []
    var entries = revoked.children
    while let entry = entries.next() {
      var parts = entry.children
      guard let serial = parts.next(), serial.tag == Tag.integer else { return nil }
      serials.append(trimmed(serial.content))
    }
    return serials
  }

  private static func isTime(_ element: DERReader.Element) -> Bool {
    element.tag == DERReader.Tag.utcTime || element.tag == DERReader.Tag.generalizedTime
  }

  private static func trimmed(_ number: ArraySlice<UInt8>) -> [UInt8] { Array(number.drop { $0 == 0 }) }

  // MARK: PEM

  private static func isPEM(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(1024).contains(UInt8(ascii: "-")) && String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ")
  }

  private static func bodies(of bytes: [UInt8]) -> [[UInt8]] {
    var bodies: [[UInt8]] = []
    var base64: String?
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      switch line.drop(while: \.isWhitespace) {
      case "-----BEGIN X509 CRL-----": base64 = ""
      case "-----END X509 CRL-----":
        if let text = base64, let data = Data(base64Encoded: text) { bodies.append(Array(data)) }
        base64 = nil
      case let text: base64? += text
      }
    }
    return bodies
  }
}
