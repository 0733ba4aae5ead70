import EtcdAPI
import EtcdServer
import EtcdShell
import Foundation

// How long the shell's own work takes, on an embedded node in memory.
//
//     swift run -c release ShellBench [keys]
//
// Tab over many keys is to answer within 20 ms.

struct Silence: Console.Sink {
  func write(_ bytes: [UInt8], toErrors: Bool) {}
}

struct NoInput: LineInput {
  var lineNumber: Int { 1 }
  func nextLine(prompt: String) async throws -> [UInt8]? { nil }
  func remainingBytes() async throws -> [UInt8]? { nil }
}

func milliseconds(_ body: () async throws -> Void) async rethrows -> Double {
  let start = ContinuousClock.now
  try await body()
  return (ContinuousClock.now - start) / .milliseconds(1)
}

func show(_ title: String, _ value: Double, _ unit: String) {
  print(title.padding(toLength: 52, withPad: " ", startingAt: 0), String(format: "%10.3f", value), unit)
}

let keys = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
let node = try EtcdNode.boot()
let filling = try await milliseconds {
  for index in 0..<keys {
    var request = PutRequest()
    // 1,000 folders of 1,000 keys, beside a flat run that shares their first letter.
    let key = index % 2 == 0 ? "/app/\(index / 2 % 1000)/\(index / 2000)" : "/aflat\(index)"
    request.key = Data(key.utf8)
    request.value = Data("value".utf8)
    _ = try await node.put(request)
  }
}
show("put \(keys) keys, no shell between", filling, "ms")

let session = Session(
  node: Session.Node(etcd: node, name: "memory", isEmbedded: true), console: Console(sink: Silence()), input: NoInput(),
  mode: .prompt
) { _ in throw ShellError("no other nodes") }
let completer = Completer(session: session)

for line in ["get /a", "get /app/", "get /app/7", "get /app/77/", "get /aflat", "get /aflat99", "get /", "get "] {
  var times: [Double] = []
  var count = 0
  for _ in 0..<20 {
    completer.forget()
    times.append(
      await milliseconds { count = await completer.complete(line, cursor: line.utf8.count).candidates.count })
  }
  times.sort()
  show("Tab after \"\(line)\": \(count) candidates, median", times[times.count / 2], "ms")
  show("    slowest of \(times.count)", times.last!, "ms")
}
