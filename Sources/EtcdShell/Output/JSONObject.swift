#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A JSON object being written, field by field, straight into the output.
///
/// Fields come out in the order of the calls.
struct JSONObject: ~Copyable {
  private var out: ByteWriter
  private var isOpen = false

  fileprivate init(into out: consuming ByteWriter) { self.out = out }

  fileprivate consuming func close() -> ByteWriter { out }

  private mutating func name(_ name: String) {
    out.text(isOpen ? ",\"" : "{\"")
    isOpen = true
    out.text(name)
    out.text("\":")
  }

  private mutating func nested(_ body: (inout JSONObject) -> Void) {
    let wasOpen = isOpen
    isOpen = false
    body(&self)
    out.text(isOpen ? "}" : "{}")
    isOpen = wasOpen
  }

  mutating func number(_ name: String, _ value: Int64) {
    self.name(name)
    out.text(String(value))
  }

  /// A number, left out when it is zero (`omitempty`).
  mutating func nonzero(_ name: String, _ value: Int64) {
    if value != 0 { number(name, value) }
  }

  mutating func nonzero(_ name: String, _ value: UInt64) {
    if value != 0 { literal(name, String(value)) }
  }

  mutating func bool(_ name: String, _ value: Bool) { literal(name, value ? "true" : "false") }

  mutating func null(_ name: String) { literal(name, "null") }

  /// A value that is JSON already.
  mutating func literal(_ name: String, _ value: String) {
    self.name(name)
    out.text(value)
  }

  mutating func string(_ name: String, _ value: String) {
    self.name(name)
    out.jsonString(value)
  }

  mutating func strings(_ name: String, _ values: [String]) {
    self.name(name)
    list(values) { value, out in out.jsonString(value) }
  }

  mutating func bytes(_ name: String, _ value: Data) {
    self.name(name)
    out.jsonBytes(value)
  }

  mutating func bytes(_ name: String, _ values: [Data]) {
    self.name(name)
    list(values) { value, out in out.jsonBytes(value) }
  }

  private mutating func list<Value>(_ values: [Value], _ write: (Value, inout ByteWriter) -> Void) {
    out.text("[")
    for (index, value) in values.enumerated() {
      if index > 0 { out.text(",") }
      write(value, &out)
    }
    out.text("]")
  }

  mutating func object(_ name: String, _ body: (inout JSONObject) -> Void) {
    self.name(name)
    nested(body)
  }

  mutating func array<Value>(_ name: String, _ values: [Value], _ body: (Value, inout JSONObject) -> Void) {
    self.name(name)
    objects(values, body)
  }

  private mutating func objects<Value>(_ values: [Value], _ body: (Value, inout JSONObject) -> Void) {
    out.text("[")
    for (index, value) in values.enumerated() {
      if index > 0 { out.text(",") }
      nested { body(value, &$0) }
    }
    out.text("]")
  }
}

extension ByteWriter {
  /// Writes one object.
  mutating func json(_ body: (inout JSONObject) -> Void) {
    var whole = ByteWriter()
    swap(&whole, &self)
    var json = JSONObject(into: whole)
    json.root(body)
    self = json.close()
  }

  /// Writes an array of objects.
  mutating func json<Value>(_ values: [Value], _ body: (Value, inout JSONObject) -> Void) {
    var whole = ByteWriter()
    swap(&whole, &self)
    var json = JSONObject(into: whole)
    json.root(values, body)
    self = json.close()
  }
}

extension JSONObject {
  fileprivate mutating func root(_ body: (inout JSONObject) -> Void) { nested(body) }
  fileprivate mutating func root<Value>(_ values: [Value], _ body: (Value, inout JSONObject) -> Void) {
    objects(values, body)
  }
}
