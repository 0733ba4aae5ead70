import EtcdAPI
import EtcdServices
import Foundation
import TestSupport
import Testing

@Suite("The client port answers HTTP")
struct ClientHTTPTests {
  private func serving(
    _ http: ClientHTTP.Configuration = .init(), _ body: (ServedNode) async throws -> Void
  ) async throws {
    let served = try await ServedNode.start(http: http)
    try await body(served)
    try await served.stop()
  }

  @Test("/livez and /readyz answer as etcd 3.6, check by check")
  func checks() async throws {
    try await serving { served in
      func get(_ target: String) async throws -> (Int, String) {
        let answer = try await HTTPClient.request("GET", target, to: served.port)
        return (answer.status, answer.body)
      }
      #expect(try await get("/livez") == (200, "ok\n"))
      #expect(try await get("/livez?verbose") == (200, "[+]serializable_read ok\nok\n"))
      #expect(try await get("/livez/serializable_read?verbose") == (200, "[+]serializable_read ok\nok\n"))
      #expect(try await get("/readyz/non_learner") == (200, "ok\n"))
      #expect(try await get("/readyz/nosuch").0 == 404)
      #expect(try await get("/livez/").0 == 404)
      #expect(
        try await get("/readyz?verbose&exclude=non_learner")
          == (
            200,
            """
            [+]data_corruption ok
            [+]linearizable_read ok
            [+]serializable_read ok
            ok

            """
          ))

      var alarm = AlarmRequest()
      alarm.action = .activate
      alarm.alarm = .corrupt
      _ = try await served.node.alarm(alarm)
      #expect(
        try await get("/readyz/data_corruption")
          == (503, "[-]data_corruption failed: alarm activated: CORRUPT\n\n"))
      #expect(try await get("/readyz?exclude=data_corruption") == (200, "ok\n"))
      #expect(try await get("/livez") == (200, "ok\n"))
      let posted = try await HTTPClient.request("POST", "/readyz", body: "", to: served.port)
      #expect(posted.status == 405 && posted["allow"] == "GET")
    }
  }

  @Test("A host that is not on the whitelist is told why it gets nothing")
  func hosts() async throws {
    var configuration = ClientHTTP.Configuration()
    configuration.hostWhitelist = ["etcd.example"]
    try await serving(configuration) { served in
      let refused = try await HTTPClient.request(
        "GET", "/version", headers: [("Host", "evil.example:2379")], to: served.port)
      #expect(refused.status == 421)
      #expect(refused.body.hasPrefix("\netcd received your request, but the Host header was unrecognized.\n"))
      #expect(refused.body.contains(#"  - e.g. etcd --host-whitelist "evil.example""#))
      let welcome = try await HTTPClient.request(
        "GET", "/version", headers: [("Host", "etcd.example:2379")], to: served.port)
      #expect(welcome.status == 200)
    }
  }

  @Test("Pages may call from the origins that --cors names")
  func origins() async throws {
    var configuration = ClientHTTP.Configuration()
    configuration.corsOrigins = ["https://one.example"]
    try await serving(configuration) { served in
      for (origin, allowed) in [
        ("https://one.example", "https://one.example"), ("https://two.example", nil), (nil, nil),
      ] as [(String?, String?)] {
        let headers = origin.map { [("Origin", $0)] } ?? []
        let answer = try await HTTPClient.request("OPTIONS", "/v3/kv/range", headers: headers, to: served.port)
        #expect(answer["access-control-allow-origin"] == allowed)
      }
    }
  }

  @Test("Without the gateway there is nothing below /v3")
  func noGateway() async throws {
    var configuration = ClientHTTP.Configuration()
    configuration.hasGateway = false
    try await serving(configuration) { served in
      let answer = try await HTTPClient.request("POST", "/v3/kv/range", body: "{}", to: served.port)
      #expect(answer.status == 404 && answer.body == "404 page not found\n")
    }
  }

  @Test("A watch by the gateway tells of a put as it happens, and ends with its client")
  func watch() async throws {
    try await serving { served in
      async let watched = HTTPClient.request(
        "POST", "/v3/watch", body: #"{"create_request":{"key":"YQ==","start_revision":2}}"#, to: served.port, lines: 2)
      _ = try await HTTPClient.request("POST", "/v3/kv/put", body: #"{"key":"YQ==","value":"Yg=="}"#, to: served.port)
      let lines = try await watched.body.split(separator: "\n")
      #expect(lines[0].hasSuffix(#""created":true}}"#))
      #expect(
        lines[1].hasSuffix(
          #""events":[{"kv":{"key":"YQ==","create_revision":"2","mod_revision":"2","version":"1","value":"Yg=="}}]}}"#))
      try await waitUntil { served.node.metrics.watchStreams.value == 0 }
    }
  }

  private func waitUntil(_ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition() {
      guard ContinuousClock.now < deadline else { throw Program.Failure("waited in vain") }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}
