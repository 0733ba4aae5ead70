import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How to write for a person: the terminal's abilities, as the session found them.
struct TerminalStyle: Sendable, Equatable {
  /// False with NO_COLOR, TERM=dumb or `:set color off`.
  var color: Bool

  func paint(_ text: String, _ sgr: String) -> String {
    color && !text.isEmpty ? "\u{1b}[\(sgr)m\(text)\u{1b}[m" : text
  }

  static let key = "36"
  static let heading = "1"
  static let dim = "2"
  static let good = "32"
  static let bad = "31"
}

/// The simple form as a terminal shows it: the same lines, coloured, tables aligned under headings, long JSON laid out,
/// and what cannot be printed escaped in a way that can be pasted back as a word (`$'\x00\n'`).
struct TerminalForm {
  var style: TerminalStyle

  func write(_ reply: Reply, to out: inout ByteWriter) {
    switch reply {
    case .range(let response, let valueOnly):
      for kv in response.kvs { pair(kv, valueOnly: valueOnly, to: &out) }
    case .put(let response): put(response, to: &out)
    case .deleteRange(let response): deleteRange(response, to: &out)
    case .txn(let response): txn(response, to: &out)
    case .watch(let response):
      for event in response.events {
        out.line(style.paint(event.type.name, event.type == .delete ? TerminalStyle.bad : TerminalStyle.good))
        if event.hasPrevKv { pair(event.prevKv, to: &out) }
        // A deletion has no value: the empty line that a pipe gets says nothing to a reader.
        if event.type == .delete { key(event.kv.key, to: &out) } else { pair(event.kv, to: &out) }
      }
    case .leaseTimeToLive(let response, let keys):
      guard keys, !response.keys.isEmpty else { return SimpleForm().write(reply, to: &out) }
      SimpleForm().write(.leaseTimeToLive(response, keys: false), to: &out)
      for attached in response.keys {
        out.text("  ")
        key(attached, to: &out)
      }
    case .memberList(_, let leader):
      guard var table = ReplyTable(reply), case .memberList(let response, _) = reply else { return }
      if leader != 0 {
        table.headings.append("Is Leader")
        for row in table.rows.indices { table.rows[row].append("\(response.members[row].id == leader)") }
      }
      aligned(table, to: &out)
    case .endpointHealth, .endpointStatus, .endpointHashKV, .snapshotStatus:
      if let table = ReplyTable(reply) { aligned(table, to: &out) }
    case .roleGet(let name, let response):
      RolePage(name: name, permissions: response.perm, isForTerminal: true).write(to: &out)
    default: SimpleForm().write(reply, to: &out)
    }
  }

  private func key(_ key: Data, to out: inout ByteWriter) {
    out.line(style.paint(pastable(key), TerminalStyle.key))
  }

  private func pair(_ kv: KeyValue, valueOnly: Bool = false, to out: inout ByteWriter) {
    if !valueOnly { key(kv.key, to: &out) }
    let value = pastable(kv.value, keepsLines: true)
    // What had to be escaped is no text, and so no JSON.
    out.line(value.hasPrefix("$'") ? value : PrettyJSON.layOut(kv.value) ?? value)
  }

  private func put(_ response: PutResponse, to out: inout ByteWriter) {
    out.line(style.paint("OK", TerminalStyle.good))
    if response.hasPrevKv { pair(response.prevKv, to: &out) }
  }

  private func deleteRange(_ response: DeleteRangeResponse, to out: inout ByteWriter) {
    out.line("\(response.deleted)")
    for kv in response.prevKvs { pair(kv, to: &out) }
  }

  private func txn(_ response: TxnResponse, to out: inout ByteWriter) {
    out.line(
      response.succeeded ? style.paint("SUCCESS", TerminalStyle.good) : style.paint("FAILURE", TerminalStyle.bad))
    for operation in response.responses {
      out.newline()
      switch operation.response {
      case .responseRange(let range): for kv in range.kvs { pair(kv, to: &out) }
      case .responsePut(let response): put(response, to: &out)
      case .responseDeleteRange(let response): deleteRange(response, to: &out)
      case .responseTxn(let response): txn(response, to: &out)
      case nil: break
      }
    }
  }

  /// Columns of equal width, two spaces apart; nothing trails the last. A column without a word is left out.
  private func aligned(_ table: ReplyTable, to out: inout ByteWriter) {
    let filled = table.headings.indices.filter { column in
      table.rows.isEmpty || table.rows.contains { !$0[column].isEmpty }
    }
    let table = ReplyTable(
      headings: filled.map { table.headings[$0] }, rows: table.rows.map { row in filled.map { row[$0] } })
    let lines = [table.headings.map { $0.uppercased() }] + table.rows
    let widths = table.headings.indices.map { column in lines.map { columns($0[column]) }.max() ?? 0 }
    for (index, cells) in lines.enumerated() {
      var line = ""
      for (column, cell) in cells.enumerated() {
        line += cell
        if column < cells.count - 1 { line += String(repeating: " ", count: widths[column] - columns(cell) + 2) }
      }
      while line.last == " " { line.removeLast() }
      out.line(index == 0 ? style.paint(line, TerminalStyle.heading) : line)
    }
  }
}

/// Bytes as one can read them and paste them back: as they are when all can be printed, else as one `$'…'` word.
///
/// - Parameter keepsLines: line ends and tabs count as printable (a value is often a file).
func pastable(_ data: Data, keepsLines: Bool = false) -> String {
  var isPlain = true
  for piece in UTF8Pieces(data) {
    if case .scalar(let scalar) = piece, scalar.isPrintable || (keepsLines && (scalar == "\n" || scalar == "\t")) {
      continue
    }
    isPlain = false
    break
  }
  if isPlain { return String(decoding: data, as: UTF8.self) }

  var text = "$'"
  for piece in UTF8Pieces(data) {
    switch piece {
    case .invalid(let byte): text += hexEscape(byte)
    case .scalar("\n"): text += "\\n"
    case .scalar("\t"): text += "\\t"
    case .scalar("\r"): text += "\\r"
    case .scalar("'"): text += "\\'"
    case .scalar("\\"): text += "\\\\"
    case .scalar(let scalar) where scalar.isPrintable: text.unicodeScalars.append(scalar)
    case .scalar(let scalar): for byte in String(Character(scalar)).utf8 { text += hexEscape(byte) }
    }
  }
  return text + "'"
}

private func hexEscape(_ byte: UInt8) -> String {
  "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
