import Logging

/// Reads the `ETCD_` variables. A flag wins over its variable; an empty variable is as good as none (etcd's rules).
///
/// etcd refuses to start when a flag and its variable are both given, also when they agree. Here that is a warning.
enum EnvironmentReader {
  struct Refusal: Error, Equatable {
    var text: String
  }

  /// Takes over what no flag has set.
  ///
  /// - Parameter tell: a line for the log about a variable that was used, shadowed, or means nothing.
  static func read(
    _ environment: [String: String], into values: inout FlagValues,
    _ tell: (Logger.Level, _ message: String, Logger.Metadata) -> Void
  ) throws(Refusal) {
    for variable in environment.keys.filter({ $0.hasPrefix("ETCD_") }).sorted() {
      let text = environment[variable]!
      // The config file's own variable is read before this.
      if variable == FlagTable.configFile.variable { continue }
      guard let flag = FlagTable.flag(variable: variable) else {
        tell(.warning, "unrecognized environment variable", ["environment-variable": "\(variable)=\(text)"])
        continue
      }
      if text.isEmpty { continue }
      if values.isSet(flag.name) {
        tell(
          .warning, "environment variable is shadowed by corresponding command-line flag",
          ["environment-variable": "\(variable)", "flag": "--\(flag.name)"])
        continue
      }
      if let problem = flag.problem(with: text) {
        throw Refusal(text: "invalid value \(GoValue.quoted(text)) for \(variable): \(problem)")
      }
      values.set(flag, to: text, from: .environment)
      tell(
        .info, "recognized and used environment variable",
        ["variable-name": "\(variable)", "variable-value": "\(text)"])
    }
  }
}
