import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let put = Command(
    "put", group: .keys, summary: "Puts the given key into the store",
    parameters: [Parameter("key", .key), Parameter("value", .value)],
    examples: ["put /app/port 8080"], writes: true
  ) { invocation in
    var request = PutRequest()
    request.key = Data(invocation.words[0].bytes)
    request.value = Data(invocation.words[1].bytes)
    _ = try await invocation.etcd.put(request)
    invocation.console.write("OK\n")
  }
}
