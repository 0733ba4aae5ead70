extension CommandTable {
  /// The shell's commands, in the order in which help lists them.
  public static let standard = CommandTable([
    .get, .put,
    .watches, .foreground, .unwatch,
    .settings, .connect, .source, .time, .echo, .help, .exit,
  ])
}
