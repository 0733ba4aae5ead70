import Logging

/// One line of the log, before it is bytes.
struct LogLine {
  var level: Logger.Level
  var time: WallTime
  /// `Module/File.swift:12`
  var caller: String
  var message: String
  var metadata: Logger.Metadata

  /// The line in this form, its end included.
  func bytes(_ format: ZapLogHandler.Format) -> [UInt8] {
    var line = JSONLine()
    switch format {
    case .json:
      line.beginObject()
      line.member("level", level.zapName)
      line.member("ts", time.text)
      line.member("caller", caller)
      line.member("msg", message)
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { line.member(key, value) }
      line.endObject()
    case .console:
      line.plain("\(time.text)\t\(level.zapName)\t\(caller)\t")
      line.plain(message)
      if !metadata.isEmpty {
        line.plain("\t")
        line.value(.dictionary(metadata))
      }
    }
    line.plain("\n")
    return line.bytes
  }
}

extension Logger.Level {
  /// zap knows no notice, and its last word is fatal.
  var zapName: String {
    switch self {
    case .trace, .debug: "debug"
    case .info, .notice: "info"
    case .warning: "warn"
    case .error: "error"
    case .critical: "fatal"
    }
  }

  /// What `--log-level` asks for.
  init?(zapName: String) {
    switch zapName {
    case "debug": self = .debug
    case "info", "": self = .info
    case "warn": self = .warning
    case "error": self = .error
    case "dpanic", "panic", "fatal": self = .critical
    default: return nil
    }
  }
}

/// JSON on one line, valid whatever goes into it.
struct JSONLine {
  private(set) var bytes: [UInt8] = []
  /// Whether a comma is due before the next member or element.
  private var needsComma = false

  mutating func beginObject() { open("{") }
  mutating func endObject() { close("}") }

  private mutating func open(_ bracket: Unicode.Scalar) {
    bytes.append(UInt8(ascii: bracket))
    needsComma = false
  }

  private mutating func close(_ bracket: Unicode.Scalar) {
    bytes.append(UInt8(ascii: bracket))
    needsComma = true
  }

  private mutating func key(_ key: String) {
    separate()
    string(key)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  mutating func member(_ name: String, _ text: String) {
    key(name)
    string(text)
  }

  mutating func member(_ name: String, _ value: Logger.MetadataValue) {
    key(name)
    self.value(value)
  }

  /// As it is.
  mutating func plain(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func value(_ value: Logger.MetadataValue) {
    switch value {
    case .string(let text): string(text)
    case .stringConvertible(let item): scalar(item)
    case .array(let items):
      open("[")
      for item in items {
        separate()
        self.value(item)
      }
      close("]")
    case .dictionary(let members):
      open("{")
      for (name, item) in members.sorted(by: { $0.key < $1.key }) { member(name, item) }
      close("}")
    }
  }

  /// Numbers and truth values as JSON has them, durations as Go prints them, everything else as text.
  private mutating func scalar(_ item: any CustomStringConvertible) {
    switch item {
    case let flag as Bool: plain(flag ? "true" : "false")
    case let number as any BinaryInteger: plain("\(number)")
    case let number as any BinaryFloatingPoint:
      let number = Double(number)
      // JSON knows no infinity.
      if number.isFinite { plain("\(number)") } else { string("\(number)") }
    case let duration as Duration: string(GoValue.text(duration))
    default: string(item.description)
    }
  }

  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): plain("\\\"")
      case UInt8(ascii: "\\"): plain("\\\\")
      case UInt8(ascii: "\n"): plain("\\n")
      case UInt8(ascii: "\r"): plain("\\r")
      case UInt8(ascii: "\t"): plain("\\t")
      case ..<0x20, 0x7f:
        let digits = String(byte, radix: 16)
        plain("\\u00" + (digits.count < 2 ? "0" : "") + digits)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
