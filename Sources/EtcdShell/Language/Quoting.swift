/// Byte strings written so that the shell's own language reads them back.
public enum Quoting {
  /// The word as one would type it: as it stands when nothing in it needs a quote, in single quotes when it is printable
  /// text, and in `$'…'` when it holds control characters or bytes that are no UTF-8.
  ///
  /// - Parameter always: quotes even what would need none.
  public static func quoted(_ bytes: [UInt8], always: Bool = false) -> String {
    guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.allSatisfy(isPrintable) else {
      return "$'" + escaped(bytes) + "'"
    }
    if text.isEmpty { return "''" }
    let begins = text == "&" || text.utf8.first == UInt8(ascii: "#") || text.hasPrefix("<<")
    if !always, !begins, !text.utf8.contains(where: { special.contains($0) }) { return text }
    if !text.contains("'") { return "'\(text)'" }
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }

  /// What an error shows of a word: its text, escapes for what is not printable, cut after 64 characters.
  public static func shown(_ bytes: [UInt8]) -> String {
    let limit = 64
    let head = bytes.prefix(limit * 4)
    var text = ""
    var shownCount = 0
    if String(validating: bytes, as: UTF8.self) != nil {
      for scalar in String(decoding: head, as: UTF8.self).unicodeScalars.prefix(limit) {
        text += isPrintable(scalar) ? String(scalar) : escape(scalar)
        shownCount += String(scalar).utf8.count
      }
    } else {
      shownCount = min(limit, bytes.count)
      text = escaped(Array(bytes.prefix(limit)))
    }
    return shownCount < bytes.count ? text + "… (\(bytes.count) bytes)" : text
  }

  /// The inside of `$'…'`.
  static func escaped(_ bytes: [UInt8]) -> String {
    var result = ""
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\\"): result += "\\\\"
      case UInt8(ascii: "'"): result += "\\'"
      case UInt8(ascii: "\n"): result += "\\n"
      case UInt8(ascii: "\t"): result += "\\t"
      case UInt8(ascii: "\r"): result += "\\r"
      case 0x20..<0x7F: result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "\\x" + hex(byte)
      }
    }
    return result
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String { escaped(Array(String(scalar).utf8)) }

  private static func hex(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return text.count == 1 ? "0" + text : text
  }

  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  /// What ends or changes a bare word.
  private static let special: Set<UInt8> = Set(" '\"\\$`".utf8)
}
