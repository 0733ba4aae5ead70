extension ArraySlice<UInt8> {
  /// The UTF-8 bytes that a JSON string means; `self` is what is between its quotes, and well formed.
  ///
  ///     a\u00e9\ud83d\ude00    ->   aé😀            half a pair alone  ->   U+FFFD
  func unescaped() -> ArraySlice<UInt8> {
    guard var next = firstIndex(of: UInt8(ascii: "\\")) else { return self }
    var text = Array(self[startIndex..<next])
    while next < endIndex {
      guard self[next] == UInt8(ascii: "\\") else {
        text.append(self[next])
        next += 1
        continue
      }
      let code = self[next + 1]
      next += 2
      switch code {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0c)
      case UInt8(ascii: "n"): text.append(0x0a)
      case UInt8(ascii: "r"): text.append(0x0d)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        let unit = hexUnit(at: next)
        next += 4
        var scalar = Unicode.Scalar(unit)
        if unit & 0xfc00 == 0xd800, self[next...].starts(with: Array("\\u".utf8)) {
          let low = hexUnit(at: next + 2)
          if low & 0xfc00 == 0xdc00 {
            scalar = Unicode.Scalar(0x10000 + (unit & 0x3ff) << 10 + low & 0x3ff)
            next += 6
          }
        }
        text.append(contentsOf: String(Character(scalar ?? "\u{fffd}")).utf8)
      default: text.append(code)
      }
    }
    return text[...]
  }

  private func hexUnit(at index: Int) -> UInt32 {
    self[index..<index + 4].reduce(0) { $0 << 4 | $1.hexValue! }
  }

  /// The bytes that base64 text stands for, by the rules and in the words of Go's `base64.StdEncoding`: the standard
  /// alphabet, padding required, line breaks anywhere.
  func base64Decoded() throws(JSONError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count / 4 * 3)
    var quantum: UInt32 = 0
    var digits = 0
    var index = startIndex
    func illegal(at index: Int) -> JSONError { JSONError("illegal base64 data at input byte \(index - startIndex)") }
    func isLineBreak(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }
    while index < endIndex {
      let byte = self[index]
      index += 1
      if let digit = byte.base64Digit {
        quantum = quantum << 6 | digit
        digits += 1
        if digits == 4 {
          bytes.append(UInt8(truncatingIfNeeded: quantum >> 16))
          bytes.append(UInt8(truncatingIfNeeded: quantum >> 8))
          bytes.append(UInt8(truncatingIfNeeded: quantum))
          digits = 0
        }
        continue
      }
      if isLineBreak(byte) { continue }
      if byte != UInt8(ascii: "=") || digits < 2 { throw illegal(at: index - 1) }
      if digits == 2 {
        while index < endIndex, isLineBreak(self[index]) { index += 1 }
        if index == endIndex { throw illegal(at: endIndex) }
        if self[index] != UInt8(ascii: "=") { throw illegal(at: index - 1) }
        index += 1
      }
      while index < endIndex, isLineBreak(self[index]) { index += 1 }
      if index < endIndex { throw illegal(at: index) }
      quantum <<= UInt32(6 * (4 - digits))
      bytes.append(UInt8(truncatingIfNeeded: quantum >> 16))
      if digits == 3 { bytes.append(UInt8(truncatingIfNeeded: quantum >> 8)) }
      return bytes
    }
    if digits > 0 { throw illegal(at: endIndex - digits) }
    return bytes
  }
}

extension UInt8 {
  fileprivate var base64Digit: UInt32? {
    switch self {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(self - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(self - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
