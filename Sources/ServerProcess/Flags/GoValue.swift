/// Values as Go's `strconv` and `time` packages read them, for that is what people have written in their unit files.
enum GoValue {
  enum Problem: Error {
    case syntax
    case range

    var text: String {
      switch self {
      case .syntax: "parse error"
      case .range: "value out of range"
      }
    }
  }

  static func problem(_ body: () throws(Problem) -> Void) -> String? {
    do throws(Problem) {
      try body()
      return nil
    } catch { return error.text }
  }

  static func bool(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": true
    case "0", "f", "F", "false", "FALSE", "False": false
    default: nil
    }
  }

  /// `42`, `0x2a`, `0b101010`, `0o52`, `052`, and underscores between digits.
  static func unsigned(_ text: String) throws(Problem) -> UInt64 {
    var digits = text[...]
    var radix = 10
    for (prefix, its) in [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8), ("0", 8)]
    where digits.hasPrefix(prefix) && digits.count > prefix.count {
      digits = digits.dropFirst(prefix.count)
      radix = its
      break
    }
    if digits.hasSuffix("_") || digits.contains("__") || radix == 10 && digits.hasPrefix("_") { throw .syntax }
    let bare = digits.filter { $0 != "_" }
    guard !bare.isEmpty, bare.allSatisfy({ $0.isASCII && $0.hexDigitValue.map { $0 < radix } ?? false }) else {
      throw .syntax
    }
    guard let value = UInt64(bare, radix: radix) else { throw .range }
    return value
  }

  static func integer(_ text: String) throws(Problem) -> Int64 {
    let isNegative = text.hasPrefix("-")
    let magnitude = try unsigned(isNegative || text.hasPrefix("+") ? String(text.dropFirst()) : text)
    if isNegative {
      guard magnitude <= 1 << 63 else { throw .range }
      return Int64(truncatingIfNeeded: 0 &- magnitude)
    }
    guard let value = Int64(exactly: magnitude) else { throw .range }
    return value
  }

  struct DurationProblem: Error {
    var text: String
  }

  /// `1h15m30.9s`, `-250ms`, `0`.
  static func duration(_ text: String) throws(DurationProblem) -> Duration {
    let invalid = DurationProblem(text: "time: invalid duration \(quoted(text))")
    var rest = text[...]
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    if rest == "0" { return .zero }
    if rest.isEmpty { throw invalid }
    // Whole nanoseconds, as in Go; what overflows 64 bits of them is no duration there.
    var total: Int64 = 0
    while !rest.isEmpty {
      let whole = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(whole.count)
      var fraction: Substring = ""
      if rest.hasPrefix(".") {
        fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(1 + fraction.count)
      }
      guard !(whole.isEmpty && fraction.isEmpty) else { throw invalid }
      let unit = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
      rest = rest.dropFirst(unit.count)
      if unit.isEmpty { throw DurationProblem(text: "time: missing unit in duration \(quoted(text))") }
      guard let scale = nanoseconds(in: unit) else {
        throw DurationProblem(text: "time: unknown unit \(quoted(String(unit))) in duration \(quoted(text))")
      }
      guard let count = whole.isEmpty ? 0 : Int64(whole) else { throw invalid }
      let (wholePart, overflows) = count.multipliedReportingOverflow(by: scale)
      var part = 0.0
      if !fraction.isEmpty { part = (Double("0." + fraction) ?? 0) * Double(scale) }
      let (next, overflowsToo) = total.addingReportingOverflow(wholePart)
      let (sum, overflowsLast) = next.addingReportingOverflow(Int64(part))
      if overflows || overflowsToo || overflowsLast { throw invalid }
      total = sum
    }
    return .nanoseconds(isNegative ? -total : total)
  }

  private static func nanoseconds(in unit: Substring) -> Int64? {
    switch unit {
    case "ns": 1
    case "us", "µs", "μs": 1000
    case "ms": 1_000_000
    case "s": 1_000_000_000
    case "m": 60_000_000_000
    case "h": 3_600_000_000_000
    default: nil
    }
  }

  /// As Go's `%q`.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// As Go prints a duration: `1h0m0s`, `1m30s`, `1.5s`, `100ms`, `879.185µs`, `0s`.
  static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let negative = duration < .zero
    let nanoseconds = (seconds * 1_000_000_000 + attoseconds / 1_000_000_000).magnitude
    func decimal(_ value: UInt64, per unit: UInt64) -> String {
      let remainder = value % unit
      if remainder == 0 { return "\(value / unit)" }
      let digits = String(unit + remainder).dropFirst()
      let end = digits.lastIndex { $0 != "0" }!
      return "\(value / unit).\(digits[...end])"
    }
    let text: String
    switch nanoseconds {
    case 0: text = "0s"
    case ..<1000: text = "\(nanoseconds)ns"
    case ..<1_000_000: text = decimal(nanoseconds, per: 1000) + "µs"
    case ..<1_000_000_000: text = decimal(nanoseconds, per: 1_000_000) + "ms"
    default:
      let (minutes, rest) = nanoseconds.quotientAndRemainder(dividingBy: 60_000_000_000)
      var parts = ""
      if minutes >= 60 { parts += "\(minutes / 60)h" }
      if minutes > 0 { parts += "\(minutes % 60)m" }
      text = parts + decimal(rest, per: 1_000_000_000) + "s"
    }
    return negative ? "-" + text : text
  }
}
