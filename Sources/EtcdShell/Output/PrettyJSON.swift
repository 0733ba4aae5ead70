#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A JSON value laid out for reading: one member on a line, indented by two. Numbers and strings stay as they are
/// written, so nothing is lost of them.
struct PrettyJSON {
  /// A value that fits on a line of this many columns is left as it is.
  static let shortEnough = 80
  /// Deeper values are left as they are, too.
  private static let deepest = 100

  private let bytes: [UInt8]
  private var position = 0
  private var text: [UInt8] = []

  /// The laid out text of an object or array that stands on one long line; nil for anything else.
  static func layOut(_ data: Data) -> String? {
    guard data.count > shortEnough, data.first == UInt8(ascii: "{") || data.first == UInt8(ascii: "[") else {
      return nil
    }
    if data.contains(UInt8(ascii: "\n")) { return nil }
    var layout = PrettyJSON(bytes: [UInt8](data))
    guard layout.value(depth: 0) else { return nil }
    layout.skipBlanks()
    return layout.position == layout.bytes.count ? String(validating: layout.text, as: UTF8.self) : nil
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0d { position += 1 }
  }

  /// Each of these returns false where the text is no JSON.
  private mutating func value(depth: Int) -> Bool {
    skipBlanks()
    guard depth < Self.deepest, let first = next else { return false }
    switch first {
    case UInt8(ascii: "{"): return list(closedBy: UInt8(ascii: "}"), isObject: true, depth)
    case UInt8(ascii: "["): return list(closedBy: UInt8(ascii: "]"), isObject: false, depth)
    case UInt8(ascii: "\""): return string()
    default: return literal()
    }
  }

  private mutating func list(closedBy end: UInt8, isObject: Bool, _ depth: Int) -> Bool {
    text.append(bytes[position])
    position += 1
    skipBlanks()
    if next == end { return take() }
    while true {
      newLine(depth + 1)
      if isObject {
        skipBlanks()
        guard next == UInt8(ascii: "\""), string() else { return false }
        skipBlanks()
        guard next == UInt8(ascii: ":"), take() else { return false }
        text.append(0x20)
      }
      guard value(depth: depth + 1) else { return false }
      skipBlanks()
      if next == UInt8(ascii: ",") {
        _ = take()
        continue
      }
      newLine(depth)
      return next == end && take()
    }
  }

  private mutating func string() -> Bool {
    _ = take()
    while let byte = next {
      _ = take()
      if byte == UInt8(ascii: "\"") { return true }
      if byte == UInt8(ascii: "\\"), !take() { return false }
      if byte < 0x20 { return false }
    }
    return false
  }

  /// A number or a name: everything up to what can end one.
  private mutating func literal() -> Bool {
    let start = position
    while let byte = next, !",]} \t\r:{[\"".utf8.contains(byte) { _ = take() }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    return ["true", "false", "null"].contains(word) || Double(word)?.isFinite == true
  }

  private mutating func take() -> Bool {
    guard let byte = next else { return false }
    text.append(byte)
    position += 1
    return true
  }

  private mutating func newLine(_ depth: Int) {
    text.append(UInt8(ascii: "\n"))
    text.append(contentsOf: repeatElement(0x20, count: depth * 2))
  }
}
