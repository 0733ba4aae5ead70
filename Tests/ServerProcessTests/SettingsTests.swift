import EtcdServer
import Testing

@testable import ServerProcess

@Suite("What the server's flags may ask for")
struct SettingsTests {
  private func settings(_ arguments: String...) throws -> ServerSettings {
    var reader = FlagReader()
    _ = try reader.read(arguments)
    return try ServerSettings(reader.values)
  }

  private func refusal(_ arguments: String...) -> String? {
    do {
      var reader = FlagReader()
      _ = try reader.read(arguments)
      _ = try ServerSettings(reader.values).bootstrapPeerURLs()
      return nil
    } catch { return (error as? ServerSettings.Refusal)?.text ?? "\(error)" }
  }

  @Test("The folder is named after the member unless it has a name of its own")
  func folder() throws {
    #expect(try settings("--name", "a").dataFolder == "a.etcd")
    #expect(try settings("--name", "a", "--data-dir", "d").dataFolder == "d")
  }

  @Test("Without --initial-cluster this member begins alone, at its advertised URLs")
  func alone() throws {
    let settings = try settings("--name", "a", "--initial-advertise-peer-urls", "http://10.0.0.2:1,http://10.0.0.1:1")
    #expect(try settings.bootstrapPeerURLs().map(\.text) == ["http://10.0.0.1:1", "http://10.0.0.2:1"])
    #expect(settings.initialCluster == "a=http://10.0.0.1:1,a=http://10.0.0.2:1")
  }

  @Test("What cannot be is refused in etcd's words")
  func refusals() {
    #expect(
      refusal("--listen-client-urls", "http://127.0.0.1:1")
        == "--advertise-client-urls is required when --listen-client-urls is set explicitly")
    #expect(
      refusal("--heartbeat-interval", "500")
        == "--election-timeout[1000ms] should be at least as 5 times as --heartbeat-interval[500ms]")
    #expect(
      refusal("--election-timeout", "60000")
        == "--election-timeout[60000ms] is too long, and should be set less than 50000ms")
    #expect(refusal("--heartbeat-interval", "0") == "--heartbeat-interval must be >0 (set to 0ms)")
    #expect(refusal("--auto-compaction-mode", "foo") == #"unknown auto-compaction-mode "foo""#)
    #expect(
      refusal("--auto-compaction-retention", "1x")
        == #"error parsing CompactionRetention: time: unknown unit "x" in duration "1x""#)
    #expect(refusal("--logger", "foo") == #"unknown logger option "foo""#)
    #expect(
      refusal("--listen-peer-urls", "http://example.com:1")
        == "expected IP in URL for binding (http://example.com:1)")
    #expect(
      refusal("--advertise-client-urls", "http://:1")
        == #"--advertise-client-urls "http://:1" must be "host:port" (unexpected empty host (http://:1))"#)
    #expect(
      refusal("--initial-cluster", "other=http://localhost:2380")
        == #"couldn't find local name "default" in the initial cluster configuration"#)
    #expect(
      refusal("--initial-cluster", "default")
        == "error setting up initial cluster: URL scheme must be http, https, unix, or unixs: ")
    #expect(
      refusal("--initial-cluster", "default=http://127.0.0.1:1")
        == "--initial-cluster has default=http://127.0.0.1:1 but missing from "
        + "--initial-advertise-peer-urls=http://localhost:2380")
    #expect(
      refusal("--initial-cluster-state", "existing")
        == "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs")
  }

  @Test("What is not built is refused by name, unless its default is given")
  func unsupported() {
    #expect(
      refusal("--initial-cluster", "default=http://localhost:2380,b=http://10.0.0.2:1")
        == "--initial-cluster names b besides default: clusters of several members are not built yet")
    #expect(
      refusal("--discovery", "http://a:1")
        == "--discovery http://a:1 is not supported: clusters of several members are not built yet")
    #expect(refusal("--proxy", "on") == "--proxy on is not supported: there is no v2 proxy")
    #expect(refusal("--proxy", "off") == nil)
    #expect(refusal("--auto-tls=0") == nil)
  }

  @Test(
    "Retention is hours, a time, or revisions",
    arguments: [
      ("periodic", "0", AutoCompaction.off), ("periodic", "1", .periodic(.seconds(3600))),
      ("periodic", "5m", .periodic(.seconds(300))), ("revision", "1000", .revision(1000)), ("revision", "0", .off),
      ("", "", .off),
    ])
  func retention(_ mode: String, _ retention: String, _ expected: AutoCompaction) throws {
    let settings = try settings("--auto-compaction-mode", mode, "--auto-compaction-retention", retention)
    #expect(settings.autoCompaction == expected)
  }

  @Test("A number of revisions is no time")
  func revisionsAreNoTime() {
    #expect(
      refusal("--auto-compaction-mode", "revision", "--auto-compaction-retention", "5m")
        == #"error parsing CompactionRetention: "5m" is no number of revisions"#)
  }
}
