/// The forms in which a reply can be printed (`-w`). Each has a file of its own.
///
///                      simple   fields   json   protobuf   table   ndjson
///     keys, leases        x        x       x        x                 x
///     members             x        x       x        x        x        x
///     endpoints           x        x       x                 x        x
///
/// The first five write what etcdctl 3.5.1 writes, byte for byte; ``ndjson`` is ours.
public enum OutputFormat: String, CaseIterable, Sendable {
  case simple, fields, json, protobuf, table, ndjson

  /// Whether a program reads this: an absent key is then an empty response and no error.
  var isForMachines: Bool { self == .json || self == .protobuf || self == .ndjson || self == .fields }
}

/// Refused: this kind of reply has no such form (etcdctl leaves with status 4).
struct UnsupportedFormat: Error, Equatable {
  let format: OutputFormat
  var message: String { "\(format.rawValue) not supported as output format" }
}

/// How replies are to be written: the form, and what the user asked of it.
struct ReplyWriter: Sendable {
  var format: OutputFormat = .simple
  /// Keys and values as `\x61\x62` (simple), IDs in hexadecimal (member list as JSON): etcdctl's `--hex`.
  var hex = false
  /// Set when a person reads along: colour, alignment, escapes. Only the simple form differs then.
  var terminal: TerminalStyle?

  func write(_ reply: Reply, to out: inout ByteWriter) throws(UnsupportedFormat) {
    switch format {
    case .simple:
      if let terminal, !hex {
        TerminalForm(style: terminal).write(reply, to: &out)
      } else {
        SimpleForm(hex: hex).write(reply, to: &out)
      }
    case .fields: try FieldsForm().write(reply, to: &out)
    case .json: JSONForm(hex: hex).write(reply, to: &out)
    case .protobuf: try ProtobufForm().write(reply, to: &out)
    case .table: try TableForm().write(reply, to: &out)
    case .ndjson: NDJSONForm().write(reply, to: &out)
    }
  }
}
