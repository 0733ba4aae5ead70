// Calls a second that GRPCConnection makes to an etcd, one after the other and many at a time.
//
//     WireBench HOST PORT put|range CALLS CONCURRENT
//     WireBench serve PORT                                 answers calls with their own message, for h2load
//
// `put` writes a 100-byte value to one key, `range` reads it back serializably. To compare, with the same message behind
// its five-byte prefix in the file BODY:
//
//     h2load -c1 -m CONCURRENT -n CALLS -H 'content-type: application/grpc' -H 'te: trailers' -d BODY \
//       http://HOST:PORT/etcdserverpb.KV/Put
import GRPCWire
import NIOCore
import NIOPosix

let arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "serve", let port = Int(arguments[2]) {
  let server = BenchServer()
  let listener = try await Listener.bind(
    .host("127.0.0.1", port: port), calls: server, http: server, group: MultiThreadedEventLoopGroup.singleton)
  print("serving on \(listener.address)")
  while true { try await Task.sleep(for: .seconds(3600)) }
}
guard arguments.count == 6, let port = Int(arguments[2]), let calls = Int(arguments[4]), let width = Int(arguments[5]),
  let kind = ["put": WireBench.put, "range": WireBench.range][arguments[3]]
else { fatalError("usage: WireBench HOST PORT put|range CALLS CONCURRENT, or WireBench serve PORT") }

let loop = MultiThreadedEventLoopGroup.singleton.next()
let rate = try await withTaskExecutorPreference(EventLoopTaskExecutor(loop)) {
  try await WireBench.measure(kind, to: .host(arguments[1], port: port), on: loop, calls: calls, width: width)
}
print("\(arguments[3]) \(width) at a time: \(Int(rate)) calls/s")

enum WireBench {
  typealias Kind = (path: String, message: ByteBuffer)

  static var key: [UInt8] { Array("bench".utf8) }

  /// PutRequest { key = 1, value = 2 }
  static let put: Kind = (
    "/etcdserverpb.KV/Put", ByteBuffer(bytes: [0x0a, 5] + key + [0x12, 100] + [UInt8](repeating: 0x78, count: 100))
  )

  /// RangeRequest { key = 1, serializable = 7 }
  static let range: Kind = ("/etcdserverpb.KV/Range", ByteBuffer(bytes: [0x0a, 5] + key + [0x38, 1]))

  static func measure(
    _ kind: Kind, to address: GRPCTarget.Address, on loop: any EventLoop, calls: Int, width: Int
  ) async throws -> Double {
    let connection = try await GRPCConnection.connect(
      to: GRPCTarget(address, authority: "localhost"), on: loop, timeout: .seconds(5))
    let start = ContinuousClock.now
    try await withThrowingTaskGroup { group in
      for _ in 0..<width {
        group.addTask {
          for _ in 0..<(calls / width) {
            _ = try await connection.unary(path: kind.path, message: kind.message, timeout: .seconds(5))
          }
        }
      }
      try await group.waitForAll()
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return Double(calls) / seconds
  }
}
