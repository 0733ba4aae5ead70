/// etcdctl's global flags, and `--server-name`. Each is also a variable, `ETCDCTL_COMMAND_TIMEOUT`; the flag wins.
enum GlobalFlags {
  /// Those that also make sense beside a single command in a script or at the prompt.
  static let everywhere: [Flag] = [
    Flag(
      "write-out", "w", .choice(OutputFormat.allCases.map(\.rawValue)), default: "simple", "set the output format",
      choiceMessage: { _ in "unsupported output format" }),
    Flag("hex", nil, .bool, "print byte strings as hex encoded strings"),
    Flag("command-timeout", nil, .duration, default: "5s", "timeout for a short command, without the time to connect"),
    help,
  ]

  static let help = Flag("help", "h", .bool, "help for the command")

  /// Those that say how nodes are reached; given before the first command or with a one-shot.
  static let connection: [Flag] = [
    Flag("endpoints", nil, .text, default: "127.0.0.1:2379", "addresses of the nodes, separated by commas"),
    Flag("cacert", nil, .file, "verify certificates of TLS servers with this CA bundle"),
    Flag("cert", nil, .file, "identify this client with this TLS certificate file"),
    Flag("key", nil, .file, "identify this client with this TLS key file"),
    Flag("server-name", nil, .text, "name expected in the TLS server's certificate instead of the endpoint's host"),
    Flag("user", nil, .text, "username[:password] for authentication; asked for when the password is missing"),
    Flag("password", nil, .text, "password for authentication"),
    Flag("dial-timeout", nil, .duration, default: "2s", "timeout for connecting to a node"),
    Flag("keepalive-time", nil, .duration, default: "2s", "time after which a silent connection is probed"),
    Flag("keepalive-timeout", nil, .duration, default: "6s", "time after which a probed connection is given up"),
    Flag("insecure-skip-tls-verify", nil, .bool, "do not verify the server's certificate (only for tests)"),
    Flag("insecure-transport", nil, .bool, default: "true", "allow connections without TLS"),
    Flag("insecure-discovery", nil, .bool, default: "true", "accept insecure SRV records (not supported)"),
    Flag("discovery-srv", "d", .text, "domain name to query for SRV records (not supported)"),
    Flag("discovery-srv-name", nil, .text, "service name to query when using DNS discovery (not supported)"),
    Flag("debug", nil, .bool, "tell on standard error of every call to a remote node"),
  ]

  static let all = everywhere + connection

  /// `command-timeout` -> `ETCDCTL_COMMAND_TIMEOUT`
  static func variable(_ flag: Flag) -> String {
    "ETCDCTL_" + flag.name.uppercased().split(separator: "-").joined(separator: "_")
  }
}
