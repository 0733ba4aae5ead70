import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A transaction's comparison as etcdctl writes it: `mod("/app/port") > "3"`.
///
///     version, ver      create, c     mod, m         numbers
///     value, val                                     any bytes
///     lease                                          a lease ID in hexadecimal
///
/// Key and value stand in double quotes, with Go's escapes.
enum Comparison {
  static func parse(_ line: String) throws(ShellError) -> Compare {
    let line = line.trimmed
    func malformed(_ remedy: String = #"write it as mod("KEY") = "3""#) -> ShellError {
      ShellError("malformed comparison: \(line)", remedy: remedy)
    }
    let bytes = Array(line.utf8)
    guard let parenthesis = bytes.firstIndex(of: UInt8(ascii: "(")) else { throw malformed() }
    let target = String(decoding: bytes[..<parenthesis], as: UTF8.self)

    func skipBlanks(_ position: Int) -> Int {
      bytes[position...].firstIndex { !TransactionLine.isBlank($0) } ?? bytes.count
    }
    var position = skipBlanks(parenthesis + 1)
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw malformed("the key stands in double quotes")
    }
    let key: [UInt8]
    (key, position) = try GoString.parse(bytes, from: position)
    guard position < bytes.count, bytes[position] == UInt8(ascii: ")") else { throw malformed() }

    position = skipBlanks(position + 1)
    let operatorEnd =
      bytes[position...].firstIndex { TransactionLine.isBlank($0) || $0 == UInt8(ascii: "\"") } ?? bytes.count
    let sign = String(decoding: bytes[position..<operatorEnd], as: UTF8.self)
    position = skipBlanks(operatorEnd)
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw malformed("the value stands in double quotes")
    }
    let value: [UInt8]
    (value, position) = try GoString.parse(bytes, from: position)
    guard skipBlanks(position) == bytes.count else { throw malformed("nothing may follow the value") }

    var compare = Compare()
    compare.key = Data(key)
    switch sign {
    case "=", "==": compare.result = .equal
    case "!=": compare.result = .notEqual
    case ">": compare.result = .greater
    case "<": compare.result = .less
    default: throw malformed("the operator is one of =, !=, < and >")
    }
    func number() throws(ShellError) -> Int64 {
      let text = String(decoding: value, as: UTF8.self)
      guard let number = Int64(text) else {
        throw ShellError("invalid txn compare request: \(line)", remedy: "\(target) is compared with a number")
      }
      return number
    }
    switch target {
    case "ver", "version":
      compare.target = .version
      compare.version = try number()
    case "c", "create":
      compare.target = .create
      compare.createRevision = try number()
    case "m", "mod":
      compare.target = .mod
      compare.modRevision = try number()
    case "val", "value":
      compare.target = .value
      compare.value = Data(value)
    case "lease":
      guard let id = Numbers.lease(String(decoding: value, as: UTF8.self)) else {
        throw ShellError("invalid txn compare request: \(line)", remedy: "lease is compared with a lease ID")
      }
      compare.target = .lease
      compare.lease = id
    default:
      throw ShellError(
        "malformed comparison: \(line) (unknown target \(target))",
        remedy: "compare version, create, mod, value or lease")
    }
    return compare
  }
}

/// A string literal of Go in double quotes.
enum GoString {
  /// Reads the literal that begins at `start`.
  ///
  /// - Returns: the bytes it stands for, and the position behind its closing quote.
  static func parse(_ bytes: [UInt8], from start: Int) throws(ShellError) -> (value: [UInt8], end: Int) {
    var value: [UInt8] = []
    var position = start + 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return (value, position)
      case UInt8(ascii: "\\"):
        guard position < bytes.count else { break }
        try escape(bytes, &position, into: &value)
      default: value.append(byte)
      }
    }
    throw ShellError("a \" without its end", at: Word([], column: start + 1))
  }

  private static func escape(_ bytes: [UInt8], _ position: inout Int, into value: inout [UInt8]) throws(ShellError) {
    let letter = bytes[position]
    let column = position
    func bad() -> ShellError {
      ShellError(
        "bad escape \\\(Quoting.shown([letter]))",
        remedy: #"Go's escapes are \a \b \f \n \r \t \v \\ \" \x41 \101 \u0041 \U00000041"#,
        at: Word([], column: column))
    }
    func digits(_ count: Int, radix: Int) throws(ShellError) -> UInt32 {
      let text = String(decoding: bytes[position..<min(position + count, bytes.count)], as: UTF8.self)
      guard text.utf8.count == count, !text.hasPrefix("+"), !text.hasPrefix("-"),
        let number = UInt32(text, radix: radix)
      else { throw bad() }
      position += count
      return number
    }
    position += 1
    switch letter {
    case UInt8(ascii: "a"): value.append(7)
    case UInt8(ascii: "b"): value.append(8)
    case UInt8(ascii: "t"): value.append(9)
    case UInt8(ascii: "n"): value.append(10)
    case UInt8(ascii: "v"): value.append(11)
    case UInt8(ascii: "f"): value.append(12)
    case UInt8(ascii: "r"): value.append(13)
    case UInt8(ascii: "\\"), UInt8(ascii: "\""): value.append(letter)
    case UInt8(ascii: "x"): value.append(UInt8(try digits(2, radix: 16)))
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let number = try digits(letter == UInt8(ascii: "u") ? 4 : 8, radix: 16)
      guard let scalar = Unicode.Scalar(number) else { throw bad() }
      value.append(contentsOf: String(Character(scalar)).utf8)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      position -= 1
      guard let byte = UInt8(exactly: try digits(3, radix: 8)) else { throw bad() }
      value.append(byte)
    default: throw bad()
    }
  }
}
