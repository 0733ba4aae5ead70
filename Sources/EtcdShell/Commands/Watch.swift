import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let watch = Command(
    "watch", group: .watches, summary: "Watches events stream on keys or prefixes",
    parameters: [
      Parameter("key", .key, optional: true), Parameter("range_end", .key, optional: true),
      Parameter("command", .text, optional: true, repeated: true),
    ],
    flags: [
      Flag("interactive", "i", .bool, "read watches to make from standard input"),
      Flag("prefix", nil, .bool, "watch on a prefix"),
      Flag("rev", nil, .integer, "revision to start watching"),
      Flag("prev-kv", nil, .bool, "get the previous key-value pair before the event happens"),
      Flag("progress-notify", nil, .bool, "get periodic watch progress notification from server"),
    ],
    details: """
      Prints each event: PUT or DELETE, the key, its value. Ctrl-C ends it. With a trailing & it becomes a job that goes
      on beside the prompt. After -- comes a program that is run for each event, with ETCD_WATCH_KEY,
      ETCD_WATCH_VALUE, ETCD_WATCH_EVENT_TYPE and ETCD_WATCH_REVISION in its environment.

      A lost connection is made again, and the watch goes on where it stopped.

      With -i each line of the input makes a watch, as in `watch --prefix /app/`, or asks all there are how far they have
      come: `progress`.
      """,
    examples: ["watch --prefix /app/ &"], runsInBackground: true, wordsMessage: "bad number of arguments"
  ) { invocation in
    try invocation.checkFormat(for: .plain)
    if invocation.bool("interactive") { return try await InteractiveWatch(invocation: invocation).run() }
    let (request, program) = try invocation.watchRequest()
    let stream = try await invocation.etcd.watch(request)
    guard let created = try await stream.responses.next() else { throw ShellError.watchEnded }

    let show: @Sendable (WatchResponse) async throws -> Void = { response in
      try await invocation.showWatch(response, running: program)
    }
    if invocation.isBackground {
      let start = request.startRevision == 0 ? created.header.revision + 1 : request.startRevision
      let title = "watching \(invocation.words[0].shown) from revision \(start)"
      invocation.session.jobs.start(
        title, stream: stream, replaysHistory: request.startRevision != 0, show: show)
      return
    }
    try await invocation.follow(stream, running: program)
  }
}

extension ShellError {
  fileprivate static let watchEnded = ShellError(
    "watch is canceled by the server", status: ExitStatus.interrupted)
}

extension Invocation {
  /// Shows what a watch brings, until it is cancelled.
  func follow(_ stream: WatchStream, running program: [String]) async throws {
    try await withTaskCancellationHandler {
      while let response = try await stream.responses.next() {
        try await showWatch(response, running: program)
        console.flush()
      }
    } onCancel: {
      stream.cancel()
    }
    try Task.checkCancellation()
    throw ShellError.watchEnded
  }

  func watchRequest() throws(ShellError) -> (WatchCreateRequest, program: [String]) {
    let keys = wordsBeforeDashes ?? words.count
    let program = words[keys...].map(\.text)
    if wordsBeforeDashes != nil, program.isEmpty {
      throw .badArguments("bad number of arguments (found separator --, but no commands)", at: words.last)
    }
    guard (1...2).contains(keys) else {
      throw .badArguments(
        "bad number of arguments", remedy: "usage: \(command.usage); put -- before the command", at: words.last)
    }
    if keys == 2, bool("prefix") {
      throw .badArguments("`range_end` and `--prefix` are mutually exclusive", at: words[1])
    }
    let key = Data(words[0].bytes)
    let range =
      keys == 2
      ? KeyRange(key: key, end: Data(words[1].bytes)) : bool("prefix") ? KeyRange(prefix: key) : KeyRange(key: key)
    var request = WatchCreateRequest()
    request.key = range.key
    request.rangeEnd = range.end
    request.startRevision = try count("rev")
    request.prevKv = bool("prev-kv")
    request.progressNotify = bool("progress-notify")
    return (request, program)
  }

  fileprivate func showWatch(_ response: WatchResponse, running program: [String]) async throws {
    if response.canceled {
      let reason =
        response.compactRevision == 0 ? response.cancelReason : EtcdError.compacted.message
      console.writeErrorLine("watch was canceled (\(reason))")
    } else if response.events.isEmpty {
      // Only who asked for progress is told of it; a job asks for its own purposes too.
      guard bool("progress-notify") else { return }
      console.write("progress notify: \(response.header.revision)\n")
    }
    try show(.watch(response))
    if response.canceled {
      var error = ShellError.watchEnded
      if response.compactRevision > 0 {
        error.cause = "the history before revision \(response.compactRevision) was compacted"
        error.remedy = "watch from revision \(response.compactRevision) on: --rev \(response.compactRevision)"
      }
      throw error
    }
    guard !program.isEmpty else { return }
    for event in response.events {
      console.flush()
      let status = try await ChildProcess.run(
        program,
        adding: [
          ("ETCD_WATCH_REVISION", "\(response.header.revision)"),
          ("ETCD_WATCH_EVENT_TYPE", goQuoted(event.type.name.utf8)),
          ("ETCD_WATCH_KEY", goQuoted(event.kv.key)), ("ETCD_WATCH_VALUE", goQuoted(event.kv.value)),
        ],
        printingOn: isBackground && session.mode == .prompt ? console : nil)
      if status != 0 { throw ShellError("command \"\(program.joined(separator: " "))\" left with status \(status)") }
    }
  }
}

private func goQuoted(_ bytes: some Sequence<UInt8>) -> String {
  var out = ByteWriter()
  out.goQuoted(bytes)
  return String(decoding: out.bytes, as: UTF8.self)
}
