import EtcdAPI
import EtcdServices
import Foundation
import TestSupport
import Testing

@Suite("Metrics say what was done")
struct MetricsTests {
  @Test("A Prometheus client reads what /metrics writes", .needsPython("prometheus_client"))
  func parsed() async throws {
    let served = try await ServedNode.start(measuresTime: true)
    try await exercise(served)
    let answer = try await HTTPClient.request("GET", "/metrics", to: served.port)
    #expect(answer["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let folder = TemporaryFolder("etch-metrics")
    try answer.body.write(toFile: folder.file("metrics"), atomically: true, encoding: .utf8)
    let script = """
      from prometheus_client.parser import text_string_to_metric_families
      for family in text_string_to_metric_families(open("\(folder.file("metrics"))").read()):
          assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
          for s in family.samples:
              print(s.name + "".join("," + v for k, v in sorted(s.labels.items())), s.value)
      """
    let output = try await Program.run("python3", ["-c", script])
    #expect(output.status == 0, "\(output)")
    let samples = Dictionary(
      output.text.split(separator: "\n").map { line in
        let space = line.lastIndex(of: " ")!
        return (String(line[..<space]), Double(line[line.index(after: space)...])!)
      }, uniquingKeysWith: { first, _ in first })
    #expect(samples.count == answer.body.split(separator: "\n").count { !$0.hasPrefix("#") }, "every line is read")
    for (name, expected) in Self.expected {
      #expect(samples[name] == expected, "\(name)")
    }
    for name in ["process_open_fds", "process_resident_memory_bytes", "process_cpu_seconds_total"] {
      #expect(samples[name] ?? 0 > 0, "\(name)")
    }
    try await served.stop()
  }

  private func exercise(_ served: ServedNode) async throws {
    for n in 0..<5 {
      var put = PutRequest()
      put.key = Data("k\(n)".utf8)
      put.value = Data("value".utf8)
      _ = try await served.node.put(put)
    }
    func post(_ path: String, _ body: String) async throws {
      let answer = try await HTTPClient.request("POST", "/v3" + path, body: body, to: served.port)
      #expect(answer.status == 200 || path == "/lease/revoke", "\(answer)")
    }
    try await post("/kv/range", #"{"key":"azA="}"#)
    try await post("/kv/deleterange", #"{"key":"azA="}"#)
    try await post("/kv/txn", #"{"success":[{"requestPut":{"key":"eA=="}},{"requestRange":{"key":"eA=="}}]}"#)
    try await post("/lease/grant", #"{"ID":7,"TTL":100}"#)
    try await post("/lease/keepalive", #"{"ID":7}{"ID":7}"#)
    try await post("/lease/revoke", #"{"ID":7}"#)
    try await post("/lease/revoke", #"{"ID":7}"#)
  }

  private static let expected: [String: Double] = [
    "etcd_server_has_leader": 1,
    "etcd_server_is_leader": 1,
    "etcd_server_version,3.5.1": 1,
    "etcd_cluster_version,3.5": 1,
    "etcd_server_quota_backend_bytes": 2_147_483_648,
    "etcd_mvcc_put_total": 6,
    "etcd_mvcc_delete_total": 1,
    "etcd_mvcc_range_total": 2,
    "etcd_debugging_mvcc_range_total": 2,
    "etcd_mvcc_txn_total": 1,
    "etcd_debugging_mvcc_keys_total": 5,
    "etcd_debugging_mvcc_current_revision": 8,
    "etcd_debugging_mvcc_compact_revision": -1,
    "etcd_debugging_mvcc_total_put_size_in_bytes": 36,
    // Four entries begin a cluster.
    "etcd_server_proposals_applied_total": 14,
    "etcd_server_proposals_pending": 0,
    "etcd_server_apply_duration_seconds_count,Put,true,v3": 5,
    "etcd_server_apply_duration_seconds_count,LeaseRevoke,false,v3": 1,
    "etcd_debugging_lease_granted_total": 1,
    "etcd_debugging_lease_renewed_total": 2,
    "etcd_debugging_lease_revoked_total": 1,
    "etcd_debugging_lease_ttl_total_bucket,64": 0,
    "etcd_debugging_lease_ttl_total_bucket,128": 1,
    "grpc_server_started_total,Range,etcdserverpb.KV,unary": 1,
    "grpc_server_handled_total,OK,Range,etcdserverpb.KV,unary": 1,
    "grpc_server_handled_total,OK,LeaseRevoke,etcdserverpb.Lease,unary": 1,
    "grpc_server_handled_total,NotFound,LeaseRevoke,etcdserverpb.Lease,unary": 1,
    "grpc_server_msg_received_total,LeaseKeepAlive,etcdserverpb.Lease,bidi_stream": 2,
    "grpc_server_msg_sent_total,LeaseKeepAlive,etcdserverpb.Lease,bidi_stream": 2,
    "grpc_server_msg_sent_total,LeaseRevoke,etcdserverpb.Lease,unary": 1,
    "grpc_server_handling_seconds_count,Range,etcdserverpb.KV,unary": 1,
    "grpc_server_handled_total,OK,Snapshot,etcdserverpb.Maintenance,server_stream": 0,
  ]
}
