import TestSupport

/// Gives what is bound to differ between two runs of the same session the same name in both: ports, times, sizes, and
/// IDs that are made by chance. An ID gets the name ID-1, ID-2, … by its first appearance, so that it is still seen whether
/// the same one comes back.
struct Naming {
  let servers: [RealEtcd]
  let folder: String

  /// The peer address that every server of a session advertises. Its members' IDs and their cluster's are made of it, and so must be
  /// the same everywhere.
  static let peerURL = "http://127.0.0.1:1"
  private static let fixed = ["a2624dd56e655037": "CLUSTER", "58a88bf978398f80": "MEMBER"]

  func applied(to outcomes: [TerminalSession.Outcome]) -> [TerminalSession.Outcome] {
    var ids = Self.fixed
    return outcomes.map { outcome in
      var outcome = outcome
      outcome.stdout = name(steady(outcome.stdout), &ids)
      outcome.stderr = name(steady(outcome.stderr), &ids)
      return outcome
    }
  }

  private func steady(_ text: String) -> String {
    var text = text.replacing(folder, with: "FOLDER")
    for (number, server) in servers.enumerated() {
      text.replace("127.0.0.1:\(server.clientPort)", with: "127.0.0.1:CLIENT-\(number + 1)")
      text.replace("127.0.0.1:\(server.peerPort)", with: "127.0.0.1:PEER-\(number + 1)")
    }
    // What etcd's client logs.
    text.replace(/"ts":("[^"]*"|[0-9.]+)/, with: "\"ts\":T")
    text.replace(/0xc[0-9a-f]{9}\b/, with: "POINTER")
    text.replace(/client-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "client-UUID")
    // Durations.
    text.replace(/took = [0-9.]+(ns|µs|ms|s)/, with: "took = T")
    text.replace(/"took":("[^"]*"|\d+)/, with: "\"took\":T")
    text.replace(/"Took" : .*/, with: "\"Took\" : T")
    text.replace(/\b[0-9.]+(µs|ms|s) +\|/, with: "T |")
    text.replace(/remaining\(\d+s\)/, with: "remaining(T)")
    // Sizes of files, and where the log is: both tell of the implementation.
    text.replace(/"(dbSize|dbSizeInUse|raftIndex|raftAppliedIndex|totalSize)":\d+/, with: { "\"\($0.1)\":N" })
    text.replace(/(e, \d+), \d+, \d+,/, with: { "\($0.1), N, N," })
    text.replace(/"(DBSize|Size|RaftIndex|RaftAppliedIndex)" : \d+/, with: { "\"\($0.1)\" : N" })
    text.replace(/\b[0-9.]+ (B|kB|MB)\b/, with: "SIZE")
    // The width of a table's column is that of what is in it.
    if text.contains(/\b(T|SIZE) \|/) {
      text.replace(/\ +/, with: " ")
      text.replace(/-+/, with: "-")
    }
    return text
  }

  private func name(_ text: String, _ ids: inout [String: String]) -> String {
    text.replacing(/\b([0-9a-f]{14,16}|\d{17,20})\b/) { match in
      let digits = String(match.0)
      // 16 digits are hexadecimal, as etcdctl prints IDs; JSON has them in decimal, of 17 digits and more.
      let key = digits.count > 16 ? UInt64(digits).map { String($0, radix: 16) } ?? digits : digits
      if let known = ids[key] { return known }
      let name = "ID-\(ids.count + 1)"
      ids[key] = name
      return name
    }
  }
}
