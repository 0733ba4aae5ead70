/// What `etch serve --help` prints, and the short form after a command line that cannot be read.
struct ServerHelp {
  /// How the server was called: `etcd`, or `etch serve`.
  var command: String

  var usage: String {
    """
    Usage:

      \(command) [flags]
        Start a server.

      \(command) --config-file FILE
        Start a server as the file says; other flags and variables are ignored.

      \(command) --version
        Print the version.

      \(command) --help
        List the flags.

    """
  }

  var text: String {
    var text = usage
    text += "\nEach flag is also a variable: --data-dir is ETCD_DATA_DIR. The flag wins.\n"
    for section in FlagTable.sections {
      let flags = section.flags.filter { $0.kind != .ignored }
      text += "\n\(section.title):\n"
      for flag in flags {
        text += "  --\(flag.name) '\(flag.standard)'\n    \(flag.summary)\(note(flag.effect))\n"
      }
    }
    return text
  }

  private func note(_ effect: ServerFlag.Effect) -> String {
    switch effect {
    case .used: ""
    case .none(let reason): " (accepted without effect: \(reason))"
    case .refused(let reason, _): " (refused: \(reason))"
    }
  }
}
