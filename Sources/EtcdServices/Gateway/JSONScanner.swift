/// Reads JSON values one after another, as Go's `json.Decoder` does: strictly by the grammar, with its errors word for
/// word.
///
///     {"key":"Zm9v"} {"key":tru}
///     ^ next()      ^ next(): invalid character '}' in literal true (expecting 'e')
struct JSONScanner {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private let endOfInput: JSONError
  /// Go allows 10,000; no message of etcd's is deeper than its transactions may be.
  private static let deepest = 1000

  /// For a stream of values.
  init(_ bytes: ArraySlice<UInt8>) {
    self.init(bytes, endOfInput: JSONError("unexpected EOF"))
  }

  private init(_ bytes: ArraySlice<UInt8>, endOfInput: JSONError) {
    self.bytes = bytes
    self.position = bytes.startIndex
    self.endOfInput = endOfInput
  }

  /// Reads bytes that are one value and nothing else.
  static func only(_ bytes: ArraySlice<UInt8>) throws(JSONError) -> JSONValue {
    var scanner = JSONScanner(bytes, endOfInput: JSONError("unexpected end of JSON input"))
    let value = try scanner.value(depth: 0)
    if let byte = scanner.peekPastSpace() { throw Self.unexpected(byte, "after top-level value") }
    return value
  }

  /// The next value; nil at the end.
  mutating func next() throws(JSONError) -> JSONValue? {
    if peekPastSpace() == nil { return nil }
    return try value(depth: 0)
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    if depth > Self.deepest { throw JSONError("exceeded max depth") }
    guard let byte = peekPastSpace() else { throw endOfInput }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: throw Self.unexpected(byte, "looking for beginning of value")
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    position += 1
    var members: [String: JSONValue] = [:]
    while true {
      guard let byte = peekPastSpace() else { throw endOfInput }
      if byte == UInt8(ascii: "}") && members.isEmpty { break }
      if byte != UInt8(ascii: "\"") { throw Self.unexpected(byte, "looking for beginning of object key string") }
      let name = try string().unescaped()
      try expect(":", "after object key")
      members[String(decoding: name, as: UTF8.self)] = try value(depth: depth + 1)
      guard let byte = peekPastSpace() else { throw endOfInput }
      if byte == UInt8(ascii: "}") { break }
      try expect(",", "after object key:value pair")
    }
    position += 1
    return .object(members)
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    while true {
      guard let byte = peekPastSpace() else { throw endOfInput }
      if byte == UInt8(ascii: "]") && elements.isEmpty { break }
      elements.append(try value(depth: depth + 1))
      guard let byte = peekPastSpace() else { throw endOfInput }
      if byte == UInt8(ascii: "]") { break }
      try expect(",", "after array element")
    }
    position += 1
    return .array(elements)
  }

  private mutating func string() throws(JSONError) -> ArraySlice<UInt8> {
    position += 1
    let begin = position
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return bytes[begin..<position - 1]
      case UInt8(ascii: "\\"):
        position += 1
        try escape()
      case ..<0x20: throw Self.unexpected(byte, "in string literal")
      default: position += 1
      }
    }
    throw endOfInput
  }

  private mutating func escape() throws(JSONError) {
    guard let byte = peek() else { throw endOfInput }
    guard "\"\\/bfnrtu".utf8.contains(byte) else { throw Self.unexpected(byte, "in string escape code") }
    position += 1
    if byte != UInt8(ascii: "u") { return }
    for _ in 0..<4 {
      guard let digit = peek() else { throw endOfInput }
      guard digit.hexValue != nil else { throw Self.unexpected(digit, "in \\u hexadecimal character escape") }
      position += 1
    }
  }

  private mutating func number() throws(JSONError) -> ArraySlice<UInt8> {
    let begin = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    if peek() == UInt8(ascii: "0") {
      position += 1
    } else {
      try digits("in numeric literal")
    }
    if peek() == UInt8(ascii: ".") {
      position += 1
      try digits("after decimal point in numeric literal")
    }
    if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
      position += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
      try digits("in exponent of numeric literal")
    }
    return bytes[begin..<position]
  }

  private mutating func digits(_ context: String) throws(JSONError) {
    guard let byte = peek() else { throw endOfInput }
    guard byte.isDigit else { throw Self.unexpected(byte, context) }
    while let byte = peek(), byte.isDigit { position += 1 }
  }

  private mutating func literal(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for expected in word.utf8 {
      guard let byte = peek() else { throw endOfInput }
      if byte != expected {
        throw Self.unexpected(byte, "in literal \(word) (expecting '\(Character(Unicode.Scalar(expected)))')")
      }
      position += 1
    }
    return value
  }

  private mutating func expect(_ wanted: Unicode.Scalar, _ context: String) throws(JSONError) {
    guard let byte = peekPastSpace() else { throw endOfInput }
    if byte != UInt8(ascii: wanted) { throw Self.unexpected(byte, context) }
    position += 1
  }

  private func peek() -> UInt8? {
    position < bytes.endIndex ? bytes[position] : nil
  }

  private mutating func peekPastSpace() -> UInt8? {
    while let byte = peek() {
      guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
      position += 1
    }
    return nil
  }

  private static func unexpected(_ byte: UInt8, _ context: String) -> JSONError {
    JSONError("invalid character \(byte.goQuoted) \(context)")
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  var hexValue: UInt32? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// The byte between single quotes, as encoding/json shows it: `'x'`, `'\''`, `'\x01'`.
  fileprivate var goQuoted: String {
    switch self {
    case UInt8(ascii: "'"): #"'\''"#
    case UInt8(ascii: "\""): #"'"'"#
    default: "'\(Unicode.Scalar(self).goEscaped)'"
    }
  }
}

extension Unicode.Scalar {
  /// As Go's strconv.Quote writes it.
  var goEscaped: String {
    switch self {
    case "\\": return "\\\\"
    case "\"": return "\\\""
    case "\u{07}": return "\\a"
    case "\u{08}": return "\\b"
    case "\u{0c}": return "\\f"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\u{0b}": return "\\v"
    default: break
    }
    let hex = String(value, radix: 16)
    if value < 0x20 || value == 0x7f { return "\\x" + (hex.count < 2 ? "0" : "") + hex }
    if (0x80..<0xa1).contains(value) || value == 0xad { return "\\u00" + hex }
    return String(Character(self))
  }
}
