/// Which fields the messages of etcd's API have, by name: what turns JSON into a message and back without knowing its
/// type. (The generated types keep their names to themselves.)
///
///     "etcdserverpb.LeaseGrantRequest" -> fields TTL = 1 int64, ID = 2 int64
///     "etcdserverpb.AlarmType"         -> names  0 NONE, 1 NOSPACE, 2 CORRUPT
public struct MessageSchema: Sendable {
  public indirect enum Kind: Sendable, Equatable {
    case bytes, string, bool, int64, uint64, uint32
    case message(String)
    case enumeration(String)
  }

  public struct Field: Sendable, Equatable {
    public var number: Int
    /// As the .proto file has it: `range_end`.
    public var name: String
    /// As protobuf's own JSON has it: `rangeEnd`.
    public var jsonName: String
    public var kind: Kind
    public var isRepeated: Bool
  }

  /// The fields of each message, by its full name, in ascending order of their numbers.
  public let messages: [String: [Field]]
  /// The names of each enumeration's values, by its full name.
  public let enumerations: [String: [Int: String]]

  public static let etcd = MessageSchema(list: fieldList)

  /// Reads lines as `Protos/list-fields` writes them: a heading `message NAME` or `enum NAME`, and under it
  /// `NUMBER NAME KIND [repeated]`, where the kind of a message or enumeration is two words.
  init(list: String) {
    var messages: [String: [Field]] = [:]
    var enumerations: [String: [Int: String]] = [:]
    var heading = ""
    for line in list.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words[0] == "message" {
        heading = words[1]
        messages[heading] = []
      } else if words[0] == "enum" {
        heading = words[1]
        enumerations[heading] = [:]
      } else if messages[heading] != nil {
        messages[heading]!.append(Field(words))
      } else {
        enumerations[heading]![Int(words[0])!] = words[1]
      }
    }
    self.messages = messages
    self.enumerations = enumerations
  }
}

extension MessageSchema.Field {
  fileprivate init(_ words: [String]) {
    let kind: MessageSchema.Kind =
      switch words[2] {
      case "bytes": .bytes
      case "string": .string
      case "bool": .bool
      case "int64": .int64
      case "uint64": .uint64
      case "uint32": .uint32
      case "message": .message(words[3])
      case "enum": .enumeration(words[3])
      default: preconditionFailure("\(words[1]) is of no known kind")
      }
    let parts = words[1].split(separator: "_", omittingEmptySubsequences: false)
    let jsonName = parts.dropFirst().reduce(String(parts[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    self.init(
      number: Int(words[0])!, name: words[1], jsonName: jsonName, kind: kind, isRepeated: words.last == "repeated")
  }
}
