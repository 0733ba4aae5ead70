import Foundation
import Logging
import Testing

@testable import ServerProcess

@Suite("The server's log")
struct LogTests {
  private func line(
    _ message: String, _ metadata: Logger.Metadata = [:], _ format: ZapLogHandler.Format = .json,
    level: Logger.Level = .info
  ) -> String {
    let line = LogLine(
      level: level, time: WallTime(milliseconds: 1_637_770_039_123), caller: "M/F.swift:7", message: message,
      metadata: metadata)
    return String(decoding: line.bytes(format), as: UTF8.self)
  }

  @Test("A line is JSON with etcd's keys first and the others sorted, and typed")
  func json() throws {
    let text = line(
      "hello",
      [
        "b": .stringConvertible(1), "a": "x", "flag": .stringConvertible(true), "list": ["p", .stringConvertible(2)],
        "took": .stringConvertible(Duration.milliseconds(100)),
        "map": ["k": "v"], "ratio": .stringConvertible(0.5),
      ], level: .warning)
    let time = WallTime(milliseconds: 1_637_770_039_123).text
    #expect(
      text == #"{"level":"warn","ts":"\#(time)","caller":"M/F.swift:7","msg":"hello","a":"x","b":1,"flag":true,"#
        + #""list":["p",2],"map":{"k":"v"},"ratio":0.5,"took":"100ms"}"# + "\n")
  }

  @Test("The moment is written with milliseconds and the zone's offset")
  func time() {
    let text = WallTime(milliseconds: 1_637_770_039_003).text
    #expect(text.wholeMatch(of: #/2021-11-2[45]T\d\d:\d\d:\d\d\.003(Z|[+-]\d{4})/#) != nil, "\(text)")
  }

  @Test("A line stays one line of valid JSON whatever is in it")
  func escapes() throws {
    let nasty = "\u{0}\u{1f}\u{7f}\"\\\n\r\té😀\u{2028}"
    let text = line(nasty, [nasty: .string(nasty), "list": .array([.string(nasty)])])
    #expect(text.utf8.filter { $0 == 10 }.count == 1)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["msg"] as? String == nasty)
    #expect(object[nasty] as? String == nasty)
    #expect(object["list"] as? [String] == [nasty])
  }

  @Test("Numbers that JSON does not know are text")
  func infinity() throws {
    let text = line("x", ["a": .stringConvertible(Double.infinity), "b": .stringConvertible(UInt64.max)])
    #expect(text.contains(#""a":"inf","b":18446744073709551615}"#))
  }

  @Test("Levels have zap's names")
  func levels() {
    let names = Logger.Level.allCases.map(\.zapName)
    #expect(names == ["debug", "debug", "info", "info", "warn", "error", "fatal"])
    #expect(Logger.Level(zapName: "warn") == .warning)
    #expect(Logger.Level(zapName: "silly") == nil)
  }

  @Test("The console's form is for people: tabs between, and JSON only for the keys")
  func console() {
    let time = WallTime(milliseconds: 1_637_770_039_123).text
    #expect(line("hello", [:], .console) == "\(time)\tinfo\tM/F.swift:7\thello\n")
    #expect(line("hello", ["a": .stringConvertible(1)], .console) == "\(time)\tinfo\tM/F.swift:7\thello\t{\"a\":1}\n")
  }

  @Test("A logger's own keys, its provider's and the line's come together, and the line's win")
  func merging() throws {
    let folder = FileManager.default.temporaryDirectory.path
    let path = "\(folder)/\(UUID().uuidString).log"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let sink = try LogSink(outputs: [path])
    var logger = Logger(label: "x") { _ in ZapLogHandler(to: sink, logLevel: .info) }
    logger[metadataKey: "a"] = "1"
    logger[metadataKey: "b"] = "2"
    logger.info("first", metadata: ["b": "3"])
    logger.debug("not asked for")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.hasSuffix(#""msg":"first","a":"1","b":"3"}"# + "\n"))
    #expect(text.split(separator: "\n").count == 1)
    #expect(text.contains(#""caller":"ServerProcessTests/LogTests.swift:"#))
  }

  @Test("A log file that cannot be made is refused")
  func noFile() {
    do throws(LogSink.Failure) {
      _ = try LogSink(outputs: ["/nowhere/at/all.log"])
      Issue.record("it was made")
    } catch { #expect(error.text == "open /nowhere/at/all.log: No such file or directory") }
  }
}
