import EtcdAPI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Command {
  static let get = Command(
    "get", group: .keys, summary: "Gets the key or a range of keys",
    parameters: [Parameter("key", .key), Parameter("range_end", .key, optional: true)],
    flags: [
      Flag("prefix", nil, .bool, "get keys with matching prefix")
    ],
    examples: ["get /app/port", "get --prefix /app/"]
  ) { invocation in
    var request = RangeRequest()
    request.key = Data(invocation.words[0].bytes)
    let response = try await invocation.etcd.range(request)
    invocation.console.write { output in
      for pair in response.kvs {
        output.append(contentsOf: pair.key)
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: pair.value)
        output.append(UInt8(ascii: "\n"))
      }
    }
  }
}
