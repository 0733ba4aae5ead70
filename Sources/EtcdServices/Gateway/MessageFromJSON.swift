import EtcdAPI

/// Makes a protobuf message of JSON as golang/protobuf's jsonpb does for etcd's gateway: fields by either of their names,
/// unknown ones ignored, null for absent, 64-bit numbers as numbers or strings, bytes as base64, enumerations by name or
/// number.
///
///     {"key":"Zm9v","limit":"2"}   ->   0a 03 66 6f 6f   18 02
struct MessageFromJSON {
  private var wire: [UInt8] = []

  /// - Parameter message: the message's full name.
  /// - Returns: its encoding.
  static func encode(_ json: JSONValue, as message: String) throws(JSONError) -> [UInt8] {
    var encoder = MessageFromJSON()
    try encoder.fields(of: json, message)
    return encoder.wire
  }

  /// In the order of the fields, not of the JSON: so says the first error, and of two alternatives the one that counts.
  private mutating func fields(of json: JSONValue, _ message: String) throws(JSONError) {
    if case .null = json { return }
    guard case .object(let members) = json else { throw JSONError(json, into: "map[string]json.RawMessage") }
    for field in MessageSchema.etcd.messages[message]! {
      guard let value = members[field.jsonName] ?? members[field.name] else { continue }
      if case .null = value { continue }
      if field.isRepeated {
        guard case .array(let elements) = value else { throw JSONError(value, into: "[]json.RawMessage") }
        for element in elements { try self.field(field, element) }
      } else {
        try self.field(field, value)
      }
    }
  }

  private mutating func field(_ field: MessageSchema.Field, _ value: JSONValue) throws(JSONError) {
    switch field.kind {
    case .message(let name): lengthDelimited(field.number, try Self.encode(value, as: name))
    case .bytes: lengthDelimited(field.number, try Self.bytes(value))
    case .string: lengthDelimited(field.number, try Self.string(value))
    case .bool: varint(field.number, try Self.bool(value) ? 1 : 0)
    case .int64: varint(field.number, UInt64(bitPattern: try Self.integer(value, Int64.self, "int64")))
    case .uint64: varint(field.number, try Self.integer(value, UInt64.self, "uint64"))
    case .uint32: varint(field.number, UInt64(try Self.integer(value, UInt32.self, "uint32")))
    case .enumeration(let name): varint(field.number, UInt64(bitPattern: Int64(try Self.enumeration(value, name))))
    }
  }

  // MARK: Values

  private static func bytes(_ value: JSONValue) throws(JSONError) -> [UInt8] {
    switch value {
    case .null: return []
    case .string(let text): return try text.unescaped().base64Decoded()
    case .array(let elements):
      var bytes: [UInt8] = []
      for element in elements { bytes.append(try integer(element, UInt8.self, "uint8")) }
      return bytes
    default: throw JSONError(value, into: "[]uint8")
    }
  }

  private static func string(_ value: JSONValue) throws(JSONError) -> [UInt8] {
    switch value {
    case .null: return []
    // Decoded and encoded again: what is not UTF-8 becomes U+FFFD.
    case .string(let text): return Array(String(decoding: text.unescaped(), as: UTF8.self).utf8)
    default: throw JSONError(value, into: "string")
    }
  }

  private static func bool(_ value: JSONValue) throws(JSONError) -> Bool {
    switch value {
    case .null: return false
    case .bool(let bool): return bool
    default: throw JSONError(value, into: "bool")
    }
  }

  private static func integer<Number: FixedWidthInteger>(
    _ value: JSONValue, _: Number.Type, _ goType: String
  ) throws(JSONError) -> Number {
    switch value {
    case .null: return 0
    case .string(let text) where goType != "uint8":
      // Only the quotes are taken away; what is between them is read as JSON again.
      let inner = try JSONScanner.only(text)
      if case .string = inner { throw JSONError(inner, into: goType) }
      return try integer(inner, Number.self, goType)
    case .number(let digits):
      let text = String(decoding: digits, as: UTF8.self)
      if let number = Number(text) { return number }
      throw JSONError("json: cannot unmarshal number \(text) into Go value of type \(goType)")
    default: throw JSONError(value, into: goType)
    }
  }

  private static func enumeration(_ value: JSONValue, _ name: String) throws(JSONError) -> Int32 {
    guard case .string(let text) = value else { return try integer(value, Int32.self, "protoreflect.EnumNumber") }
    let wanted = String(decoding: text, as: UTF8.self)
    if let known = MessageSchema.etcd.enumerations[name]!.first(where: { $0.value == wanted }) {
      return Int32(known.key)
    }
    let quoted = "\"\(wanted)\"".unicodeScalars.map(\.goEscaped).joined()
    throw JSONError("unknown value \"\(quoted)\" for enum \(name)")
  }

  // MARK: Protobuf's encoding

  private mutating func lengthDelimited(_ number: Int, _ bytes: [UInt8]) {
    varint(UInt64(number << 3 | 2))
    varint(UInt64(bytes.count))
    wire += bytes
  }

  private mutating func varint(_ number: Int, _ value: UInt64) {
    varint(UInt64(number << 3))
    varint(value)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      wire.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    wire.append(UInt8(rest))
  }
}
