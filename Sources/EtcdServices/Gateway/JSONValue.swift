/// JSON read, with its strings and numbers as they were written: what they mean depends on the field they are for.
indirect enum JSONValue {
  case null
  case bool(Bool)
  /// `-1.5e3`
  case number(ArraySlice<UInt8>)
  /// What is between the quotes, escapes and all.
  case string(ArraySlice<UInt8>)
  case array([JSONValue])
  /// Of two members of one name, the later.
  case object([String: JSONValue])

  /// What Go's encoding/json calls it when it is not what was expected.
  var goName: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

/// Why JSON could not be read, in the words of Go's encoding/json, which are what etcd's gateway answers with.
struct JSONError: Error, Equatable {
  var message: String

  init(_ message: String) {
    self.message = message
  }

  init(_ value: JSONValue, into goType: String) {
    self.init("json: cannot unmarshal \(value.goName) into Go value of type \(goType)")
  }
}
