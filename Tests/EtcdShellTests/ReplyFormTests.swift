import EtcdAPI
import Foundation
import Testing

@testable import EtcdShell

/// What each form makes of the same replies. The expected texts are etcdctl 3.5.1's for these very messages; that they
/// stay so is the business of the differential tests, these say where to look.
@Suite struct ReplyFormTests {
  static let header = ResponseHeader.with {
    $0.clusterID = 18_083_797_673_285_409_866
    $0.memberID = 267_480_488_034_088_933
    $0.revision = 6
    $0.raftTerm = 2
  }
  static let pair = KeyValue.with {
    $0.key = Data("a".utf8)
    $0.value = Data("x<y>&\"é\\".utf8)
    $0.createRevision = 2
    $0.modRevision = 6
    $0.version = 3
    $0.lease = 4_027_803_621_456_083_207
  }
  static let range = Reply.range(
    .with {
      $0.header = header
      $0.kvs = [pair]
      $0.count = 1
    })
  static let members = MemberListResponse.with {
    $0.header = .with {
      $0.clusterID = header.clusterID
      $0.memberID = header.memberID
      $0.raftTerm = 18
    }
    $0.members = [
      .with {
        $0.id = header.memberID
        $0.name = "default"
        $0.peerUrls = ["http://127.0.0.2:23800"]
        $0.clientUrls = ["http://127.0.0.2:23790"]
      },
      .with {
        $0.id = 1
        $0.peerUrls = ["http://127.0.0.2:9"]
        $0.isLearner = true
      },
    ]
  }

  private func write(_ reply: Reply, _ format: OutputFormat, hex: Bool = false, terminal: TerminalStyle? = nil) throws
    -> String
  {
    var out = ByteWriter()
    try ReplyWriter(format: format, hex: hex, terminal: terminal).write(reply, to: &out)
    return String(decoding: out.bytes, as: UTF8.self)
  }

  @Test("a key in the simple form is two lines, of escapes with --hex, and one with --print-value-only")
  func simple() throws {
    #expect(try write(Self.range, .simple) == "a\nx<y>&\"é\\\n")
    #expect(try write(Self.range, .simple, hex: true) == "\\x61\n\\x78\\x3c\\x79\\x3e\\x26\\x22\\xc3\\xa9\\x5c\n")
    guard case .range(let response, _) = Self.range else { return }
    #expect(try write(.range(response, valueOnly: true), .simple) == "x<y>&\"é\\\n")
  }

  @Test("the fields form quotes keys and values as Go does")
  func fields() throws {
    #expect(
      try write(Self.range, .fields) == """
        "ClusterID" : 18083797673285409866
        "MemberID" : 267480488034088933
        "Revision" : 6
        "RaftTerm" : 2
        "Key" : "a"
        "CreateRevision" : 2
        "ModRevision" : 6
        "Version" : 3
        "Value" : "x<y>&\\"é\\\\"
        "Lease" : 4027803621456083207
        "More" : false
        "Count" : 1

        """)
  }

  @Test("the JSON form is Go's: base64, plain numbers, zero fields left out")
  func json() throws {
    #expect(
      try write(Self.range, .json) == #"""
        {"header":{"cluster_id":18083797673285409866,"member_id":267480488034088933,"revision":6,"raft_term":2},"kvs":[{"key":"YQ==","create_revision":2,"mod_revision":6,"version":3,"value":"eDx5PiYiw6lc","lease":4027803621456083207}],"count":1}

        """#)
  }

  @Test("operations of a transaction keep Go's wrapper objects and their partial headers")
  func jsonTransaction() throws {
    let response = TxnResponse.with {
      $0.header = Self.header
      $0.responses = [
        .with { $0.responsePut = .with { $0.header = .with { $0.revision = 15 } } },
        .with { $0.responseDeleteRange = .with { $0.header = .with { $0.revision = 15 } } },
      ]
    }
    #expect(
      try write(.txn(response), .json) == #"""
        {"header":{"cluster_id":18083797673285409866,"member_id":267480488034088933,"revision":6,"raft_term":2},"responses":[{"Response":{"response_put":{"header":{"revision":15}}}},{"Response":{"response_delete_range":{"header":{"revision":15}}}}]}

        """#)
  }

  @Test("a watch response as JSON has Go's capital names and an empty list of events")
  func jsonWatch() throws {
    let canceled = WatchResponse.with {
      $0.header = .with { $0.clusterID = 7 }
      $0.compactRevision = 2
      $0.canceled = true
    }
    #expect(
      try write(.watch(canceled), .json)
        == #"{"Header":{"cluster_id":7},"Events":[],"CompactRevision":2,"Canceled":true,"Created":false}"# + "\n")
  }

  @Test("a member list with --hex is etcdctl's hand-written JSON, term in hexadecimal and all")
  func hexMembers() throws {
    #expect(
      try write(.memberList(Self.members, leader: 0), .json, hex: true) == #"""
        {"header":{"cluster_id":"faf68e2bfa365c4a","member_id":"3b64816319eb7e5","raft_term":12},"members":[{"ID":"3b64816319eb7e5","name":"default","peerURLs":["http://127.0.0.2:23800"],"clientURLS":["http://127.0.0.2:23790"]},{"ID":"1","name":"","peerURLs":["http://127.0.0.2:9"],"clientURLS":null}]}

        """#)
  }

  @Test("the table form draws boxes: headings centred, cells to the right")
  func table() throws {
    #expect(
      try write(.memberList(Self.members, leader: 0), .table) == """
        +-----------------+-----------+---------+------------------------+------------------------+------------+
        |       ID        |  STATUS   |  NAME   |       PEER ADDRS       |      CLIENT ADDRS      | IS LEARNER |
        +-----------------+-----------+---------+------------------------+------------------------+------------+
        | 3b64816319eb7e5 |   started | default | http://127.0.0.2:23800 | http://127.0.0.2:23790 |      false |
        |               1 | unstarted |         |     http://127.0.0.2:9 |                        |       true |
        +-----------------+-----------+---------+------------------------+------------------------+------------+

        """)
  }

  @Test("a terminal gets columns under headings, and the leader")
  func terminalTable() throws {
    #expect(
      try write(.memberList(Self.members, leader: 1), .simple, terminal: TerminalStyle(color: false)) == """
        ID               STATUS     NAME     PEER ADDRS              CLIENT ADDRS            IS LEARNER  IS LEADER
        3b64816319eb7e5  started    default  http://127.0.0.2:23800  http://127.0.0.2:23790  false       false
        1                unstarted           http://127.0.0.2:9                              true        true

        """)
  }

  @Test("what a terminal cannot print is escaped so that it can be pasted back")
  func terminalEscapes() throws {
    let reply = Reply.range(
      .with {
        $0.kvs = [
          .with {
            $0.key = Data([0x2f, 0x00, 0xff, 0x27])
            $0.value = Data("two\nlines".utf8)
          }
        ]
      })
    #expect(try write(reply, .simple, terminal: TerminalStyle(color: false)) == "$'/\\x00\\xff\\''\ntwo\nlines\n")
    #expect(
      try write(Self.range, .simple, terminal: TerminalStyle(color: true)) == "\u{1b}[36ma\u{1b}[m\nx<y>&\"é\\\n")
  }

  @Test("a long value that is JSON is laid out, its numbers and strings untouched")
  func prettyJSON() {
    let names = String(repeating: "x", count: 80)
    let json = #"{"a":[1.50, -2e9 ,{"b":null}],"c":{},"d":[],"e":"{\"q\":1}","f":""# + names + #""}"#
    #expect(
      PrettyJSON.layOut(Data(json.utf8)) == """
        {
          "a": [
            1.50,
            -2e9,
            {
              "b": null
            }
          ],
          "c": {},
          "d": [],
          "e": "{\\"q\\":1}",
          "f": "\(names)"
        }
        """)
    #expect(PrettyJSON.layOut(Data(#"{"short":true}"#.utf8)) == nil)
    for broken in ["{", "}", "{\"a\"}", "{\"a\":}", "[1,]", "[1 2]", "[tru]", "[\"a]", "{1:2}", "[1]]", "[nan]"] {
      let padded = String(broken.dropLast()) + String(repeating: " ", count: 90) + broken.suffix(1)
      #expect(PrettyJSON.layOut(Data(padded.utf8)) == nil, "\(broken)")
    }
    #expect(PrettyJSON.layOut(Data(String(repeating: "[", count: 100_000).utf8)) == nil)
  }

  @Test("ndjson has a line for each key and each event")
  func ndjson() throws {
    #expect(
      try write(Self.range, .ndjson) == #"""
        {"key":"a","value":"x\u003cy\u003e\u0026\"é\\","create_revision":2,"mod_revision":6,"version":3,"lease":"37e5a20db1ebf907"}

        """#)
    let watch = WatchResponse.with {
      $0.events = [
        .with {
          $0.type = .delete
          $0.kv = .with {
            $0.key = Data([0xff])
            $0.modRevision = 8
          }
        }
      ]
    }
    #expect(try write(.watch(watch), .ndjson) == #"{"type":"DELETE","key_base64":"/w==","mod_revision":8}"# + "\n")
  }

  @Test("a reply without such a form is refused in etcdctl's words")
  func unsupported() {
    var out = ByteWriter()
    #expect(throws: UnsupportedFormat(format: .table)) { try ReplyWriter(format: .table).write(Self.range, to: &out) }
    #expect(UnsupportedFormat(format: .table).message == "table not supported as output format")
    #expect(out.isEmpty)
  }

  @Test(
    "Go's %q",
    arguments: [
      ("plain", #""plain""#), ("\u{7}\u{8}\u{c}\n\r\t\u{b}\u{1}\u{7f}", #""\a\b\f\n\r\t\v\x01\u007f""#),
      ("é\u{2028}\u{a0}\u{ad}😀\\\"", #""é\u2028\u00a0\u00ad😀\\\"""#),
    ])
  func goQuotes(text: String, expected: String) {
    var out = ByteWriter()
    out.goQuoted(text.utf8)
    #expect(String(decoding: out.bytes, as: UTF8.self) == expected)
  }

  @Test("bytes that are no UTF-8 are quoted one by one, however they are cut off")
  func goQuotesBytes() {
    var out = ByteWriter()
    out.goQuoted([0xff, 0xc3, 0x41, 0xe2, 0x80, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98])
    #expect(String(decoding: out.bytes, as: UTF8.self) == #""\xff\xc3A\xe2\x80\xed\xa0\x80\xf0\x9f\x98""#)
  }

  @Test(
    "durations as Go prints them",
    arguments: [
      (Duration.nanoseconds(0), "0s"), (.nanoseconds(800), "800ns"), (.nanoseconds(12_500), "12.5µs"),
      (.nanoseconds(1_621_506), "1.621506ms"), (.milliseconds(2500), "2.5s"), (.seconds(90), "1m30s"),
      (.seconds(3600), "1h0m0s"), (.nanoseconds(999_999_999), "999.999999ms"),
    ])
  func durations(duration: Duration, expected: String) { #expect(durationText(duration) == expected) }

  @Test(
    "sizes as etcdctl prints them",
    arguments: [
      (Int64(0), "0 B"), (9, "9 B"), (999, "999 B"), (1000, "1.0 kB"), (24576, "25 kB"), (24500, "24 kB"),
      (25500, "26 kB"), (20480, "20 kB"), (1_250_000, "1.3 MB"),
      (999_999, "1000 kB"), (2_147_483_648, "2.1 GB"),
    ])
  func sizes(bytes: Int64, expected: String) { #expect(sizeText(bytes) == expected) }

  @Test("a long cell is wrapped as evenly as can be")
  func wrapping() {
    #expect(wrapped("context deadline exceeded", at: 30) == ["context deadline exceeded"])
    #expect(
      wrapped("rpc error: code = Unknown desc = context deadline exceeded", at: 30)
        == ["rpc error: code = Unknown desc", "= context deadline exceeded"])
    #expect(wrapped("aaa bb cc ddddd", at: 6) == ["aaa", "bb cc", "ddddd"])
    #expect(wrapped("", at: 30) == [""])
  }
}
