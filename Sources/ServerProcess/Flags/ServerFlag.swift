/// One of etcd's flags. The same name with underscores, in capitals and after `ETCD_`, is its variable; in a config
/// file it is a key.
struct ServerFlag: Sendable {
  enum Kind: Sendable, Equatable {
    case text
    case bool
    case unsigned
    case integer
    /// As Go writes them: `1h30m`, `250ms`.
    case duration
    /// URLs separated by commas, each `scheme://host:port`.
    case urls
    /// The same, or `*` for all.
    case origins
    /// Words separated by commas.
    case list
    case oneOf([String])
    /// Takes anything, and its value only after `=`.
    case ignored

    /// Whether the next word is not its value.
    var standsAlone: Bool { self == .bool || self == .ignored }
  }

  enum Effect: Sendable, Equatable {
    case used
    /// Accepted so that whatever starts etcd keeps working, and named in the log, with the reason.
    case none(because: String)
    /// Setting it to something else than its default would ask for what this server cannot do.
    case refused(because: String, remedy: String)
  }

  var name: String
  var kind: Kind
  /// Its value when nothing is said, as one would type it.
  var standard: String
  var summary: String
  var effect: Effect

  init(_ name: String, _ kind: Kind, _ standard: String, _ summary: String, _ effect: Effect = .used) {
    self.name = name
    self.kind = kind
    self.standard = standard
    self.summary = summary
    self.effect = effect
  }

  var variable: String { "ETCD_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 }) }

  /// What is wrong with a value, in the words of Go's flag package and etcd's own flags; nil when nothing is.
  func problem(with text: String) -> String? {
    switch kind {
    case .text, .list, .ignored: return nil
    case .bool: return GoValue.bool(text) == nil ? "parse error" : nil
    case .unsigned: return GoValue.problem { () throws(GoValue.Problem) in _ = try GoValue.unsigned(text) }
    case .integer: return GoValue.problem { () throws(GoValue.Problem) in _ = try GoValue.integer(text) }
    case .duration: return (try? GoValue.duration(text)) == nil ? "parse error" : nil
    case .oneOf(let words): return words.contains(text) ? nil : "invalid value"
    case .urls, .origins:
      if text.isEmpty || kind == .origins && text == "*" { return nil }
      do throws(ServerURL.Problem) {
        _ = try ServerURL.list(text)
        return nil
      } catch { return error.text }
    }
  }
}
