/// The global flags of that time, each with the one that means the same now; they stand before the command.
enum GlobalFlags2 {
  static let all: [(flag: Flag, now: String?)] = [
    (Flag("endpoints", nil, .text, "addresses of the nodes, separated by commas"), "endpoints"),
    (Flag("endpoint", nil, .text, "the same"), "endpoints"),
    (Flag("peers", "C", .text, "the same"), "endpoints"),
    (Flag("cert-file", nil, .file, "identify this client with this TLS certificate file"), "cert"),
    (Flag("key-file", nil, .file, "identify this client with this TLS key file"), "key"),
    (Flag("ca-file", nil, .file, "verify certificates of TLS servers with this CA bundle"), "cacert"),
    (Flag("username", "u", .text, "username[:password]"), "user"),
    (Flag("timeout", nil, .duration, "timeout for connecting to a node"), "dial-timeout"),
    (Flag("total-timeout", nil, .duration, "timeout for a command"), "command-timeout"),
    (Flag("output", "o", .choice(["simple"]), "the output format"), nil),
    (Flag("no-sync", nil, .bool, "use the endpoints as given (they always are)"), nil),
    (Flag("debug", nil, .bool, "tell on standard error of every call to a remote node"), "debug"),
    (Flag("discovery-srv", "D", .text, "not supported"), "discovery-srv"),
    (Flag("insecure-discovery", nil, .bool, "not supported"), "insecure-discovery"),
    (GlobalFlags.help, "help"), (Flag("version", "v", .bool, "print the version"), "version"),
  ]

  /// Takes the flags before the command, as those that mean the same now.
  static func read(_ words: ArraySlice<Word>, _ position: inout Int) throws(ShellError) -> FlagValues {
    var old = FlagValues()
    while position < words.endIndex, words[position].looksLikeFlag {
      try FlagReader(flags: all.map(\.flag), commandName: nil).read(words, &position, into: &old)
    }
    return old.renamed { name in all.first { $0.flag.name == name }?.now }
  }
}
