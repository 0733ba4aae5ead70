extension Command {
  static let watches = Command(
    "watches", aliases: ["jobs"], group: .watches, summary: "Lists the watches that run in the background",
    details: "watch KEY & starts one.", examples: ["watch --prefix /app/ &", "watches"], place: .session
  ) { invocation in
    for job in invocation.session.jobs.all { invocation.console.writeLine("[\(job.number)] \(job.title)") }
  }

  static let foreground = Command(
    "fg", group: .watches, summary: "Waits for a watch in the background; Ctrl-C ends it",
    parameters: [Parameter("watch", .watch, optional: true)], examples: ["watch --prefix /app/ &", "fg 1"],
    place: .session
  ) { invocation in
    let jobs = invocation.session.jobs
    let job: Job
    if let word = invocation.words.first {
      job = try jobs.job(invocation.integer(at: 0), at: word)
    } else if let last = jobs.all.last {
      job = last
    } else {
      throw ShellError("no watch is running", remedy: "watch KEY & starts one")
    }
    invocation.console.writeErrorLine("[\(job.number)] \(job.title)")
    await job.ended()
    await jobs.stop(job)
  }

  static let unwatch = Command(
    "unwatch", group: .watches, summary: "Stops watches in the background",
    parameters: [Parameter("watch", .watch, repeated: true)], examples: ["watch --prefix /app/ &", "unwatch 1"],
    place: .session
  ) { invocation in
    let jobs = invocation.session.jobs
    var stopping: [Job] = []
    for (index, word) in invocation.words.enumerated() {
      stopping.append(try jobs.job(invocation.integer(at: index), at: word))
    }
    for job in stopping { await jobs.stop(job) }
  }
}
