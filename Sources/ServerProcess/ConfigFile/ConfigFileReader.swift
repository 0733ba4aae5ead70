import DiskIO
import Logging

/// Reads `--config-file`: etcd's keys, which are the flags' names, but for those that `client-transport-security` and
/// `peer-transport-security` gather.
enum ConfigFileReader {
  /// What is wrong, with the place if it is in the file: `etcd.yml:3:7: …`.
  struct Refusal: Error, Equatable {
    var text: String
  }

  /// - Parameter tell: a line for the log about a key that means nothing.
  static func read(
    _ text: String, name: String, _ tell: (Logger.Level, _ message: String, Logger.Metadata) -> Void
  ) throws(Refusal) -> FlagValues {
    func refusal(_ place: YAMLReader.Place, _ text: String) -> Refusal {
      Refusal(text: "\(name):\(place.line):\(place.column): \(text)")
    }
    let node: YAMLReader.Node
    do throws(YAMLReader.Refusal) { node = try YAMLReader.read(text) } catch {
      throw refusal(error.place, error.text)
    }
    var values = FlagValues()
    for (key, member) in try members(of: node, refusal) {
      guard let flag = FlagTable.flag(flagName(key)) else {
        // As etcd, which passes over keys that it does not know, but without its silence.
        tell(
          .warning, "unrecognized key in the configuration file",
          ["key": "\(key)", "place": "\(name):\(member.place.line):\(member.place.column)"])
        continue
      }
      guard let given = try plainText(member, flag, refusal) else { continue }
      if let problem = flag.problem(with: given.text) {
        throw refusal(given.place, "invalid value \(GoValue.quoted(given.text)) for \(key): \(problem)")
      }
      values.set(flag, to: given.text, from: .configFile)
    }
    return values
  }

  /// The keys and their values, those of the two sections as `section.key`.
  private static func members(
    of node: YAMLReader.Node, _ refusal: (YAMLReader.Place, String) -> Refusal
  ) throws(Refusal) -> [(key: String, member: YAMLReader.Member)] {
    switch node {
    case .null: return []
    case .scalar(_, let place), .list(_, let place): throw refusal(place, "keys and values were expected")
    case .mapping(let members, _):
      var all: [(String, YAMLReader.Member)] = []
      for member in members {
        guard sections[member.key] != nil else {
          all.append((member.key, member))
          continue
        }
        switch member.value {
        case .null: continue
        case .mapping(let inner, _): all += inner.map { ("\(member.key).\($0.key)", $0) }
        case .scalar(_, let place), .list(_, let place):
          throw refusal(place, "the keys of \(member.key) were expected, indented below it")
        }
      }
      return all
    }
  }

  /// Sections, and what the flags of their keys begin with.
  private static let sections = ["client-transport-security": "", "peer-transport-security": "peer-"]

  /// `peer-transport-security.cert-file` is `peer-cert-file`.
  private static func flagName(_ key: String) -> String {
    let parts = key.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, let prefix = sections[String(parts[0])] else { return key }
    switch parts[1] {
    case "allowed-cn", "allowed-hostname", "crl-file":
      return (prefix.isEmpty ? "client-" : prefix) + (parts[1] == "crl-file" ? "" : "cert-") + parts[1]
    default: return prefix + parts[1]
    }
  }

  /// A value as the flag would take it; nil for none, which leaves the default.
  private static func plainText(
    _ member: YAMLReader.Member, _ flag: ServerFlag, _ refusal: (YAMLReader.Place, String) -> Refusal
  ) throws(Refusal) -> (text: String, place: YAMLReader.Place)? {
    switch member.value {
    case .null: return nil
    case .mapping(_, let place): throw refusal(place, "\(member.key) has one value, not keys of its own")
    case .list(let items, let place):
      guard [.list, .urls, .origins].contains(flag.kind) else {
        throw refusal(place, "\(member.key) has one value, not a list")
      }
      var words: [String] = []
      for item in items {
        guard case .scalar(let word, _) = item else { throw refusal(place, "\(member.key) lists words") }
        words.append(word)
      }
      return (words.joined(separator: ","), place)
    case .scalar(let text, let place):
      switch flag.kind {
      case .bool: return (truthValues[text] ?? text, place)
      // etcd's config file has durations as whole nanoseconds only; the flags' notation is taken as well.
      case .duration where Int64(text) != nil: return (text == "0" ? text : "\(text)ns", place)
      default: return (text, place)
      }
    }
  }

  /// YAML's other words for true and false.
  private static let truthValues = [
    "yes": "true", "Yes": "true", "YES": "true", "on": "true", "On": "true", "ON": "true",
    "no": "false", "No": "false", "NO": "false", "off": "false", "Off": "false", "OFF": "false",
  ]
}
