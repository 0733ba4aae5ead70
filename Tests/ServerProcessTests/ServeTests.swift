import Foundation
import TestSupport
import Testing

@Suite("A node as its own process", .timeLimit(.minutes(3)))
struct ServeTests {
  /// A line of the log, as far as tests look at it.
  private func lines(_ log: String) throws -> [[String: Any]] {
    try log.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }

  private func messages(_ log: String) throws -> [String] { try lines(log).compactMap { $0["msg"] as? String } }

  private func serve(_ arguments: String..., environment: [String: String] = [:]) async throws -> Program.Output {
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ETCD_") }
    variables.merge(environment) { $1 }
    return try await Program.run(Program.etch, ["serve"] + arguments, environment: variables)
  }

  // MARK: Serving

  @Test("It serves etcdctl, and its log is JSON lines with etcd's keys and words")
  func serves() async throws {
    let etch = try await RealEtcd.start(.etch)
    let put = try await etch.etcdctl("put", "a", "1")
    #expect(put.text == "OK\n", "\(put)")
    #expect(try await etch.etcdctl("get", "a").text == "a\n1\n")
    etch.stop()
    let lines = try lines(etch.log)
    for line in lines {
      for key in ["level", "ts", "caller", "msg"] { #expect(line[key] is String, "\(key) of \(line)") }
    }
    let start = try #require(lines.first { $0["msg"] as? String == "starting an etcd server" })
    #expect(start["etcd-version"] as? String == "3.5.1")
    #expect(start["name"] as? String == "node-a")
    #expect(start["advertise-client-urls"] as? [String] == [etch.clientURL])
    #expect(start["quota-size-bytes"] as? Int == 2_147_483_648)
    let messages = try messages(etch.log)
    let expected = [
      "Running: ", "starting an etcd server", "ready to serve client requests",
      "serving client traffic insecurely; this is strongly discouraged!", "received signal; shutting down",
      "closing etcd server", "closed etcd server",
    ]
    #expect(messages.filter(expected.contains) == expected)
  }

  @Test("What was answered is there after kill -9 and a restart")
  func survivesKill() async throws {
    let etch = try await RealEtcd.start(.etch)
    for number in 0..<20 { #expect(try await etch.etcdctl("put", "k\(number)", "v").status == 0) }
    etch.kill()
    try await etch.restart()
    let got = try await etch.etcdctl("get", "--prefix", "k", "--count-only", "--write-out", "fields")
    #expect(got.text.contains("\"Count\" : 20"), "\(got)")
    #expect(try messages(etch.log).contains("server has been already initialized"))
  }

  @Test("The member has the ID that etcd gives it, and publishes its name and client URLs when they change")
  func identity() async throws {
    let folder = TemporaryFolder("etch-serve")
    let port = FreePort.pick()
    let url = "http://127.0.0.1:\(port)"
    let first = try await ServedProcess.start([
      "--data-dir", folder.file("d"), "--listen-client-urls", url, "--advertise-client-urls", "http://10.10.10.11:2379",
      "--initial-advertise-peer-urls", "http://10.10.10.11:2380",
    ])
    let before = try await Program.run(Program.etch, ["--endpoints", url, "member", "list"])
    #expect(
      before.text == "ffcf00e267752181, started, default, http://10.10.10.11:2380, http://10.10.10.11:2379, false\n")
    #expect(await first.end(by: SIGTERM) == 0)
    let second = try await ServedProcess.start([
      "--name", "other", "--data-dir", folder.file("d"), "--listen-client-urls", url, "--advertise-client-urls", url,
    ])
    let after = try await Program.run(Program.etch, ["--endpoints", url, "member", "list"])
    #expect(after.text == "ffcf00e267752181, started, other, http://10.10.10.11:2380, \(url), false\n")
    #expect(await second.end(by: SIGINT) == 0)
  }

  @Test("It listens on several addresses, among them a socket file")
  func severalAddresses() async throws {
    let folder = TemporaryFolder("etch-serve")
    let ports = [FreePort.pick(), FreePort.pick()]
    let urls = ports.map { "http://127.0.0.1:\($0)" }
    let server = try await ServedProcess.start([
      "--data-dir", folder.file("d"), "--listen-client-urls",
      (urls + ["unix://\(folder.file("s"))"]).joined(separator: ","),
      "--advertise-client-urls", urls[0],
    ])
    for url in urls + ["unix://\(folder.file("s"))"] {
      let output = try await Program.run(Program.etch, ["--endpoints", url, "put", "a", url])
      #expect(output.status == 0, "\(url): \(output)")
    }
    #expect(await server.end(by: SIGTERM) == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.file("s")))
  }

  @Test("A config file says everything, and flags and variables beside it are ignored")
  func configFile() async throws {
    let folder = TemporaryFolder("etch-serve")
    let url = "http://127.0.0.1:\(FreePort.pick())"
    let file = try folder.write(
      """
      name: from-file
      data-dir: \(folder.file("d"))
      listen-client-urls: \(url)
      advertise-client-urls: \(url)
      log-outputs: [stderr]
      """, to: "etcd.yml")
    let server = try await ServedProcess.start(
      ["--config-file", file, "--name", "from-flag"], environment: ["ETCD_MAX_TXN_OPS": "nonsense"])
    let members = try await Program.run(Program.etch, ["--endpoints", url, "member", "list"])
    #expect(members.text.contains(", from-file, "), "\(members)")
    #expect(await server.end(by: SIGTERM) == 0)
    #expect(
      try messages(server.log).contains(
        "loaded server configuration, other configuration command line flags and environment variables will be ignored "
          + "if provided"))
  }

  @Test("A log folder of its own is used, and found again")
  func walFolder() async throws {
    let folder = TemporaryFolder("etch-serve")
    let url = "http://127.0.0.1:\(FreePort.pick())"
    let flags = ["--listen-client-urls", url, "--advertise-client-urls", url, "--data-dir", folder.file("d")]
    let first = try await ServedProcess.start(flags + ["--wal-dir", folder.file("w")])
    #expect(try await Program.run(Program.etch, ["--endpoints", url, "put", "a", "1"]).status == 0)
    #expect(await first.end(by: SIGTERM) == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("w")).contains { $0.hasSuffix(".wal") })
    #expect(!FileManager.default.fileExists(atPath: folder.file("d/member/wal")))
    let second = try await ServedProcess.start(flags + ["--wal-dir", folder.file("w")])
    #expect(try await Program.run(Program.etch, ["--endpoints", url, "get", "a"]).text == "a\n1\n")
    #expect(await second.end(by: SIGTERM) == 0)
  }

  @Test("Where a service manager waits for it, it is told when clients can connect")
  func notifies() async throws {
    let folder = TemporaryFolder("etch-serve")
    let socket = try DatagramSocket(folder.file("notify"))
    let url = "http://127.0.0.1:\(FreePort.pick())"
    let server = try await ServedProcess.start(
      ["--data-dir", folder.file("d"), "--listen-client-urls", url, "--advertise-client-urls", url],
      environment: ["NOTIFY_SOCKET": folder.file("notify")])
    #expect(socket.receive() == "READY=1")
    #expect(await server.end(by: SIGTERM) == 0)
  }

  @Test("Under the name etcd it ends by the signal that ends it, as etcd does", .needsEtcd35)
  func endsAsEtcd() async throws {
    for release in [RealEtcd.Release.v35, .etch] {
      let folder = TemporaryFolder("etch-serve")
      let urls = (0..<2).map { _ in "http://127.0.0.1:\(FreePort.pick())" }
      let server = try await ServedProcess.start(
        [
          "--data-dir", folder.file("d"), "--listen-client-urls", urls[0], "--advertise-client-urls", urls[0],
          "--listen-peer-urls", urls[1], "--initial-advertise-peer-urls", urls[1], "--initial-cluster",
          "default=\(urls[1])",
        ], program: RealEtcd.program("etcd", release)!, isServe: false)
      #expect(await server.end(by: SIGTERM) == 128 + SIGTERM, "\(release)")
    }
  }

  @Test("Over TLS it serves who shows a certificate of its authority, and nobody else", .needsEtcd35, .needsOpenSSL)
  func servesTLS() async throws {
    let certificates = TestCertificates.shared
    let etch = try await RealEtcd.start(
      .etch, .init(server: certificates.server, clientAuthority: certificates.authority))
    #expect(try await etch.etcdctl("put", "a", "1", client: certificates.client).text == "OK\n")
    #expect(try await etch.etcdctl("get", "a", client: certificates.strangeClient).status == 1)
    #expect(try await etch.etcdctl("get", "a").status == 1)
    #expect(try messages(etch.log).contains("serving client traffic securely"))
    #expect(try messages(etch.log).contains("rejected connection"))
  }

  @Test(
    "It answers for its health on a port of its own, which serves no keys",
    .needs(!Program.directories(holding: "curl").isEmpty, orElse: "curl is not installed"))
  func metricsPort() async throws {
    let folder = TemporaryFolder("etch-serve")
    let urls = (0..<2).map { _ in "http://127.0.0.1:\(FreePort.pick())" }
    let server = try await ServedProcess.start([
      "--data-dir", folder.file("d"), "--listen-client-urls", urls[0], "--advertise-client-urls", urls[0],
      "--listen-metrics-urls", urls[1],
    ])
    #expect(try await Program.run("curl", ["-s", "\(urls[1])/health"]).text == #"{"health":"true","reason":""}"#)
    #expect(try await Program.run(Program.etch, ["--endpoints", urls[1], "get", "a"]).status == 1)
    #expect(await server.end(by: SIGTERM) == 0)
  }

  // MARK: Refusing

  @Test("A folder is served by one process at a time")
  func lockedFolder() async throws {
    let etch = try await RealEtcd.start(.etch)
    let output = try await serve("--data-dir", etch.dataFolder)
    #expect(output.status == 1)
    let last = try #require(try lines(output.errorText).last)
    #expect(last["level"] as? String == "fatal")
    #expect((last["cause"] as? String)?.contains("in use by process") == true, "\(output)")
  }

  @Test("An address that is taken is refused in Go's words")
  func addressInUse() async throws {
    let listener = SilentListener()
    let folder = TemporaryFolder("etch-serve")
    let url = "http://127.0.0.1:\(listener.port)"
    let output = try await serve(
      "--data-dir", folder.file("d"), "--listen-client-urls", url, "--advertise-client-urls", url)
    #expect(output.status == 1)
    #expect(
      try lines(output.errorText).last?["error"] as? String
        == "listen tcp 127.0.0.1:\(listener.port): bind: address already in use")
  }

  @Test("A command line that cannot be read, or asks for what cannot be, ends as etcd's does", .needsEtcd35)
  func badCommandLines() async throws {
    let folder = TemporaryFolder("etch-serve")
    let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ETCD_") }
    for arguments in [
      ["--nope"], ["--heartbeat-interval", "abc"], ["--heartbeat-interval"], ["--pre-vote=maybe"], ["extra"],
      ["-name=y", "extra"], ["--listen-client-urls", "http://127.0.0.1:1"], ["--listen-client-urls", "127.0.0.1:1"],
      ["--listen-client-urls", "http://example.com:1", "--advertise-client-urls", "http://127.0.0.1:1"],
      ["--initial-cluster-state", "foo"], ["--heartbeat-interval", "500"], ["--election-timeout", "60000"],
      ["--auto-compaction-mode", "foo"], ["--auto-compaction-retention", "1x"], ["--logger", "foo"],
      ["--initial-cluster", "other=http://localhost:2380"], ["--quota-backend-bytes", "x"],
      ["--experimental-corrupt-check-time", "5"], ["--proxy", "foo"], ["--initial-cluster-state", "existing"],
      ["--discovery", "http://a:1", "--initial-cluster", "default=http://localhost:2380"],
      ["--listen-client-urls", "https://127.0.0.1:1", "--advertise-client-urls", "https://127.0.0.1:1"],
    ] {
      var outputs: [(status: Int32, complaint: String)] = []
      for release in [RealEtcd.Release.v35, .etch] {
        let output = try await Program.run(
          RealEtcd.program("etcd", release)!,
          ["--data-dir", folder.file("\(release)"), "--listen-peer-urls", "http://127.0.0.1:\(FreePort.pick())"]
            + arguments,
          environment: environment)
        outputs.append((output.status, try complaint(output)))
      }
      #expect(outputs[0].status == outputs[1].status, "\(arguments): \(outputs)")
      #expect(outputs[0].complaint == outputs[1].complaint, "\(arguments)")
    }
  }

  /// The error of the last log line, or the first line of what is no log.
  private func complaint(_ output: Program.Output) throws -> String {
    let text = output.errorText
    guard text.hasPrefix("{") else { return String(text.prefix { $0 != "\n" }) }
    let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("{") })
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    return object["error"] as? String ?? ""
  }

  @Test("The version's lines are those that scripts look for, with this program's own beside them", .needsEtcd35)
  func version() async throws {
    func lines(_ release: RealEtcd.Release) async throws -> [[String]] {
      let output = try await Program.run(RealEtcd.program("etcd", release)!, ["--version"])
      #expect(output.status == 0)
      return output.text.split(separator: "\n").map { $0.split(separator: ":", maxSplits: 1).map(String.init) }
    }
    let real = try await lines(.v35)
    let own = try await lines(.etch)
    #expect(Array(own.map(\.[0]).prefix(4)) == real.map(\.[0]))
    #expect(own[0] == real[0])
    #expect(own[4][0] == "etch Version")
  }

  @Test("Help names every flag that etcd's names", .enabled(if: RealEtcd.is34Installed && RealEtcd.is35Installed))
  func help() async throws {
    let own = try await Program.run(RealEtcd.program("etcd", .etch)!, ["--help"])
    #expect(own.status == 0)
    #expect(own.errorText.isEmpty)
    func flags(_ text: String) -> Set<Substring> { Set(text.matches(of: #/--[a-z0-9-]+/#).map(\.output)) }
    for release in RealEtcd.installed {
      let real = try await Program.run(RealEtcd.program("etcd", release)!, ["--help"])
      #expect(flags(real.text).subtracting(flags(own.text)) == [], "\(release)")
    }
  }

  @Test("The proxies that etcd has as commands are refused", arguments: ["gateway", "grpc-proxy"])
  func proxies(_ name: String) async throws {
    let output = try await Program.run(RealEtcd.program("etcd", .etch)!, [name, "start"])
    #expect(output.status == 1)
    #expect(output.errorText.hasPrefix("Error: \(name) is not built"))
  }

  @Test("A flag without effect is named in the log")
  func withoutEffect() async throws {
    let output = try await serve(
      "--max-wals", "3", "--initial-cluster", "nobody=http://localhost:2380", "--data-dir", "/nowhere")
    let line = try #require(try lines(output.errorText).first { $0["flag"] as? String == "--max-wals" })
    #expect(line["msg"] as? String == "flag has no effect here")
    #expect(line["level"] as? String == "warn")
  }
}
