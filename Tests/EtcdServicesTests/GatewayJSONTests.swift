import EtcdAPI
import Foundation
import SwiftProtobuf
import TestSupport
import Testing

@testable import EtcdServices

@Suite("The gateway's JSON becomes messages as etcd's does")
struct GatewayJSONTests {
  private func message(_ json: String, as name: String = "etcdserverpb.RangeRequest") throws(JSONError) -> [UInt8] {
    var scanner = JSONScanner(Array(json.utf8)[...])
    return try MessageFromJSON.encode(try scanner.next() ?? .null, as: name)
  }

  private func range(_ json: String) throws -> RangeRequest {
    try RangeRequest(serializedBytes: try message(json))
  }

  @Test("Fields have two names, and numbers, bytes and enumerations two forms")
  func forms() throws {
    var expected = RangeRequest()
    expected.key = .init("foo".utf8)
    expected.rangeEnd = .init([0])
    expected.limit = 2
    expected.sortOrder = .descend
    expected.sortTarget = .version
    expected.countOnly = true
    for json in [
      #"{"key":"Zm9v","range_end":"AA==","limit":"2","sort_order":"DESCEND","sort_target":1,"count_only":true}"#,
      #"{"key":"Zm9v","rangeEnd":[0],"limit":2,"sortOrder":2,"sortTarget":"VERSION","countOnly":true,"extra":[{}]}"#,
      #" { "key" : "Zm\n9v" , "range_end":"\u0041A==","limit":" 2","sort_order":2,"sort_target":1, "countOnly":true,"#
        + #""count_only":false, "revision":null, "limit":2 } rest"#,
    ] {
      #expect(try range(json) == expected, "\(json)")
    }
  }

  @Test("Of alternatives the last field counts, whatever the order in the JSON")
  func alternatives() throws {
    let json = #"{"success":[{"requestPut":{"key":"Zm9v"},"requestRange":{"key":"YmFy"}},{}],"compare":null}"#
    let transaction = try TxnRequest(serializedBytes: try message(json, as: "etcdserverpb.TxnRequest"))
    #expect(transaction.success.count == 2)
    #expect(transaction.success[0].requestPut.key == .init("foo".utf8))
  }

  @Test("An alternative that is zero is there all the same")
  func zeroAlternative() throws {
    let json = #"{"version":"0"}"#
    let compare = try Compare(serializedBytes: try message(json, as: "etcdserverpb.Compare"))
    #expect(compare.targetUnion == .version(0))
  }

  @Test(
    "Mistakes are told in etcd's words",
    arguments: [
      (#"{"limit":2.0}"#, "json: cannot unmarshal number 2.0 into Go value of type int64"),
      (
        #"{"limit":"9223372036854775808"}"#,
        "json: cannot unmarshal number 9223372036854775808 into Go value of type int64"
      ),
      (#"{"limit":true}"#, "json: cannot unmarshal bool into Go value of type int64"),
      (#"{"limit":"abc"}"#, "invalid character 'a' looking for beginning of value"),
      (#"{"limit":""}"#, "unexpected end of JSON input"),
      (#"{"serializable":"true"}"#, "json: cannot unmarshal string into Go value of type bool"),
      (#"{"sort_order":"NOPE"}"#, #"unknown value "\"NOPE\"" for enum etcdserverpb.RangeRequest.SortOrder"#),
      (#"{"sort_order":1.5}"#, "json: cannot unmarshal number 1.5 into Go value of type protoreflect.EnumNumber"),
      (#"{"key":5}"#, "json: cannot unmarshal number into Go value of type []uint8"),
      (#"{"key":"foo"}"#, "illegal base64 data at input byte 0"),
      (#"{"key":"fo!o"}"#, "illegal base64 data at input byte 2"),
      (#"{"key":"Zm9v_-"}"#, "illegal base64 data at input byte 4"),
      (#"{"key":"Zm9vA==="}"#, "illegal base64 data at input byte 5"),
      (#"{"key":"Zm9vAA==AA"}"#, "illegal base64 data at input byte 8"),
      ("[]", "json: cannot unmarshal array into Go value of type map[string]json.RawMessage"),
      ("{", "unexpected EOF"), (#"{"key""#, "unexpected EOF"), (#"{"key":"Zm"#, "unexpected EOF"),
      (#"{key:1}"#, "invalid character 'k' looking for beginning of object key string"),
      (#"{"key":"Zm9v",}"#, "invalid character '}' looking for beginning of object key string"),
      (#"{"key" 1}"#, "invalid character '1' after object key"),
      (#"{"key":[1 2]}"#, "invalid character '2' after array element"),
      ("not json", "invalid character 'o' in literal null (expecting 'u')"),
      (#"{"key":'x'}"#, #"invalid character '\'' looking for beginning of value"#),
      ("{\"key\":\"\u{01}\"}", #"invalid character '\x01' in string literal"#),
      (#"{"key":"\q"}"#, "invalid character 'q' in string escape code"),
      (#"{"key":"\u00g0"}"#, #"invalid character 'g' in \u hexadecimal character escape"#),
      (#"{"limit":01}"#, "invalid character '1' after object key:value pair"),
      (#"{"limit":1.}"#, "invalid character '}' after decimal point in numeric literal"),
      (#"{"limit":1e}"#, "invalid character '}' in exponent of numeric literal"),
      (#"{"limit":-}"#, "invalid character '}' in numeric literal"),
      (String(repeating: "[", count: 2000), "exceeded max depth"),
    ])
  func mistakes(json: String, message text: String) {
    #expect(throws: JSONError(text)) { try message(json) }
  }

  @Test("Messages become JSON without spaces and defaults, in order, escaped as Go does")
  func output() throws {
    var response = RangeResponse()
    response.header.clusterID = 18_446_744_073_709_551_615
    response.header.revision = -1
    response.kvs = [.with { $0.key = .init("a".utf8) }, KeyValue()]
    response.more = true
    let bytes: [UInt8] = try response.serializedBytes()
    #expect(
      String(decoding: JSONFromMessage.text(of: bytes, as: "etcdserverpb.RangeResponse"), as: UTF8.self)
        == #"{"header":{"cluster_id":"18446744073709551615","revision":"-1"},"kvs":[{"key":"YQ=="},{}],"more":true}"#)
    var users = AuthUserListResponse()
    users.users = ["a<b>&\u{2028}\"\\\n\u{01}\u{7f}é😀"]
    let userBytes: [UInt8] = try users.serializedBytes()
    #expect(
      String(decoding: JSONFromMessage.text(of: userBytes, as: "etcdserverpb.AuthUserListResponse"), as: UTF8.self)
        == #"{"users":["a\u003cb\u003e\u0026\u2028\"\\\n\u0001"# + "\u{7f}é😀\"]}")
  }

  @Test("Every method's messages are in the schema, and its gateway paths are its own")
  func table() {
    for method in EtcdMethod.table {
      #expect(MessageSchema.etcd.messages[method.request] != nil, "\(method.request)")
      #expect(MessageSchema.etcd.messages[method.response] != nil, "\(method.response)")
    }
    let paths = EtcdMethod.table.flatMap(\.gatewayPaths)
    #expect(Set(paths).count == paths.count)
  }

  @Test("Random messages survive the way to JSON and back")
  func roundTrip() throws {
    var random = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<300 {
      let request = TxnRequest.random(using: &random)
      let bytes: [UInt8] = try request.serializedBytes()
      let json = JSONFromMessage.text(of: bytes, as: "etcdserverpb.TxnRequest")
      let back = try message(String(decoding: json, as: UTF8.self), as: "etcdserverpb.TxnRequest")
      #expect(try TxnRequest(serializedBytes: back) == request)
      #expect(try TxnRequest(jsonUTF8Bytes: json) == request, "another reader of the same JSON")
    }
  }
}

extension TxnRequest {
  fileprivate static func random(using random: inout SeededGenerator) -> TxnRequest {
    func bytes() -> Data {
      Data((0..<Int.random(in: 0..<6, using: &random)).map { _ in .random(in: 0...255, using: &random) })
    }
    var request = TxnRequest()
    for _ in 0..<Int.random(in: 0..<3, using: &random) {
      var compare = Compare()
      compare.key = bytes()
      compare.result = Compare.CompareResult(rawValue: .random(in: 0..<5, using: &random))!
      compare.targetUnion =
        Bool.random(using: &random) ? .version(.random(in: .min ... .max, using: &random)) : .value(bytes())
      compare.rangeEnd = bytes()
      request.compare.append(compare)
    }
    for _ in 0..<Int.random(in: 0..<4, using: &random) {
      var operation = RequestOp()
      operation.requestPut.key = bytes()
      operation.requestPut.lease = .random(in: .min ... .max, using: &random)
      operation.requestPut.prevKv = .random(using: &random)
      request.success.append(operation)
    }
    return request
  }
}
