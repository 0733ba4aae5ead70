import Testing

@testable import EtcdShell

@Suite("The program's arguments say where lines come from and which node they go to")
struct LaunchTests {
  static func launch(
    _ line: String, _ environment: [String: String] = [:], isInteractive: Bool = true, program: String = "etch"
  ) throws -> Launch {
    let words = try Tokenizer.statements(in: "x " + line)[0].words.dropFirst().map(\.bytes)
    return try Launch(
      arguments: [Array(program.utf8)] + words, environment: environment, isInteractive: isInteractive, table: .standard
    )
  }

  static func describe(_ way: Launch.Way) -> String {
    switch way {
    case .prompt: "prompt"
    case .standardInput: "stdin"
    case .file(let path): "file \(path)"
    case .lines(let lines): "lines " + lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " | ")
    case .oneShot(let words): "one-shot " + words.map(\.text).joined(separator: " ")
    case .usage: "usage"
    case .completions(let script): "completions \(script)"
    }
  }

  @Test(
    "ways in",
    arguments: [
      ("", "prompt", Launch.Node.memory), ("--data-dir d", "prompt", .durable(folder: "d")),
      ("--endpoints a:1", "prompt", .remote), ("-f x", "file x", .memory), ("-f -", "stdin", .memory),
      ("-c 'put a 1' -c 'get a'", "lines put a 1 | get a", .memory), ("put a b", "one-shot put a b", .remote),
      ("--data-dir=d put a b", "one-shot put a b", .durable(folder: "d")),
      ("get a --endpoints b:1 --prefix", "one-shot get a --prefix", .remote),
      ("put a -- --endpoints", "one-shot put a -- --endpoints", .remote),
      ("echo --endpoints", "one-shot echo --endpoints", .remote), ("--help", "usage", .memory),
      ("completions zsh", "completions zsh", .memory),
      ("watch", "one-shot watch", .remote),
      ("--from-snapshot f", "prompt", .copy(snapshot: "f", folder: nil)),
      ("--from-snapshot f --data-dir d get a", "one-shot get a", .copy(snapshot: "f", folder: "d")),
      ("--version", "one-shot version", .remote), ("--help get", "one-shot help get", .remote),
    ])
  func ways(_ line: String, _ way: String, _ node: Launch.Node) throws {
    let launch = try Self.launch(line)
    #expect(Self.describe(launch.way) == way)
    #expect(launch.node == node)
  }

  @Test("without a terminal, standard input is a script")
  func standardInput() throws {
    #expect(Self.describe(try Self.launch("", isInteractive: false).way) == "stdin")
  }

  @Test(
    "a watch without a key is for the one that etcdctl's variables name",
    arguments: [
      ("watch", "one-shot watch /k"), ("watch --prefix", "one-shot watch /k --prefix"),
      ("watch -- echo", "one-shot watch /k -- echo"), ("watch /other", "one-shot watch /other"),
      ("get a", "one-shot get a"),
    ])
  func watchedKey(_ line: String, _ way: String) throws {
    #expect(Self.describe(try Self.launch(line, ["ETCDCTL_WATCH_KEY": "/k"]).way) == way)
    #expect(try Self.launch(line, ["ETCDCTL_WATCH_KEY": "/k"]).warnings.isEmpty)
  }

  @Test("the name expected in a server's certificate is a flag anywhere on the line, or a variable")
  func serverName() throws {
    let environment = ["ETCDCTL_SERVER_NAME": "a.example"]
    #expect(try Self.launch("", environment).connection.serverName == "a.example")
    let flagged = try Self.launch("get k --server-name b.example --prefix", environment)
    #expect(flagged.connection.serverName == "b.example")
    #expect(Self.describe(flagged.way) == "one-shot get k --prefix")
    #expect(throws: ShellError.self) { try Self.launch("--server-name ''") }
  }

  @Test("variables are read, and flags win over them")
  func variables() throws {
    let environment = [
      "ETCDCTL_ENDPOINTS": "a:1, b:2", "ETCDCTL_USER": "root:se:cret", "ETCDCTL_COMMAND_TIMEOUT": "1m",
      "ETCDCTL_WRITE_OUT": "json", "ETCDCTL_HEX": "true", "ETCDCTL_CACERT": "/ca", "ETCDCTL_API": "3",
      "ETCDCTL_INSECURE_SKIP_TLS_VERIFY": "true", "ETCDCTL_CERT": "",
    ]
    let launch = try Self.launch("", environment)
    #expect(launch.node == .remote)
    #expect(launch.connection.endpoints == ["a:1", "b:2"])
    #expect(launch.connection.user == "root")
    #expect(launch.connection.password == "se:cret")
    #expect(launch.connection.commandTimeout == .seconds(60))
    #expect(launch.connection.caFile == "/ca")
    #expect(launch.connection.certificateFile == nil)
    #expect(launch.connection.skipsVerification)
    #expect(launch.settings.format == .json)
    #expect(launch.settings.isHex)
    #expect(launch.warnings.isEmpty)

    let flagged = try Self.launch("--endpoints c:3 --user joe --password x -w fields --hex=false get a", environment)
    #expect(flagged.connection.endpoints == ["c:3"])
    #expect(flagged.connection.user == "joe")
    #expect(flagged.connection.password == "x")
    #expect(flagged.settings.format == .fields)
    #expect(!flagged.settings.isHex)
    #expect(try Self.launch("--data-dir d", environment).node == .durable(folder: "d"))
  }

  @Test("an embedded node listens where it is told to, also for one command, and whatever the variables say")
  func listens() throws {
    let environment = ["ETCDCTL_ENDPOINTS": "a"]
    for line in ["--listen http://127.0.0.1:1,unix:///s", "--listen http://127.0.0.1:1,unix:///s get a"] {
      let launch = try Self.launch(line, environment)
      #expect(launch.listenURLs == ["http://127.0.0.1:1", "unix:///s"])
      #expect(launch.node == .memory)
    }
    #expect(try Self.launch("--listen http://127.0.0.1:1 --data-dir d").node == .durable(folder: "d"))
  }

  @Test("a variable that means nothing is warned about")
  func mistypedVariable() throws {
    #expect(
      try Self.launch("", ["ETCDCTL_ENDPONTS": "a"]).warnings
        == ["warning: ETCDCTL_ENDPONTS means nothing here; did you mean ETCDCTL_ENDPOINTS?"])
  }

  @Test("under etcdctl's name, its habits win")
  func standIn() throws {
    #expect(try Self.launch("get a", program: "/usr/bin/etcdctl").program == .etcdctl)
    #expect(try Self.launch("get a").program == .etch)
    #expect(Self.describe(try Self.launch("", program: "etcdctl").way) == "one-shot help")
    #expect(Self.describe(try Self.launch("get --help", program: "etcdctl").way) == "one-shot get --help")
    let refused = #expect(throws: ShellError.self) { try Self.launch("--data-dir d", program: "etcdctl") }
    #expect(refused?.message == "unknown flag: --data-dir")
  }

  @Test(
    "what cannot be is refused",
    arguments: [
      (
        "--endpoints a --data-dir d", 128,
        "--data-dir starts an embedded node and --endpoints names remote ones; give one of them"
      ),
      ("-c 'get a' get a", 128, "give a command, -c or -f, not several of them"),
      ("-f x -c y", 128, "give a command, -c or -f, not several of them"),
      ("--endpoints ,", 128, "--endpoints names no address"), ("--data-dir ''", 128, "--data-dir names no folder"),
      ("--nodes 3", 4, "--nodes: an embedded cluster of several nodes is not built yet"),
      (
        "--listen http://127.0.0.1:2379 --endpoints a", 128,
        "--listen starts an embedded node and --endpoints names remote ones; give one of them"
      ),
      ("--listen ,", 128, "--listen names no address"),
      ("--data-dir d serve --name x", 128, "serve is the first word, and its flags stand after it"),
      ("--discovery-srv example.com get a", 4, "--discovery-srv: finding nodes by DNS is not supported"),
      (
        "--dial-timeout x get a", 1,
        "invalid argument \"x\" for \"--dial-timeout\" flag: time: invalid duration \"x\""
      ),
      ("completions csh", 128, "completions needs one of bash|zsh|fish"),
      ("--bogus", 1, "unknown flag: --bogus"), ("-c", 1, "flag needs an argument: 'c' in -c"),
      ("get a --endpoints", 1, "flag needs an argument: --endpoints"),
    ] as [(String, Int32, String)])
  func refused(_ line: String, _ status: Int32, _ message: String) {
    let error = #expect(throws: ShellError.self) { try Self.launch(line) }
    #expect(error?.message == message)
    #expect(error?.status == status)
  }
}
