/// How remote nodes are reached: etcdctl's connection flags and `--server-name`, from the command line or from ETCDCTL_ variables.
public struct Connection: Sendable, Equatable {
  /// As typed; empty when neither the flag nor the variable was given.
  public var endpoints: [String] = []
  public var caFile: String?
  public var certificateFile: String?
  public var keyFile: String?
  /// The name that a TLS server's certificate must have, instead of the endpoint's host.
  public var serverName: String?
  public var user: String?
  public var password: String?
  public var dialTimeout = Duration.seconds(2)
  public var keepAliveTime = Duration.seconds(2)
  public var keepAliveTimeout = Duration.seconds(6)
  public var commandTimeout = Duration.seconds(5)
  public var skipsVerification = false
  public var allowsPlaintext = true
  public var isDebugging = false

  public static let defaultEndpoints = ["127.0.0.1:2379"]

  public init() {}

  /// Endpoints separated by commas, blanks around them ignored.
  static func endpoints(in text: String) -> [String] {
    text.split(separator: ",").map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
  }

  /// How long things may take, without the endpoints and all that identifies this client.
  func withoutCredentials() -> Connection {
    var connection = Connection()
    connection.dialTimeout = dialTimeout
    connection.keepAliveTime = keepAliveTime
    connection.keepAliveTimeout = keepAliveTimeout
    connection.commandTimeout = commandTimeout
    connection.isDebugging = isDebugging
    return connection
  }

  /// etcdctl's notation: the password may follow the first colon.
  mutating func setUser(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    user = parts[0]
    if parts.count == 2 { password = parts[1] }
  }

  /// Takes over what the flags say.
  mutating func apply(_ flags: FlagValues) throws(ShellError) {
    if let text = flags.text("endpoints") {
      endpoints = Self.endpoints(in: text)
      if endpoints.isEmpty {
        throw .badArguments("--endpoints names no address", remedy: "for example --endpoints 127.0.0.1:2379")
      }
    }
    caFile = flags.text("cacert") ?? caFile
    certificateFile = flags.text("cert") ?? certificateFile
    keyFile = flags.text("key") ?? keyFile
    if let name = flags.text("server-name") {
      if name.isEmpty {
        throw .badArguments("--server-name names no server", remedy: "for example --server-name etcd.example.com")
      }
      serverName = name
    }
    if let text = flags.text("user") { setUser(text) }
    password = flags.text("password") ?? password
    dialTimeout = flags.duration("dial-timeout") ?? dialTimeout
    keepAliveTime = flags.duration("keepalive-time") ?? keepAliveTime
    keepAliveTimeout = flags.duration("keepalive-timeout") ?? keepAliveTimeout
    commandTimeout = flags.duration("command-timeout") ?? commandTimeout
    skipsVerification = flags.bool("insecure-skip-tls-verify") ?? skipsVerification
    allowsPlaintext = flags.bool("insecure-transport") ?? allowsPlaintext
    isDebugging = flags.bool("debug") ?? isDebugging
    for name in ["discovery-srv", "discovery-srv-name", "insecure-discovery"] where flags[name] != nil {
      throw ShellError(
        "--\(name): finding nodes by DNS is not supported", remedy: "name them with --endpoints",
        status: ExitStatus.badFeature, at: flags.word(name))
    }
  }
}

extension FlagValues {
  func text(_ name: String) -> String? {
    if case .bytes(let bytes)? = self[name] { return String(decoding: bytes, as: UTF8.self) }
    return nil
  }

  func duration(_ name: String) -> Duration? {
    if case .duration(let value)? = self[name] { return value }
    return nil
  }

  func bool(_ name: String) -> Bool? {
    if case .bool(let value)? = self[name] { return value }
    return nil
  }
}
