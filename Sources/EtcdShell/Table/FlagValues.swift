/// The flags given to one command, already checked against what each may be.
struct FlagValues: Sendable {
  enum Value: Sendable {
    case bool(Bool)
    case integer(Int64)
    case duration(Duration)
    case bytes([UInt8])
  }

  /// In the order typed; of a flag given twice, the last counts.
  private(set) var entries: [(name: String, value: Value, word: Word)] = []

  subscript(name: String) -> Value? { entries.last { $0.name == name }?.value }

  func word(_ name: String) -> Word? { entries.last { $0.name == name }?.word }

  /// The same under other names; those without one are left out.
  func renamed(_ newName: (String) -> String?) -> FlagValues {
    var values = FlagValues()
    values.entries = entries.compactMap { entry in newName(entry.name).map { ($0, entry.value, entry.word) } }
    return values
  }

  mutating func set(_ flag: Flag, to text: [UInt8], word: Word) throws(ShellError) {
    entries.append((flag.name, try Self.read(text, for: flag, at: word), word))
  }

  mutating func switchOn(_ flag: Flag, word: Word) { entries.append((flag.name, .bool(true), word)) }

  private static func read(_ bytes: [UInt8], for flag: Flag, at word: Word) throws(ShellError) -> Value {
    let shown = Quoting.shown(bytes)
    // pflag's words, and what would have been right.
    func refuse(_ reason: String, remedy: String) -> ShellError {
      let short = flag.shorthand.map { "-\($0), " } ?? ""
      return ShellError(
        "invalid argument \"\(shown)\" for \"\(short)--\(flag.name)\" flag: \(reason)", remedy: remedy, at: word)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    switch flag.kind {
    case .bool:
      guard let value = Numbers.bool(text) else {
        throw refuse("strconv.ParseBool: parsing \"\(shown)\": invalid syntax", remedy: "expected true or false")
      }
      return .bool(value)
    case .integer:
      return .integer(
        try Numbers.integer(text) { reason in
          let isTooLarge = reason != Numbers.noNumber
          return refuse(
            "strconv.ParseInt: parsing \"\(shown)\": \(isTooLarge ? "value out of range" : "invalid syntax")",
            remedy: reason)
        })
    case .duration:
      guard let value = Numbers.duration(text) else {
        throw refuse("time: invalid duration \"\(shown)\"", remedy: "expected a duration such as 5s, 1m30s or 500ms")
      }
      return .duration(value)
    case .lease:
      guard let value = Numbers.lease(text) else {
        throw .badArguments(Numbers.badLease("bad lease ID", Quoting.shown(bytes)), at: word)
      }
      return .integer(value)
    case .choice(let words):
      let folded = text.lowercased()
      guard let match = words.first(where: { $0.lowercased() == folded }) else {
        if let message = flag.choiceMessage?(Quoting.shown(bytes)) {
          throw ShellError(
            message, remedy: "one of \(words.joined(separator: ", "))", status: ExitStatus.badFeature, at: word)
        }
        throw refuse("no such choice", remedy: "expected one of \(words.joined(separator: ", "))")
      }
      return .bytes(Array(match.utf8))
    case .key, .file, .text:
      return .bytes(bytes)
    }
  }
}

/// Numbers as they are typed.
enum Numbers {
  /// The words of Go's strconv.ParseBool.
  static func bool(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": true
    case "0", "f", "F", "false", "FALSE", "False": false
    default: nil
    }
  }

  static let noNumber = "expected a number"

  /// Decimal, or hexadecimal after `0x`, within 64 bits.
  static func integer(_ text: String, refuse: (String) -> ShellError) throws(ShellError) -> Int64 {
    let isHex = text.hasPrefix("0x") || text.hasPrefix("0X")
    if let value = isHex ? Int64(text.dropFirst(2), radix: 16) : Int64(text) { return value }
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    throw refuse(isNumber ? "the number does not fit into 64 bits" : noNumber)
  }

  /// Hexadecimal without a prefix, as etcdctl prints lease and member IDs.
  static func lease(_ text: String) -> Int64? {
    UInt64(text, radix: 16).flatMap { text.hasPrefix("+") ? nil : Int64(bitPattern: $0) }
  }

  /// etcdctl's words for a lease ID that is none.
  static func badLease(_ what: String, _ shown: String) -> String {
    "\(what) (strconv.ParseInt: parsing \"\(shown)\": invalid syntax), expecting ID in Hex"
  }

  /// Go's notation (`1m30s`, `1.5h`, `500ms`), or plain seconds.
  static func duration(_ text: String) -> Duration? {
    if let seconds = Int64(text), seconds >= 0, seconds < 1 << 32 { return .seconds(seconds) }
    var rest = Substring(text)
    guard !rest.isEmpty else { return nil }
    var seconds = 0.0
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      rest = rest.dropFirst(number.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      let scale: Double? =
        switch unit {
        case "ns": 1e-9
        case "us", "µs", "μs": 1e-6
        case "ms": 1e-3
        case "s": 1
        case "m": 60
        case "h": 3600
        default: nil
        }
      guard let value = Double(number), let scale else { return nil }
      seconds += value * scale
    }
    return seconds < 4e9 ? .seconds(seconds) : nil
  }
}
