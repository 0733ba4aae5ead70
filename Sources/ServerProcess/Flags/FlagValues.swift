/// What was asked of the server: a valid text for each flag that was given, and who gave it.
struct FlagValues: Sendable, Equatable {
  enum Source: Sendable, Equatable {
    case commandLine, environment, configFile
  }

  private var given: [String: (text: String, source: Source)] = [:]

  static func == (left: FlagValues, right: FlagValues) -> Bool {
    left.given.count == right.given.count
      && left.given.allSatisfy { name, value in right.given[name].map { $0 == value } ?? false }
  }

  /// - Precondition: the flag takes the text.
  mutating func set(_ flag: ServerFlag, to text: String, from source: Source) {
    precondition(flag.problem(with: text) == nil)
    given[flag.name] = (text, source)
  }

  func source(of name: String) -> Source? { given[name]?.source }
  func isSet(_ name: String) -> Bool { given[name] != nil }

  /// The flags that were given, in the order of the table.
  var flags: [(flag: ServerFlag, text: String)] {
    FlagTable.all.compactMap { flag in given[flag.name].map { (flag, $0.text) } }
  }

  // MARK: Reading

  subscript(_ name: String) -> String { given[name]?.text ?? flag(name).standard }

  func bool(_ name: String) -> Bool { GoValue.bool(self[name])! }

  func unsigned(_ name: String) -> UInt64 { parsed(name) { text throws in try GoValue.unsigned(text) } }

  func integer(_ name: String) -> Int64 { parsed(name) { text throws in try GoValue.integer(text) } }

  func duration(_ name: String) -> Duration { parsed(name) { text throws in try GoValue.duration(text) } }

  /// As etcd: an empty list of URLs is as good as none given.
  func urls(_ name: String) -> [ServerURL] {
    let text = self[name].isEmpty ? flag(name).standard : self[name]
    return text.isEmpty ? [] : parsed(name, text) { text throws in try ServerURL.list(text) }
  }

  func list(_ name: String) -> [String] {
    self[name].split(separator: ",").map { String($0.trimmingBlanks()) }.filter { !$0.isEmpty }
  }

  private func flag(_ name: String) -> ServerFlag {
    guard let flag = FlagTable.flag(name) else { preconditionFailure("no flag is named \(name)") }
    return flag
  }

  private func parsed<Value>(_ name: String, _ text: String? = nil, _ parse: (String) throws -> Value) -> Value {
    do {
      return try parse(text ?? self[name])
    } catch {
      preconditionFailure("--\(name) took a value that cannot be read")
    }
  }
}
