import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A name or an address that a certificate must be good for (RFC 6125): one of its alternative names, of which a DNS name
/// may begin with `*.` in the place of one label. The common name does not count, as in Go.
struct AllowedName: Sendable {
  let text: String
  private let address: [UInt8]?

  init(_ text: String) {
    self.text = text
    address = Self.address(text)
  }

  func isIn(_ certificate: NIOSSLCertificate) -> Bool {
    certificate._subjectAlternativeNames().contains { name in
      switch name.nameType {
      case .ipAddress: Array(name.contents) == address
      case .dnsName: address == nil && matches(String(decoding: name.contents, as: UTF8.self))
      default: false
      }
    }
  }

  func matches(_ pattern: String) -> Bool {
    func labels(_ name: String) -> [Substring] {
      name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
    }
    var (wanted, found) = (labels(text), labels(pattern))
    if wanted.last == "" { wanted.removeLast() }
    guard wanted.count == found.count, !wanted.isEmpty else { return false }
    if found[0] == "*", found.count > 1 {
      wanted.removeFirst()
      found.removeFirst()
    }
    return wanted == found
  }

  private static func address(_ text: String) -> [UInt8]? {
    var v4 = in_addr()
    if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: &v4) { Array($0) } }
    var v6 = in6_addr()
    if inet_pton(AF_INET6, text, &v6) == 1 { return withUnsafeBytes(of: &v6) { Array($0) } }
    return nil
  }
}
