import Logging
import TestSupport
import Testing

@testable import ServerProcess

@Suite("The server's config file")
struct ConfigFileTests {
  /// The keys of etcd's own sample file, in its manner of writing them.
  private static let sample = """
    # A node.

    name: 'node-a'   # in quotes
    data-dir:
    wal-dir:
    snapshot-count: 10000
    heartbeat-interval: 100
    election-timeout: 1000
    quota-backend-bytes: 0
    listen-peer-urls: http://localhost:2380
    listen-client-urls: http://localhost:2379,http://127.0.0.1:2378
    max-snapshots: 5
    max-wals: 5
    cors:
    initial-advertise-peer-urls: http://localhost:2380
    advertise-client-urls: http://localhost:2379
    discovery:
    discovery-fallback: 'proxy'
    discovery-proxy:
    discovery-srv:
    initial-cluster: "node-a=http://localhost:2380"
    initial-cluster-token: 'etcd-cluster'
    initial-cluster-state: 'new'
    strict-reconfig-check: false
    enable-pprof: true
    proxy: 'off'
    proxy-failure-wait: 5000

    client-transport-security:
      # Indented by two.
      cert-file: /etc/a.pem
      key-file:
      client-cert-auth: false
      trusted-ca-file: "ca \\"x\\".pem"
      auto-tls: false

    peer-transport-security:
      cert-file: /etc/peer.pem
      client-cert-auth: true
      allowed-cn: peer
      allowed-hostname:

    self-signed-cert-validity: 1
    log-level: debug
    logger: zap
    log-outputs: [stderr]
    force-new-cluster: false
    auto-compaction-mode: periodic
    auto-compaction-retention: "1"
    cipher-suites: [
      TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
      TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    ]
    tls-min-version: 'TLS1.2'
    tls-max-version: 'TLS1.3'
    """

  private func read(_ text: String) throws -> (FlagValues, unknown: [String]) {
    var unknown: [String] = []
    let values = try ConfigFileReader.read(text, name: "etcd.yml") { _, message, metadata in
      unknown.append("\(message) \(metadata["key"]!) \(metadata["place"]!)")
    }
    return (values, unknown)
  }

  private func refusal(_ text: String) -> String? {
    do {
      _ = try read(text)
      return nil
    } catch { return (error as? ConfigFileReader.Refusal)?.text }
  }

  @Test("Every key of etcd's sample file is known and read")
  func sample() throws {
    let (values, unknown) = try read(Self.sample)
    #expect(unknown == [])
    #expect(values["name"] == "node-a")
    #expect(!values.isSet("data-dir"))
    #expect(values.urls("listen-client-urls").map(\.text) == ["http://127.0.0.1:2378", "http://localhost:2379"])
    #expect(values["cert-file"] == "/etc/a.pem")
    #expect(values["trusted-ca-file"] == "ca \"x\".pem")
    #expect(values["peer-cert-file"] == "/etc/peer.pem")
    #expect(values["peer-cert-allowed-cn"] == "peer")
    #expect(values.bool("peer-client-cert-auth"))
    #expect(!values.bool("client-cert-auth"))
    #expect(values["auto-compaction-retention"] == "1")
    #expect(values.list("cipher-suites").count == 2)
    #expect(values.list("log-outputs") == ["stderr"])
    #expect(values.source(of: "name") == .configFile)
  }

  @Test("The same may be written as JSON")
  func json() throws {
    let (values, unknown) = try read(
      """
      {"name": "a\\u00e9\\ud83d\\ude00", "client-transport-security": {"client-cert-auth": true, "cert-file": null},
       "log-outputs": ["stdout", "a.log"], "max-txn-ops": 7}
      """)
    #expect(unknown == [])
    #expect(values["name"] == "aé😀")
    #expect(values.bool("client-cert-auth"))
    #expect(!values.isSet("cert-file"))
    #expect(values.list("log-outputs") == ["stdout", "a.log"])
    #expect(values.unsigned("max-txn-ops") == 7)
  }

  @Test("A list may stand below its key, indented or not")
  func blockLists() throws {
    for text in ["log-outputs:\n- stdout\n- a\nname: b", "log-outputs:\n  - stdout\n  - 'a'\nname: b\n"] {
      let (values, _) = try read(text)
      #expect(values.list("log-outputs") == ["stdout", "a"])
      #expect(values["name"] == "b")
    }
  }

  @Test("A duration is a number of nanoseconds, as etcd reads it, or what the flag takes")
  func durations() throws {
    #expect(try read("grpc-keepalive-min-time: 5000000000").0.duration("grpc-keepalive-min-time") == .seconds(5))
    #expect(try read("grpc-keepalive-min-time: 5s").0.duration("grpc-keepalive-min-time") == .seconds(5))
  }

  @Test("A truth value may be any of YAML's words")
  func truth() throws {
    #expect(try read("force-new-cluster: yes").0.bool("force-new-cluster"))
    #expect(try !read("pre-vote: Off").0.bool("pre-vote"))
  }

  @Test("A file without content says nothing", arguments: ["", "\n", "# nothing\n", "---\n", "---\n# x\n..."])
  func empty(_ text: String) throws {
    #expect(try read(text).0 == FlagValues())
  }

  @Test("An unknown key is passed over, and named with its place")
  func unknownKey() throws {
    let (values, unknown) = try read("name: a\nnmae: b\nclient-transport-security:\n  nope: 1\n")
    #expect(values["name"] == "a")
    #expect(
      unknown == [
        "unrecognized key in the configuration file nmae etcd.yml:2:1",
        "unrecognized key in the configuration file client-transport-security.nope etcd.yml:4:3",
      ])
  }

  @Test(
    "What cannot be read is refused by line and column",
    arguments: [
      ("name: a\nmax-txn-ops: x", #"etcd.yml:2:14: invalid value "x" for max-txn-ops: parse error"#),
      ("name: &a b", "etcd.yml:1:7: anchors and aliases cannot be read"),
      ("name: |\n  a", "etcd.yml:1:7: block scalars cannot be read; put the value in quotes"),
      ("name: !!str a", "etcd.yml:1:7: tags cannot be read"),
      ("name: a\n\twal-dir: b", "etcd.yml:2:1: a tab cannot indent a line; use spaces"),
      ("name: a\nname: b", "etcd.yml:2:1: name is given twice"),
      ("name: 'a", "etcd.yml:1:7: the quote is not closed on its line"),
      ("name: \"a\\q\"", "etcd.yml:1:9: \\q means nothing in quotes"),
      ("log-outputs: [a, b", "etcd.yml:1:14: the [ is never closed"),
      ("name: [a]", "etcd.yml:1:7: name has one value, not a list"),
      ("name: a\n  more", "etcd.yml:2:3: this line is indented further than the one it follows"),
      ("name: 'a' b", "etcd.yml:1:11: nothing more was expected on this line"),
      ("just words", "etcd.yml:1:1: keys and values were expected"),
      ("- a", "etcd.yml:1:1: keys and values were expected"),
      ("name a", "etcd.yml:1:1: keys and values were expected"),
      ("name: a\nwords", "etcd.yml:2:6: a colon and a blank were expected after the key words"),
      ("name: a\n---\nname: b", "etcd.yml:2:1: only one document can be read"),
      (
        "client-transport-security: a",
        "etcd.yml:1:28: the keys of client-transport-security were expected, indented below it"
      ),
      ("name:\n  first: a", "etcd.yml:2:3: name has one value, not keys of its own"),
    ])
  func refusals(_ text: String, _ expected: String) {
    #expect(refusal(text) == expected)
  }

  @Test("A hash begins a comment only after a blank, and a colon ends a key only before one")
  func plainScalars() throws {
    let (values, _) = try read("name: a#b:c # d\ndata-dir: 'it''s' # e")
    #expect(values["name"] == "a#b:c")
    #expect(values["data-dir"] == "it's")
  }

  @Test("Lines may end as on Windows")
  func carriageReturns() throws {
    let (values, _) = try read("name: a\r\nlog-outputs:\r\n  - stdout\r\n")
    #expect(values["name"] == "a")
    #expect(values.list("log-outputs") == ["stdout"])
  }

  @Test("No text, however broken, does more than be refused")
  func hostileText() {
    let pieces = [
      "a", ":", " ", "\n", "-", "[", "]", "{", "}", ",", "'", "\"", "#", "\\", "\t", "---", "  ", "u00", "é",
    ]
    var random = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in pieces.randomElement(using: &random)! }
        .joined()
      _ = refusal(text)
    }
  }
}
