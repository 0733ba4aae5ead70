import Dispatch
import LineEditing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// A small program with a prompt, for tests to type at. Each line is answered with what was read; a few words do more.
//
//   tick N        prints N lines from another task, one a millisecond, above whatever is being typed
//   wait          runs until Ctrl-C
//   secret        asks for a word without echo
//   exit          ends by exit() while the next line is being typed
//   quit          ends

let commands = [
  ("get", "read keys"), ("grep", "search values"), ("put", "write a key"), ("quit", "leave"),
]
let names = ["größe", "grünkohl", "日本", "日本語"]

func complete(_ line: String, _ cursor: Int) async -> Completion {
  let before = String(decoding: line.utf8.prefix(cursor), as: UTF8.self)
  let start = before.lastIndex(of: " ").map { before.index(after: $0) } ?? before.startIndex
  let word = String(before[start...])
  let offset = before[..<start].utf8.count
  let candidates: [Completion.Candidate]
  if offset == 0 {
    candidates = commands.map { Completion.Candidate(insertion: $0.0, description: $0.1) }
  } else if word.hasPrefix("slow") {
    try? await Task.sleep(for: .milliseconds(300))
    candidates = [Completion.Candidate(insertion: "slowly")]
  } else if word.hasPrefix("item") {
    candidates = (0..<500).map { Completion.Candidate(insertion: "item-\($0)") }
  } else if word.hasPrefix("/") {
    candidates = ["/app/", "/boot/"].map { Completion.Candidate(insertion: $0, isWhole: false) }
  } else {
    candidates = names.map { Completion.Candidate(insertion: $0) }
  }
  return Completion(replacing: offset..<cursor, candidates: candidates.filter { $0.insertion.hasPrefix(word) })
}

func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

let interrupts = InterruptSource()
var configuration = LineEditor.Configuration(programName: "demo")
configuration.historyFile = value("DEMO_HISTORY")
configuration.isSecret = { $0.hasPrefix("login ") }
configuration.isIncomplete = { $0.hasSuffix("\\") }
configuration.completer = complete
configuration.hinter = { $0 == "put " ? "KEY VALUE" : nil }

let editor: LineEditor
do {
  editor = try LineEditor(configuration)
} catch {
  print(error)
  exit(2)
}
let prompt = Prompt(
  value("DEMO_PROMPT") ?? "\u{1b}[32mdemo\u{1b}[0m> ", rightText: value("DEMO_RIGHT") ?? "", continuation: "...> ")

reading: while true {
  switch await editor.readLine(prompt: prompt) {
  case .endOfFile:
    editor.print("end of file")
    break reading
  case .interrupted:
    editor.print("interrupted")
  case .line(let line):
    let words = line.split(separator: " ")
    switch words.first {
    case "quit": break reading
    case "exit":
      Task.detached {
        try? await Task.sleep(for: .milliseconds(100))
        exit(3)
      }
    case "tick":
      let count = Int(words.dropFirst().first ?? "1") ?? 1
      Task.detached {
        for number in 1...count {
          try? await Task.sleep(for: .milliseconds(1))
          editor.print("tick \(number)")
        }
      }
    case "wait":
      let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
      await interrupts.handling {
        continuation.finish()
      } _: {
        editor.print("waiting")
        for await _ in stream {}
      }
      editor.print("wait cancelled")
    case "secret":
      let secret = await editor.readSecret(prompt: "password: ")
      editor.print("secret \(secret.map { "has \($0.count) characters" } ?? "was not given")")
    default: editor.print("read \(line.debugDescription)")
    }
  }
}
await editor.close()
