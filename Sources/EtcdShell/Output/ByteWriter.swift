import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Output under construction. Keys and values are bytes, not text, so output is bytes too.
struct ByteWriter: Sendable {
  private(set) var bytes: [UInt8] = []

  var isEmpty: Bool { bytes.isEmpty }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func byte(_ byte: UInt8) { bytes.append(byte) }
  mutating func raw(_ data: Data) { bytes.append(contentsOf: data) }
  mutating func raw(_ more: [UInt8]) { bytes.append(contentsOf: more) }
  mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }
  mutating func newline() { bytes.append(UInt8(ascii: "\n")) }
  mutating func line(_ text: String) {
    self.text(text)
    newline()
  }
  mutating func line(_ data: Data) {
    raw(data)
    newline()
  }
}

// MARK: Go's ways of writing a value, which etcdctl's output consists of

/// `%016x`: a lease ID as etcdctl prints and reads it.
func leaseText(_ id: Int64) -> String {
  let digits = String(UInt64(bitPattern: id), radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// `%x`: a member ID as etcdctl prints it in lists.
func memberText(_ id: UInt64) -> String { String(id, radix: 16) }

/// `%16x`: a member ID as etcdctl prints it in sentences, padded with spaces.
func paddedMemberText(_ id: UInt64) -> String {
  let digits = String(id, radix: 16)
  return String(repeating: " ", count: 16 - digits.count) + digits
}

private let hexDigits = Array("0123456789abcdef".utf8)

extension ByteWriter {
  /// Every byte as `\x61` (etcdctl's `--hex`).
  mutating func hexEscaped(_ data: Data) {
    for byte in data {
      text("\\x")
      self.byte(hexDigits[Int(byte >> 4)])
      self.byte(hexDigits[Int(byte & 15)])
    }
  }

  /// `%q`: double quotes, Go's escapes, printable Unicode as it is.
  mutating func goQuoted(_ data: some Sequence<UInt8>) {
    byte(UInt8(ascii: "\""))
    for piece in UTF8Pieces(data) {
      switch piece {
      case .invalid(let byte):
        text("\\x")
        self.byte(hexDigits[Int(byte >> 4)])
        self.byte(hexDigits[Int(byte & 15)])
      case .scalar(let scalar):
        switch scalar {
        case "\"": text("\\\"")
        case "\\": text("\\\\")
        case "\u{7}": text("\\a")
        case "\u{8}": text("\\b")
        case "\u{c}": text("\\f")
        case "\n": text("\\n")
        case "\r": text("\\r")
        case "\t": text("\\t")
        case "\u{b}": text("\\v")
        case _ where scalar.isPrintable: text(String(Character(scalar)))
        case _ where scalar.value < 0x20: hexNumber("\\x", scalar.value, width: 2)
        case _ where scalar.value < 0x10000: hexNumber("\\u", scalar.value, width: 4)
        default: hexNumber("\\U", scalar.value, width: 8)
        }
      }
    }
    byte(UInt8(ascii: "\""))
  }

  private mutating func hexNumber(_ prefix: String, _ value: UInt32, width: Int) {
    let digits = String(value, radix: 16)
    text(prefix)
    text(String(repeating: "0", count: width - digits.count))
    text(digits)
  }

  /// A JSON string as Go's encoding/json writes it: HTML's characters escaped, as are the two line separators.
  mutating func jsonString(_ string: String) {
    byte(UInt8(ascii: "\""))
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text("\\\"")
      case "\\": text("\\\\")
      case "\n": text("\\n")
      case "\r": text("\\r")
      case "\t": text("\\t")
      case "<", ">", "&", "\u{2028}", "\u{2029}": hexNumber("\\u", scalar.value, width: 4)
      case _ where scalar.value < 0x20: hexNumber("\\u", scalar.value, width: 4)
      default: text(String(Character(scalar)))
      }
    }
    byte(UInt8(ascii: "\""))
  }

  /// Bytes as JSON: a base64 string.
  mutating func jsonBytes(_ data: Data) {
    byte(UInt8(ascii: "\""))
    text(data.base64EncodedString())
    byte(UInt8(ascii: "\""))
  }
}

extension Unicode.Scalar {
  /// Go's strconv.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
  var isPrintable: Bool {
    if isASCII { return value >= 0x20 && value < 0x7f }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator:
      return false
    default: return true
    }
  }
}

/// Bytes seen as text: scalars where they are UTF-8, single bytes where they are not.
struct UTF8Pieces<Bytes: Sequence<UInt8>>: Sequence, IteratorProtocol {
  enum Piece {
    case scalar(Unicode.Scalar)
    case invalid(UInt8)
  }

  private var bytes: ArraySlice<UInt8>

  init(_ bytes: Bytes) { self.bytes = Array(bytes)[...] }

  mutating func next() -> Piece? {
    guard let first = bytes.first else { return nil }
    let length =
      switch first {
      case 0x00..<0x80: 1
      case 0xc2..<0xe0: 2
      case 0xe0..<0xf0: 3
      case 0xf0..<0xf5: 4
      default: 0
      }
    if length == 1 {
      bytes = bytes.dropFirst()
      return .scalar(Unicode.Scalar(first))
    }
    if length > 0, bytes.count >= length,
      let text = String(validating: bytes.prefix(length), as: UTF8.self), let scalar = text.unicodeScalars.first
    {
      bytes = bytes.dropFirst(length)
      return .scalar(scalar)
    }
    bytes = bytes.dropFirst()
    return .invalid(first)
  }
}

/// A duration as Go prints it: `1.621506ms`, `2.5s`, `1m30s`.
func durationText(_ duration: Duration) -> String {
  let (seconds, attoseconds) = duration.components
  let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  guard nanoseconds != 0 else { return "0s" }
  if nanoseconds < 0 { return "-" + durationText(.zero - duration) }
  if nanoseconds < 1000 { return "\(nanoseconds)ns" }
  if nanoseconds < 1_000_000 { return decimalText(nanoseconds, unit: 1000) + "µs" }
  if nanoseconds < 1_000_000_000 { return decimalText(nanoseconds, unit: 1_000_000) + "ms" }
  let minutes = seconds / 60
  let rest = decimalText(nanoseconds - minutes * 60_000_000_000, unit: 1_000_000_000) + "s"
  if minutes == 0 { return rest }
  return minutes < 60 ? "\(minutes)m\(rest)" : "\(minutes / 60)h\(minutes % 60)m\(rest)"
}

/// `value / unit` without trailing zeros; `unit` is a power of ten.
private func decimalText(_ value: Int64, unit: Int64) -> String {
  let whole = value / unit
  let fraction = String(value % unit + unit).dropFirst()
  let digits = fraction.lastIndex { $0 != "0" }.map { fraction[...$0] } ?? ""
  return digits.isEmpty ? "\(whole)" : "\(whole).\(digits)"
}

/// A size as etcdctl prints it: powers of 1000, one digit behind the point below ten (`20 kB`, `1.2 MB`).
func sizeText(_ bytes: Int64) -> String {
  let bytes = UInt64(max(0, bytes))
  if bytes < 10 { return "\(bytes) B" }
  var unit: UInt64 = 1
  var names = ["B", "kB", "MB", "GB", "TB", "PB", "EB"][...]
  while bytes / unit >= 1000, names.count > 1 {
    unit *= 1000
    names.removeFirst()
  }
  let tenths = UInt64((Double(bytes) / Double(unit) * 10 + 0.5).rounded(.down))
  let name = names[names.startIndex]
  if tenths < 100 { return "\(tenths / 10).\(tenths % 10) \(name)" }
  return "\(Int64((Double(tenths) / 10).rounded(.toNearestOrEven))) \(name)"
}
