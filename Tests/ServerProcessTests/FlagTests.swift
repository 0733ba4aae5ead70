import Logging
import Testing

@testable import ServerProcess

@Suite("The server's flags")
struct FlagTests {
  private func read(_ arguments: String...) throws -> FlagValues {
    var reader = FlagReader()
    _ = try reader.read(arguments)
    return reader.values
  }

  private func refusal(_ arguments: String...) -> String? {
    var reader = FlagReader()
    do throws(FlagReader.Refusal) {
      _ = try reader.read(arguments)
      return nil
    } catch { return error.text }
  }

  @Test("A flag has one or two dashes, and its value after a blank or an equals sign")
  func spellings() throws {
    for arguments in [["-name", "a"], ["--name", "a"], ["-name=a"], ["--name=a"]] {
      var reader = FlagReader()
      _ = try reader.read(arguments)
      #expect(reader.values["name"] == "a", "\(arguments)")
    }
    #expect(try read("--name=a=b")["name"] == "a=b")
    #expect(try read("--name=")["name"] == "")
  }

  @Test("A bool needs no value, and takes none from the next word")
  func bools() throws {
    #expect(try read("--force-new-cluster").bool("force-new-cluster"))
    #expect(try !read("--pre-vote=false").bool("pre-vote"))
    #expect(try !read("--pre-vote=F").bool("pre-vote"))
    var reader = FlagReader()
    _ = try reader.read(["--pre-vote", "false", "--name", "a"])
    #expect(reader.rest == ["false", "--name", "a"])
    #expect(reader.values.bool("pre-vote"))
  }

  @Test("Of a flag given twice the last counts, and reading ends at two dashes")
  func order() throws {
    #expect(try read("--name", "a", "--name", "b")["name"] == "b")
    var reader = FlagReader()
    _ = try reader.read(["--name", "a", "--", "--name", "b"])
    #expect(reader.values["name"] == "a")
    #expect(reader.rest == ["--name", "b"])
  }

  @Test("What cannot be read is refused in the words of Go's flag package, which etcd 3.5.1 prints")
  func refusals() {
    #expect(refusal("--nope") == "flag provided but not defined: -nope")
    #expect(refusal("--heartbeat-interval") == "flag needs an argument: -heartbeat-interval")
    #expect(
      refusal("--heartbeat-interval", "abc") == #"invalid value "abc" for flag -heartbeat-interval: parse error"#)
    #expect(
      refusal("--heartbeat-interval=99999999999999999999")
        == #"invalid value "99999999999999999999" for flag -heartbeat-interval: value out of range"#)
    #expect(refusal("--pre-vote=maybe") == #"invalid boolean value "maybe" for -pre-vote: parse error"#)
    #expect(refusal("---name=a") == "bad flag syntax: ---name=a")
    #expect(refusal("--=a") == "bad flag syntax: --=a")
    #expect(
      refusal("--initial-cluster-state", "foo")
        == #"invalid value "foo" for flag -initial-cluster-state: invalid value"#)
    #expect(
      refusal("--experimental-corrupt-check-time", "5")
        == #"invalid value "5" for flag -experimental-corrupt-check-time: parse error"#)
    #expect(
      refusal("--listen-client-urls", "127.0.0.1:2379")
        == #"invalid value "127.0.0.1:2379" for flag -listen-client-urls: "#
        + #"parse "127.0.0.1:2379": first path segment in URL cannot contain colon"#)
    #expect(
      refusal("--listen-client-urls", "http://127.0.0.1:2379/x")
        == #"invalid value "http://127.0.0.1:2379/x" for flag -listen-client-urls: "#
        + "URL must not contain a path: http://127.0.0.1:2379/x")
    #expect(
      refusal("--advertise-client-urls", "http://")
        == #"invalid value "http://" for flag -advertise-client-urls: "#
        + #"URL address does not have the form "host:port": http://"#)
  }

  @Test("Help is asked for by its two names, wherever it stands")
  func help() throws {
    for arguments in [["--help"], ["-h"], ["--name", "a", "-help", "--nope"]] {
      var reader = FlagReader()
      #expect(try reader.read(arguments) == .help)
    }
  }

  @Test("Every default is a value that its own flag takes")
  func defaults() {
    for flag in FlagTable.all where flag.kind != .ignored {
      #expect(flag.problem(with: flag.standard) == nil, "--\(flag.name)")
    }
  }

  @Test("A flag's variable is its name in capitals")
  func variables() {
    #expect(FlagTable.flag("initial-advertise-peer-urls")?.variable == "ETCD_INITIAL_ADVERTISE_PEER_URLS")
    #expect(FlagTable.flag(variable: "ETCD_MAX_TXN_OPS")?.name == "max-txn-ops")
  }

  @Test("Lists of URLs come sorted and without duplicates; an empty one is as good as none given")
  func urls() throws {
    let values = try read("--listen-client-urls", "http://127.0.0.2:1, http://127.0.0.1:1,http://127.0.0.2:1")
    #expect(values.urls("listen-client-urls").map(\.text) == ["http://127.0.0.1:1", "http://127.0.0.2:1"])
    #expect(try read("--listen-client-urls=").urls("listen-client-urls").map(\.text) == ["http://localhost:2379"])
    #expect(try read().urls("listen-metrics-urls").isEmpty)
  }

  // MARK: Variables

  private struct Told: Equatable {
    var level: Logger.Level
    var message: String
    var metadata: Logger.Metadata
  }

  private func environment(
    _ environment: [String: String], after values: FlagValues = FlagValues()
  ) throws -> (FlagValues, [Told]) {
    var values = values
    var told: [Told] = []
    try EnvironmentReader.read(environment, into: &values) { told.append(Told(level: $0, message: $1, metadata: $2)) }
    return (values, told)
  }

  @Test("A variable counts when its flag is not given, and the log names it")
  func variableIsUsed() throws {
    let (values, told) = try environment(["ETCD_NAME": "a", "HOME": "/"])
    #expect(values["name"] == "a")
    #expect(values.source(of: "name") == .environment)
    #expect(
      told == [
        Told(
          level: .info, message: "recognized and used environment variable",
          metadata: ["variable-name": "ETCD_NAME", "variable-value": "a"])
      ])
  }

  @Test("The flag wins over its variable, with a warning")
  func flagWins() throws {
    let (values, told) = try environment(["ETCD_NAME": "a"], after: try read("--name", "b"))
    #expect(values["name"] == "b")
    #expect(told.map(\.level) == [.warning])
  }

  @Test("An unknown variable is named in etcd's words, and an empty one is none")
  func unknownVariable() throws {
    let (values, told) = try environment(["ETCD_FOO": "1", "ETCD_NAME": ""])
    #expect(values == FlagValues())
    #expect(
      told == [
        Told(
          level: .warning, message: "unrecognized environment variable",
          metadata: ["environment-variable": "ETCD_FOO=1"])
      ])
  }

  @Test("A variable with a bad value is refused")
  func badVariable() {
    #expect(throws: EnvironmentReader.Refusal(text: #"invalid value "x" for ETCD_MAX_TXN_OPS: parse error"#)) {
      try environment(["ETCD_MAX_TXN_OPS": "x"])
    }
  }
}
