/// The forms in which a reply can be printed (`-w`). Each has a file of its own.
///
/// The first five write what etcdctl 3.5.1 writes, byte for byte; ``ndjson`` is ours.
public enum OutputFormat: String, CaseIterable, Sendable {
  case simple, fields, json, protobuf, table, ndjson

  /// Refuses what etcdctl refuses (it leaves with status 4). Commands ask before they do anything.
  func check(canWrite kind: Reply.Kind) throws(UnsupportedFormat) {
    let isRefused =
      switch self {
      case .simple, .json, .ndjson: false
      case .fields: kind == .memberChange || kind == .users
      case .protobuf: kind == .endpoints || kind == .leaseRevoke
      case .table: kind != .endpoints && kind != .memberList
      }
    if isRefused { throw UnsupportedFormat(format: self) }
  }
}

/// This kind of reply has no such form.
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
    try format.check(canWrite: reply.kind)
    switch format {
    case .simple:
      if let terminal, !hex {
        TerminalForm(style: terminal).write(reply, to: &out)
      } else {
        SimpleForm(hex: hex).write(reply, to: &out)
      }
    case .fields: FieldsForm().write(reply, to: &out)
    case .json: JSONForm(hex: hex).write(reply, to: &out)
    case .protobuf: ProtobufForm().write(reply, to: &out)
    case .table: TableForm().write(reply, to: &out)
    case .ndjson: NDJSONForm().write(reply, to: &out)
    }
  }
}
