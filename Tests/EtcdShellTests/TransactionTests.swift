import EtcdAPI
import Foundation
import Testing

@testable import EtcdShell

/// How a transaction's lines are read.
@Suite(.timeLimit(.minutes(5))) struct TransactionTests {
  @Test(
    "comparisons",
    arguments: [
      (
        #"mod("k") = "3""#, Compare.CompareTarget.mod, Compare.CompareResult.equal,
        Compare.OneOf_TargetUnion.modRevision(3)
      ),
      (#"m("k")>"3""#, .mod, .greater, .modRevision(3)),
      (#"create("k") < "3""#, .create, .less, .createRevision(3)),
      (#"c("k") != "0""#, .create, .notEqual, .createRevision(0)),
      (#"version("k") = "-1""#, .version, .equal, .version(-1)),
      (#"  ver( "k")  =   "9"  "#, .version, .equal, .version(9)),
      (#"value("k") = "a \"b\"""#, .value, .equal, .value(Data(#"a "b""#.utf8))),
      (#"val("k") != """#, .value, .notEqual, .value(Data())),
      (#"lease("k") = "ff""#, .lease, .equal, .lease(255)),
    ])
  func comparisons(
    line: String, target: Compare.CompareTarget, result: Compare.CompareResult, union: Compare.OneOf_TargetUnion
  ) throws {
    let compare = try Comparison.parse(line)
    #expect(compare.key == Data("k".utf8))
    #expect(compare.target == target)
    #expect(compare.result == result)
    #expect(compare.targetUnion == union)
  }

  @Test(
    "comparisons that cannot be read",
    arguments: [
      ("", "malformed comparison: "),
      ("mod", "malformed comparison: mod"),
      ("mod(k) = \"3\"", "malformed comparison: mod(k) = \"3\""),
      (#"mod("k" = "3""#, #"malformed comparison: mod("k" = "3""#),
      (#"mod("k") = 3"#, #"malformed comparison: mod("k") = 3"#),
      (#"mod("k") ~ "3""#, #"malformed comparison: mod("k") ~ "3""#),
      (#"mod("k") >= "3""#, #"malformed comparison: mod("k") >= "3""#),
      (#"mod("k") = "3" x"#, #"malformed comparison: mod("k") = "3" x"#),
      (#"mod("k") = "x""#, #"invalid txn compare request: mod("k") = "x""#),
      (#"size("k") = "3""#, #"malformed comparison: size("k") = "3" (unknown target size)"#),
      (#"mod("k"#, "a \" without its end"),
      (#"value("k") = "\q""#, #"bad escape \q"#),
      (#"value("k") = "\xg0""#, #"bad escape \x"#),
      (#"value("k") = "\777""#, #"bad escape \7"#),
      (#"value("k") = "\ud800""#, #"bad escape \u"#),
      (#"value("k") = "\"#, "a \" without its end"),
      (#"lease("k") = "xyz""#, #"invalid txn compare request: lease("k") = "xyz""#),
    ])
  func malformedComparisons(line: String, message: String) {
    let error = #expect(throws: ShellError.self) { try Comparison.parse(line) }
    #expect(error?.message == message)
  }

  @Test("Go's escapes in a string")
  func escapes() throws {
    let (value, end) = try GoString.parse(Array(#""\a\b\f\n\r\t\v\\\"\x00\377\u00e9\U0001f600é"."#.utf8), from: 0)
    #expect(value == [7, 8, 12, 10, 13, 9, 11, 0x5c, 0x22, 0, 0xff] + Array("é😀é".utf8))
    #expect(end == #""\a\b\f\n\r\t\v\\\"\x00\377\u00e9\U0001f600é""#.utf8.count)
  }

  @Test("what Go quotes, it reads back")
  func roundTrip() throws {
    let bytes = (0...255).map(UInt8.init) + Array("é\u{2028}😀".utf8)
    var out = ByteWriter()
    out.goQuoted(bytes)
    let (value, end) = try GoString.parse(out.bytes, from: 0)
    #expect(value == bytes)
    #expect(end == out.bytes.count)
  }

  @Test("a request's words are split as etcdctl splits them, each with its column")
  func words() throws {
    let words = try TransactionLine(#"  put "a b" 'c"d'  e'f --lease=1"#).words()
    #expect(words.map(\.text) == ["put", "a b", "c\"d", "e'f", "--lease=1"])
    #expect(words.map(\.column) == [3, 7, 13, 20, 24])
    let error = #expect(throws: ShellError.self) { try TransactionLine("put 'a").words() }
    #expect(error?.message == "a ' without its end" && error?.column == 5)
  }
}
