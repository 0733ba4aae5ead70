import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes a protobuf message as JSON as etcd's gateway does: without spaces, fields in the order of their numbers under
/// their .proto names, what is absent left out, 64-bit numbers as strings, bytes as base64, enumerations by name.
///
///     0a 02 18 07   20 01   ->   {"header":{"revision":"7"},"count":"1"}
struct JSONFromMessage {
  private(set) var text: [UInt8] = []

  /// - Parameter message: the message's full name.
  static func text(of wire: some Sequence<UInt8>, as message: String) -> [UInt8] {
    var writer = JSONFromMessage()
    writer.message(Array(wire)[...], message)
    return writer.text
  }

  mutating func append(_ string: String) {
    text += string.utf8
  }

  mutating func message(_ wire: ArraySlice<UInt8>, _ name: String) {
    let fields = MessageSchema.etcd.messages[name]!
    let values = Self.values(in: wire)
    append("{")
    var separator = ""
    for field in fields {
      guard let found = values[field.number] else { continue }
      append("\(separator)\"\(field.name)\":")
      separator = ","
      if field.isRepeated {
        append("[")
        for (index, element) in elements(found, of: field).enumerated() {
          if index > 0 { append(",") }
          value(element, field.kind)
        }
        append("]")
      } else {
        value(found.last!, field.kind)
      }
    }
    append("}")
  }

  private enum WireValue {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private mutating func value(_ value: WireValue, _ kind: MessageSchema.Kind) {
    switch (kind, value) {
    case (.message(let name), .bytes(let wire)): message(wire, name)
    case (.bytes, .bytes(let bytes)):
      append("\"")
      text += Data(bytes).base64EncodedData()
      append("\"")
    case (.string, .bytes(let bytes)): string(String(decoding: bytes, as: UTF8.self))
    case (.bool, .number(let number)): append(number == 0 ? "false" : "true")
    case (.int64, .number(let number)): append("\"\(Int64(bitPattern: number))\"")
    case (.uint64, .number(let number)): append("\"\(number)\"")
    case (.uint32, .number(let number)): append("\(UInt32(truncatingIfNeeded: number))")
    case (.enumeration(let name), .number(let number)):
      let number = Int(truncatingIfNeeded: number)
      if let known = MessageSchema.etcd.enumerations[name]![number] {
        append("\"\(known)\"")
      } else {
        append("\(number)")
      }
    default: preconditionFailure("our own message is not of its own type")
    }
  }

  /// A string as Go writes it: also what would mean something in HTML is escaped.
  mutating func string(_ string: String) {
    append("\"")
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\0"..<" ":
        let hex = String(scalar.value, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
      default: text += UTF8.encode(scalar)!
      }
    }
    append("\"")
  }

  // MARK: Protobuf's encoding

  /// The elements of a repeated field; those of numbers may be packed into one run of bytes.
  private func elements(_ found: [WireValue], of field: MessageSchema.Field) -> [WireValue] {
    switch field.kind {
    case .bytes, .string, .message: return found
    case .bool, .int64, .uint64, .uint32, .enumeration:
      return found.flatMap { value -> [WireValue] in
        guard case .bytes(let packed) = value else { return [value] }
        var rest = packed
        var elements: [WireValue] = []
        while !rest.isEmpty { elements.append(.number(Self.varint(&rest))) }
        return elements
      }
    }
  }

  private static func values(in wire: ArraySlice<UInt8>) -> [Int: [WireValue]] {
    var rest = wire
    var values: [Int: [WireValue]] = [:]
    while !rest.isEmpty {
      let tag = varint(&rest)
      let value: WireValue
      switch tag & 7 {
      case 0: value = .number(varint(&rest))
      case 2:
        let count = Int(varint(&rest))
        value = .bytes(rest.prefix(count))
        rest = rest.dropFirst(count)
      default: preconditionFailure("etcd's messages have no fixed-width fields")
      }
      values[Int(tag >> 3), default: []].append(value)
    }
    return values
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = rest.removeFirst()
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { break }
    }
    return value
  }
}
