/// The part of YAML that etcd's config files are written in: nested block mappings, block and flow lists, plain and
/// quoted scalars on one line, comments; and JSON, which is flow mappings of the same.
///
///     name: 'a'                    mapping(name: "a",
///     client-transport-security:           client-transport-security: mapping(cert-file: "c.pem"),
///       cert-file: c.pem                   log-outputs: list("stderr"))
///     log-outputs: [stderr]
///
/// Everything else of YAML (anchors, tags, block scalars, several documents, scalars over several lines) is refused by
/// line and column. A complete YAML library would bring all of Foundation into the program, and its load time to every
/// start of the shell.
struct YAMLReader {
  struct Place: Sendable, Equatable {
    /// From 1.
    var line: Int
    var column: Int
  }

  struct Refusal: Error, Equatable {
    var place: Place
    var text: String
  }

  struct Member: Sendable, Equatable {
    var key: String
    var place: Place
    var value: Node
  }

  indirect enum Node: Sendable, Equatable {
    case null
    case scalar(String, Place)
    case list([Node], Place)
    case mapping([Member], Place)
  }

  private var text: [Unicode.Scalar]
  private var position = 0
  private var place = Place(line: 1, column: 1)

  private init(_ text: String) { self.text = Array(text.unicodeScalars) }

  /// - Returns: null for a file without content.
  static func read(_ text: String) throws(Refusal) -> Node {
    var reader = YAMLReader(text)
    if reader.next == "\u{feff}" { reader.advance() }
    try reader.skipBlank()
    if reader.startsLine("---") {
      for _ in 0..<3 { reader.advance() }
      try reader.skipBlank()
    }
    let node = reader.isAtEnd || reader.startsLine("...") ? .null : try reader.block()
    try reader.skipBlank()
    if reader.startsLine("...") {
      for _ in 0..<3 { reader.advance() }
      try reader.skipBlank()
    }
    if !reader.isAtEnd {
      throw reader.refusal(
        reader.startsLine("---") ? "only one document can be read" : "this line belongs to nothing above it")
    }
    return node
  }

  // MARK: Characters

  private var isAtEnd: Bool { position == text.count }
  private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }
  private var afterNext: Unicode.Scalar? { position + 1 < text.count ? text[position + 1] : nil }

  private mutating func advance() {
    if text[position] == "\n" {
      place = Place(line: place.line + 1, column: 1)
    } else {
      place.column += 1
    }
    position += 1
  }

  private func refusal(_ text: String, at where: Place? = nil) -> Refusal {
    Refusal(place: `where` ?? place, text: text)
  }

  private func startsLine(_ mark: String) -> Bool {
    let scalars = Array(mark.unicodeScalars)
    guard place.column == 1, position + scalars.count <= text.count,
      Array(text[position..<position + scalars.count]) == scalars
    else { return false }
    let after = position + scalars.count
    return after == text.count || Self.isBlank(text[after]) || text[after] == "\n" || text[after] == "\r"
  }

  private static func isBlank(_ scalar: Unicode.Scalar?) -> Bool { scalar == " " || scalar == "\t" }

  /// Whether a scalar, or a key, has ended before this one.
  private static func isEnd(_ scalar: Unicode.Scalar?) -> Bool {
    scalar == nil || isBlank(scalar) || scalar == "\n" || scalar == "\r"
  }

  /// Passes over blanks and a comment, to the end of the line at most.
  private mutating func skipInLine() {
    while Self.isBlank(next) || next == "\r" { advance() }
    let beganWord = position > 0 && !Self.isEnd(text[position - 1])
    if next == "#", !beganWord {
      while let scalar = next, scalar != "\n" { _ = scalar; advance() }
    }
  }

  /// Passes over empty lines and comments, to the next thing that is something.
  private mutating func skipBlank() throws(Refusal) {
    while true {
      skipInLine()
      guard next == "\n" else { break }
      advance()
    }
    // A tab before something on its line would be indentation, which YAML wants in spaces.
    let start = text[..<position].lastIndex(of: "\n").map { $0 + 1 } ?? 0
    if !isAtEnd, let tab = text[start..<position].firstIndex(of: "\t"),
      text[start..<position].allSatisfy({ Self.isBlank($0) })
    {
      throw Refusal(
        place: Place(line: place.line, column: tab - start + 1), text: "a tab cannot indent a line; use spaces")
    }
  }

  // MARK: Blocks

  /// A mapping, list or scalar that begins here; what it is made of is indented as its first line is.
  private mutating func block() throws(Refusal) -> Node {
    if next == "-", Self.isEnd(afterNext) { return try blockList() }
    let start = (position, place)
    if next == "{" || next == "[" { return try flow() }
    // A key, or a lone scalar?
    let first = try scalar(inFlow: false)
    skipInLine()
    if next == ":", Self.isEnd(afterNext) {
      (position, place) = start
      return try blockMapping()
    }
    return first
  }

  private mutating func blockMapping() throws(Refusal) -> Node {
    let begin = place
    var members: [Member] = []
    while !isAtEnd, place.column == begin.column, !startsLine("---"), !startsLine("...") {
      let keyPlace = place
      if next == "-", Self.isEnd(afterNext) { throw refusal("a list entry stands where a key was expected") }
      guard case .scalar(let key, _) = try scalar(inFlow: false) else {
        throw refusal("a key was expected", at: keyPlace)
      }
      skipInLine()
      guard next == ":", Self.isEnd(afterNext) else {
        throw refusal("a colon and a blank were expected after the key \(key)")
      }
      advance()
      if members.contains(where: { $0.key == key }) { throw refusal("\(key) is given twice", at: keyPlace) }
      members.append(Member(key: key, place: keyPlace, value: try value(of: keyPlace)))
      try skipBlank()
    }
    if !isAtEnd, place.column > begin.column { throw refusal("this line is indented further than the one it follows") }
    return .mapping(members, begin)
  }

  /// What follows `key:`, on the same line or indented below it.
  private mutating func value(of key: Place) throws(Refusal) -> Node {
    skipInLine()
    if let scalar = next, scalar != "\n" {
      if scalar == "{" || scalar == "[" {
        let node = try flow()
        try endOfLine()
        return node
      }
      let node = try self.scalar(inFlow: false)
      try endOfLine()
      return node
    }
    try skipBlank()
    let isListBelow = next == "-" && Self.isEnd(afterNext) && place.column == key.column
    guard !isAtEnd, place.column > key.column || isListBelow else { return .null }
    return try block()
  }

  private mutating func endOfLine() throws(Refusal) {
    skipInLine()
    guard isAtEnd || next == "\n" else { throw refusal("nothing more was expected on this line") }
  }

  private mutating func blockList() throws(Refusal) -> Node {
    let begin = place
    var items: [Node] = []
    while !isAtEnd, place.column == begin.column, next == "-", Self.isEnd(afterNext) {
      advance()
      skipInLine()
      if isAtEnd || next == "\n" {
        try skipBlank()
        items.append(place.column > begin.column && !isAtEnd ? try block() : .null)
      } else {
        items.append(try block())
      }
      try skipBlank()
    }
    if !isAtEnd, place.column > begin.column { throw refusal("this line is indented further than the one it follows") }
    return .list(items, begin)
  }

  // MARK: Flows

  private mutating func flow() throws(Refusal) -> Node {
    let begin = place
    let isMapping = next == "{"
    let close: Unicode.Scalar = isMapping ? "}" : "]"
    advance()
    var items: [Node] = []
    var members: [Member] = []
    while true {
      try skipFlowBlank(begin, close)
      if next == close { break }
      let keyPlace = place
      let node = next == "{" || next == "[" ? try flow() : try scalar(inFlow: true)
      try skipFlowBlank(begin, close)
      if isMapping {
        guard case .scalar(let key, _) = node, next == ":" else {
          throw refusal("a key and a colon were expected", at: keyPlace)
        }
        advance()
        try skipFlowBlank(begin, close)
        let value =
          next == "," || next == close ? .null : next == "{" || next == "[" ? try flow() : try scalar(inFlow: true)
        if members.contains(where: { $0.key == key }) { throw refusal("\(key) is given twice", at: keyPlace) }
        members.append(Member(key: key, place: keyPlace, value: value))
        try skipFlowBlank(begin, close)
      } else {
        items.append(node)
      }
      if next == "," { advance() } else if next != close { throw refusal("a comma or \(close) was expected") }
    }
    advance()
    return isMapping ? .mapping(members, begin) : .list(items, begin)
  }

  private mutating func skipFlowBlank(_ begin: Place, _ close: Unicode.Scalar) throws(Refusal) {
    while true {
      skipInLine()
      guard next == "\n" else { break }
      advance()
    }
    if isAtEnd { throw refusal("the \(close == "}" ? "{" : "[") is never closed", at: begin) }
  }

  // MARK: Scalars

  private mutating func scalar(inFlow: Bool) throws(Refusal) -> Node {
    let begin = place
    switch next {
    case "'": return .scalar(try singleQuoted(), begin)
    case "\"": return .scalar(try doubleQuoted(), begin)
    case "&", "*": throw refusal("anchors and aliases cannot be read")
    case "!": throw refusal("tags cannot be read")
    case "|", ">": throw refusal("block scalars cannot be read; put the value in quotes")
    case "%", "@", "`": throw refusal("a value that begins with \(next!) must be in quotes")
    case "?" where Self.isEnd(afterNext): throw refusal("complex keys cannot be read")
    case ",", "]", "}": throw refusal("a value was expected")
    case ":" where inFlow: throw refusal("a value was expected")
    default: return plain(inFlow: inFlow, begin)
    }
  }

  private mutating func plain(inFlow: Bool, _ begin: Place) -> Node {
    var value = String.UnicodeScalarView()
    while let scalar = next, scalar != "\n" {
      if scalar == ":", Self.isEnd(afterNext) || inFlow && [",", "]", "}"].contains(afterNext) { break }
      if scalar == "#", position > 0, Self.isEnd(text[position - 1]) { break }
      if inFlow, [",", "[", "]", "{", "}"].contains(scalar) { break }
      value.append(scalar)
      advance()
    }
    let text = String(String(value).trimmingBlanks())
    return ["", "~", "null", "Null", "NULL"].contains(text) ? .null : .scalar(text, begin)
  }

  private mutating func singleQuoted() throws(Refusal) -> String {
    let begin = place
    advance()
    var value = String.UnicodeScalarView()
    while let scalar = next, scalar != "\n" {
      advance()
      if scalar == "'" {
        guard next == "'" else { return String(value) }
        advance()
      }
      value.append(scalar)
    }
    throw refusal("the quote is not closed on its line", at: begin)
  }

  private mutating func doubleQuoted() throws(Refusal) -> String {
    let begin = place
    advance()
    var value = String.UnicodeScalarView()
    while let scalar = next, scalar != "\n" {
      if scalar == "\\" {
        value.append(try escape())
        continue
      }
      advance()
      if scalar == "\"" { return String(value) }
      value.append(scalar)
    }
    throw refusal("the quote is not closed on its line", at: begin)
  }

  private mutating func escape() throws(Refusal) -> Unicode.Scalar {
    let begin = place
    advance()
    guard let letter = next else { throw refusal("the quote is not closed on its line", at: begin) }
    advance()
    switch letter {
    case "\"", "\\", "/", " ": return letter
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "0": return "\0"
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "e": return "\u{1b}"
    case "x": return try hexadecimal(2, begin)
    case "u":
      let unit = try hexadecimalValue(4, begin)
      // JSON writes what lies beyond 16 bits as two halves.
      guard (0xd800..<0xdc00).contains(unit), next == "\\", afterNext == "u" else {
        return try self.scalar(unit, begin)
      }
      advance()
      advance()
      let low = try hexadecimalValue(4, begin)
      guard (0xdc00..<0xe000).contains(low) else { throw refusal("half a character", at: begin) }
      return try self.scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00), begin)
    case "U": return try hexadecimal(8, begin)
    default: throw refusal("\\\(letter) means nothing in quotes", at: begin)
    }
  }

  private mutating func hexadecimal(_ count: Int, _ begin: Place) throws(Refusal) -> Unicode.Scalar {
    try scalar(try hexadecimalValue(count, begin), begin)
  }

  private func scalar(_ value: UInt32, _ begin: Place) throws(Refusal) -> Unicode.Scalar {
    guard let scalar = Unicode.Scalar(value) else { throw refusal("no character has this number", at: begin) }
    return scalar
  }

  private mutating func hexadecimalValue(_ count: Int, _ begin: Place) throws(Refusal) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let digit = next.flatMap({ Character($0).hexDigitValue }) else {
        throw refusal("\(count) hexadecimal digits were expected", at: begin)
      }
      value = value << 4 | UInt32(digit)
      advance()
    }
    return value
  }
}
