import Foundation
import TestSupport
import Testing

/// What HTTP clients get, compared with a real etcd, request by request: see HTTPRequests.txt.
@Suite(.needsEtcd35, .timeLimit(.minutes(5))) struct HTTPDifferentialTests {
  @Test("The client port answers HTTP as etcd 3.5 does")
  func differential() async throws {
    let requests = try Request.all()
    #expect(requests.count >= 150)
    let real = try await Target(.v35)
    let ours = try await Target(.etch)
    for request in requests {
      let expected = try await real.answer(request)
      let answer = try await ours.answer(request)
      #expect(answer == expected, "line \(request.line): \(request.method) \(request.target) \(request.body ?? "")")
    }
  }
}

/// One request of the file.
private struct Request {
  var line: Int
  var method: String
  var target: String
  var body: String?
  var headers: [(String, String)] = []
  var lines = Int.max

  static func all() throws -> [Request] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "HTTPRequests.txt")
    var requests: [Request] = []
    for (index, line) in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n").enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      if line.hasPrefix("  lines ") {
        requests[requests.count - 1].lines = Int(line.dropFirst(8))!
      } else if line.hasPrefix("  ") {
        let parts = line.dropFirst(2).components(separatedBy: ": ")
        requests[requests.count - 1].headers.append((parts[0], parts[1]))
      } else {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        requests.append(
          Request(line: index + 1, method: words[0], target: words[1], body: words.count > 2 ? words[2] : nil))
      }
    }
    return requests
  }
}

/// A server, and what of its answers is its own: IDs, ports, sizes, tokens.
private final class Target {
  private let etcd: RealEtcd
  private var token = ""

  init(_ release: RealEtcd.Release) async throws {
    etcd = try await RealEtcd.start(release)
  }

  /// Status, headers and body, as text to be compared.
  func answer(_ request: Request) async throws -> String {
    let answer = try await HTTPClient.request(
      request.method, request.target,
      headers: request.headers.map { ($0.0, $0.1.replacing("$TOKEN", with: token)) },
      body: request.body ?? (request.method == "POST" ? "" : nil), to: etcd.clientPort, lines: request.lines)
    if let given = answer.body.firstMatch(of: #/"token":"([^"]+)"/#) { token = String(given.1) }
    var body = answer.body
    if request.lines < Int.max {
      body = body.split(separator: "\n").prefix(request.lines).joined(separator: "\n")
    }
    let kept = ["content-type", "location", "allow", "x-content-type-options", "grpc-metadata-content-type"]
    let cors = answer.headers.map(\.name).filter { $0.hasPrefix("access-control-") }
    let headers = answer.headers.filter { (kept + cors).contains($0.name) }.map { "\($0.name): \($0.value)" }.sorted()
    return "\(answer.status)\n\(headers.joined(separator: "\n"))\n\(normalised(body))"
  }

  private func normalised(_ body: String) -> String {
    body
      .replacing(#/"(cluster_id|member_id|leader|raftIndex|raftAppliedIndex|dbSize|dbSizeInUse)":"\d+"/#) {
        "\"\($0.1)\":\"…\""
      }
      .replacing(#/"token":"[^"]+"/#, with: "\"token\":\"…\"")
      // A member's own ID; those of leases are given.
      .replacing(#/"ID":"\d{12,}"/#, with: "\"ID\":\"…\"")
      .replacing("127.0.0.1:\(etcd.clientPort)", with: "CLIENT")
      .replacing("127.0.0.1:\(etcd.peerPort)", with: "PEER")
  }
}
