import Testing

@testable import ServerProcess

@Suite("Values as Go writes them")
struct GoValueTests {
  @Test(
    "Whole numbers",
    arguments: [
      ("0", 0), ("42", 42), ("0x2a", 42), ("0b101010", 42), ("0o52", 42), ("052", 42), ("1_000", 1000),
      ("18446744073709551615", UInt64.max),
    ])
  func numbers(_ text: String, _ value: UInt64) throws {
    #expect(try GoValue.unsigned(text) == value)
  }

  @Test("What is no number", arguments: ["", "x", "-1", "+1", "1x", "1_", "_1", "1__0", "0x", "08", " 1", "٣"])
  func noNumbers(_ text: String) {
    #expect(throws: GoValue.Problem.syntax) { try GoValue.unsigned(text) }
  }

  @Test("Numbers that do not fit are out of range")
  func range() throws {
    #expect(throws: GoValue.Problem.range) { try GoValue.unsigned("18446744073709551616") }
    #expect(throws: GoValue.Problem.range) { try GoValue.integer("9223372036854775808") }
    #expect(throws: GoValue.Problem.range) { try GoValue.integer("-9223372036854775809") }
    #expect(try GoValue.integer("-9223372036854775808") == .min)
    #expect(try GoValue.integer("-1") == -1)
  }

  @Test(
    "Durations, read and printed",
    arguments: [
      ("0", Duration.zero, "0s"), ("0s", .zero, "0s"), ("100ms", .milliseconds(100), "100ms"),
      ("1.5s", .milliseconds(1500), "1.5s"), ("1h", .seconds(3600), "1h0m0s"), ("90s", .seconds(90), "1m30s"),
      ("1h15m30.918s", .milliseconds(4_530_918), "1h15m30.918s"), ("-2m", .seconds(-120), "-2m0s"),
      ("879185ns", .nanoseconds(879_185), "879.185µs"), ("5us", .microseconds(5), "5µs"),
      ("7ns", .nanoseconds(7), "7ns"),
      (".5s", .milliseconds(500), "500ms"),
    ])
  func durations(_ text: String, _ value: Duration, _ printed: String) throws {
    #expect(try GoValue.duration(text) == value)
    #expect(GoValue.text(value) == printed)
  }

  @Test(
    "What is no duration, in Go's words",
    arguments: [
      ("", #"time: invalid duration """#), ("x", #"time: invalid duration "x""#),
      ("5", #"time: missing unit in duration "5""#), ("1x", #"time: unknown unit "x" in duration "1x""#),
      (".s", #"time: invalid duration ".s""#), ("9999999999h", #"time: invalid duration "9999999999h""#),
    ])
  func noDurations(_ text: String, _ problem: String) {
    do throws(GoValue.DurationProblem) {
      _ = try GoValue.duration(text)
      Issue.record("\(text) was taken")
    } catch { #expect(error.text == problem) }
  }

  @Test(
    "Addresses that a server can listen on",
    arguments: [
      ("http://10.0.0.1:2379", "10.0.0.1", 2379, "10.0.0.1:2379"), ("https://[::1]:80", "::1", 80, "[::1]:80"),
      ("HTTP://localhost:1", "localhost", 1, "localhost:1"),
    ])
  func addresses(_ text: String, _ host: String, _ port: UInt16, _ address: String) throws {
    let url = try ServerURL(text)
    #expect(url.host == host)
    #expect(url.port == port)
    #expect(url.address == address)
    #expect(url.bindProblem == nil)
  }

  @Test("A socket has a path, or a name like an address")
  func sockets() throws {
    #expect(try ServerURL("unix:///run/etcd.sock").socketPath == "/run/etcd.sock")
    #expect(try ServerURL("unix://localhost:m1").socketPath == "localhost:m1")
    #expect(try ServerURL("http://10.0.0.1:1").socketPath == nil)
  }

  @Test(
    "What is no address, in etcd's words",
    arguments: [
      ("", "URL scheme must be http, https, unix, or unixs: "),
      ("ftp://a:1", "URL scheme must be http, https, unix, or unixs: ftp://a:1"),
      (":1", #"parse ":1": missing protocol scheme"#),
      ("http://a", #"URL address does not have the form "host:port": http://a"#),
      ("http://a:b", "URL has no port from 0 to 65535: http://a:b"),
      ("http://a:1/", "URL must not contain a path: http://a:1/"),
    ])
  func noAddresses(_ text: String, _ problem: String) {
    do throws(ServerURL.Problem) {
      _ = try ServerURL(text)
      Issue.record("\(text) was taken")
    } catch { #expect(error.text == problem) }
  }

  @Test("To listen takes an address of this machine, and not a name")
  func binding() throws {
    #expect(
      try ServerURL("http://example.com:1").bindProblem == "expected IP in URL for binding (http://example.com:1)")
    #expect(try ServerURL("http://:1").bindProblem == "expected IP in URL for binding (http://:1)")
    #expect(try ServerURL("http://:1").hostProblem == "unexpected empty host (http://:1)")
  }
}
