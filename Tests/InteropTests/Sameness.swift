import EtcdAPI
import Foundation
import SwiftProtobuf

/// Output without what may differ between two clusters that did the same: IDs, ports, times, sizes, indexes.
enum Sameness {
  static func normalized(_ outcome: Outcome) -> String {
    if outcome.step.command.contains("-w protobuf") { return message(outcome) }
    var text = outcome.text
    // Fields.
    text.replace(
      /"(ClusterID|MemberID|RaftTerm|Leader|RaftIndex|RaftAppliedIndex|DBSize|Hash)" : \d+/, with: { "\"\($0.1)\" : N" }
    )
    text.replace(/"Took" : .*/, with: "\"Took\" : T")
    // JSON.
    text.replace(
      /"(cluster_id|member_id|raft_term|leader|raftIndex|raftTerm|raftAppliedIndex|dbSize|dbSizeInUse|hash)":\d+/,
      with: { "\"\($0.1)\":N" })
    text.replace(/"took":"[^"]*"/, with: "\"took\":\"T\"")
    text.replace(/"(ttl|TTL)":\d+/, with: { "\"\($0.1)\":N" })
    // Text.
    text.replace(/took = .*/, with: "took = T")
    text.replace(/\b[0-9.]+(µs|ms|s) \|/, with: "T |")
    text.replace(/\b[0-9.]+ (B|kB|MB)\b/, with: "SIZE")
    text.replace(/remaining\(\d+s\)/, with: "remaining(Ns)")
    text.replace(/"TTL" : \d+/, with: "\"TTL\" : N")
    text.replace(/\b[0-9a-f]{13,16}\b/, with: "ID")
    text.replace(/\d{15,}/, with: "ID")
    text.replace(/http:\/\/(127\.0\.0\.1|localhost):\d+/, with: "URL")
    return text
  }

  /// The pieces of an output in alphabetical order: members come in the order of their IDs, and an ID that is made anew
  /// is different each time, as is then the width of its column.
  static func unordered(_ outcome: Outcome) -> String {
    normalized(outcome).replacing(/\ +/, with: " ").replacing(/-+/, with: "-")
      .split(whereSeparator: { "\n,{}[]\"".contains($0) }).sorted().joined(separator: "\n")
  }

  /// A message in protobuf's text form, its header's IDs taken out.
  private static func message(_ outcome: Outcome) -> String {
    func text<M: Message>(_ type: M.Type, _ header: WritableKeyPath<M, ResponseHeader>) -> String? {
      guard var message = try? M(serializedBytes: outcome.stdout) else { return nil }
      message[keyPath: header].clusterID = 0
      message[keyPath: header].memberID = 0
      message[keyPath: header].raftTerm = 0
      return "\(message)".replacing(/127\.0\.0\.1:\d+/, with: "ADDRESS")
    }
    let result: String? =
      switch outcome.step.command.prefix(while: { $0 != " " }) {
      case "get": text(RangeResponse.self, \.header)
      case "put": text(PutResponse.self, \.header)
      case "del": text(DeleteRangeResponse.self, \.header)
      case "txn": text(TxnResponse.self, \.header)
      case "member": text(MemberListResponse.self, \.header)
      case "lease": text(ResponseHeader.self, \.self)
      // What follows the header is kept as it came.
      case "auth", "user", "role": text(AuthRoleAddResponse.self, \.header)
      default: nil
      }
    return result ?? outcome.stdout.map { String($0, radix: 16) }.joined(separator: " ")
  }
}

/// How the outcomes of two runs differ, for a person; empty when they do not.
func differences(
  _ transcript: Transcript, _ left: (name: String, outcomes: [Outcome]), _ right: (name: String, outcomes: [Outcome]),
  by text: (Outcome) -> String
) -> String {
  var report = ""
  let width = max(left.name.count, right.name.count)
  func block(_ name: String, _ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { "    \(name.padding(toLength: width, withPad: " ", startingAt: 0)) | \($0)\n" }.joined()
  }
  for (a, b) in zip(left.outcomes, right.outcomes) {
    let (textA, textB) = (text(a), text(b))
    if textA == textB, a.status == b.status { continue }
    report += "\n\(transcript.name):\(a.step.number): \(a.step.command)\n"
    if textA != textB { report += block(left.name, textA) + block(right.name, textB) }
    if let statusA = a.status, let statusB = b.status, statusA != statusB {
      report += "    \(left.name) leaves with \(statusA), \(right.name) with \(statusB)\n"
      report += block(left.name, a.stderr) + block(right.name, b.stderr)
    }
  }
  return report
}
