import EtcdAPI

extension Command {
  static let compaction = Command(
    "compaction", group: .maintenance, summary: "Compacts the event history in etcd",
    parameters: [Parameter("revision", .integer)],
    flags: [Flag("physical", nil, .bool, "wait for compaction to physically remove all old revisions")],
    details: "What a key was before the revision can no longer be read.",
    examples: ["set /app/port 8080", "compaction 2"], writes: true, wordsMessage: "compaction command needs 1 argument"
  ) { invocation in
    let revision = invocation.integer(at: 0)
    _ = try await invocation.etcd.compact(
      .with {
        $0.revision = revision
        $0.physical = invocation.bool("physical")
      })
    invocation.showLine("compacted revision \(revision)")
  }

  static let defrag = Command(
    "defrag", group: .maintenance, summary: "Defragments the storage of the etcd members with given endpoints",
    flags: [
      Flag("cluster", nil, .bool, "use all endpoints from the cluster member list"),
      Flag("data-dir", nil, .file, "defragment a data directory not in use by etcd, and ask no endpoint"),
    ],
    details: "One endpoint after another, since a member answers nothing meanwhile.", examples: ["defrag"], writes: true
  ) { invocation in
    if invocation.session.program == .etcdutl { try invocation.require("data-dir") }
    if let folder = invocation.text("data-dir"), !folder.isEmpty {
      if invocation.session.program == .etcdctl {
        invocation.console.writeErrorLine(
          "Use `etcdutl defrag` instead. The --data-dir is going to be decomissioned in v3.6.\n")
      }
      let (before, after) = try OfflineDefragmentation(folder: folder).run()
      invocation.console.writeErrorLine(
        "defragmented \(folder): \(sizeText(Int64(before))) became \(sizeText(Int64(after)))")
      return
    }
    let endpoints = try await invocation.endpoints()
    var failures = 0
    for endpoint in endpoints {
      do throws(EtcdError) {
        _ = try await invocation.etcd.defragment(DefragmentRequest(), at: endpoint)
        invocation.showLine("Finished defragmenting etcd member[\(endpoint)]")
      } catch {
        failures += 1
        invocation.console.writeErrorLine("Failed to defragment etcd member[\(endpoint)] (\(error.message))")
      }
    }
    if failures > 0 { throw ShellError("\(failures) of \(endpoints.count) members could not be defragmented") }
  }

  static let alarmList = Command(
    "alarm list", group: .maintenance, summary: "Lists all alarms", examples: ["alarm list"],
    wordsMessage: "alarm list command accepts no arguments"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    try invocation.show(.alarm(try await invocation.etcd.alarm(.with { $0.action = .get })))
  }

  static let alarmDisarm = Command(
    "alarm disarm", group: .maintenance, summary: "Disarms all alarms", examples: ["alarm disarm"], writes: true,
    wordsMessage: "alarm disarm command accepts no arguments"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    // As etcdctl: each alarm that stands is disarmed by itself, and what is shown has no header of its own.
    var disarmed = AlarmResponse()
    for standing in try await invocation.etcd.alarm(.with { $0.action = .get }).alarms {
      let response = try await invocation.etcd.alarm(
        .with {
          $0.action = .deactivate
          $0.memberID = standing.memberID
          $0.alarm = standing.alarm
        })
      disarmed.alarms += response.alarms
    }
    try invocation.show(.alarm(disarmed))
  }
}
