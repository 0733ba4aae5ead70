import Foundation
import TestSupport
import Testing

@testable import EtcdShell

@Suite("No line, however mangled, harms the parser")
struct FuzzTests {
  static let corpus = [
    "put /a 'one two' --lease=12 --prev-kv", "get --prefix /app/ --limit 3 -w json", "del --prefix -- -x",
    "put k $'\\x00\\u00e9\\101' # comment", "put k <<EOF\nvalue\nEOF\n", "lease grant 60\nlease list -w fields",
    "watch /a --rev 5 --prefix &", "txn", ":set output json", "time get \"a b\" \\\n  c", "member add n http://x:1",
    "put <<-A <<B\n\tx\n\tA\ny\nB\n", "help lease grant", "get a -wjson --hex=false --command-timeout 1m30s",
  ]
  static let pieces = [
    "'", "\"", "\\", "$'", "<<", "<<EOF", "\nEOF\n", "\n", "\r\n", "\u{0}", " ", "#", "&", "--", "-", "=", "é", "\\x",
    "\t",
  ]

  /// Seconds to run: a few at a desk, a minute in CI.
  static let duration = Duration.seconds(
    ProcessInfo.processInfo.environment["ETCH_FUZZ_SECONDS"].flatMap { Int($0) } ?? 2)

  @Test("random changes of good lines, cut into random pieces")
  func mangled() throws {
    var random = SeededGenerator(seed: TestSeed.make())
    let end = ContinuousClock.now + Self.duration
    let hinter = Hinter(table: .standard)
    var count = 0
    while ContinuousClock.now < end {
      let line = Self.mangle(&random)
      let whole = Self.read(line, &random, inPieces: false)
      #expect(Self.read(line, &random, inPieces: true) == whole, "\(Quoting.quoted(line))")
      for case .statement(let statement) in whole {
        _ = try? CommandTable.standard.parse(statement.words)
        for word in statement.words {
          let quoted = try Tokenizer.statements(in: "x " + Quoting.quoted(word.bytes))
          #expect(quoted.first?.words.last?.bytes == word.bytes)
          #expect(word.line >= 1 && word.column >= 1)
        }
      }
      let text = String(decoding: line, as: UTF8.self)
      _ = hinter.hint(text)
      _ = Tokenizer.isIncomplete(text)
      _ = Secrecy.holdsSecret(text)
      if let typed = TypedLine(text) {
        #expect((0...text.utf8.count).contains(typed.start))
        _ = CommandTable.standard.expectation(at: typed)
      }
      count += 1
    }
    print("\(count) lines")
  }

  enum Outcome: Equatable {
    case statement(Statement)
    case failure(ShellError)
  }

  static func mangle(_ random: inout SeededGenerator) -> [UInt8] {
    var line = Array((corpus.randomElement(using: &random)! + "\n" + corpus.randomElement(using: &random)!).utf8)
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      let place = Int.random(in: 0...line.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: line.insert(contentsOf: pieces.randomElement(using: &random)!.utf8, at: place)
      case 1: line.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 2: line.removeSubrange(place..<min(line.count, place + Int.random(in: 0...5, using: &random)))
      default: line.insert(contentsOf: line.suffix(Int.random(in: 0...20, using: &random)), at: place)
      }
    }
    return line
  }

  static func read(_ input: [UInt8], _ random: inout SeededGenerator, inPieces: Bool) -> [Outcome] {
    var tokenizer = Tokenizer()
    var outcomes: [Outcome] = []
    var start = 0
    while start < input.count {
      let end = inPieces ? min(input.count, start + Int.random(in: 1...9, using: &random)) : input.count
      let piece = Array(input[start..<end])
      var position = 0
      while true {
        do throws(ShellError) {
          let statement = try piece.withUnsafeBufferPointer { buffer throws(ShellError) in
            try tokenizer.next(buffer, &position)
          }
          guard let statement else { break }
          outcomes.append(.statement(statement))
        } catch {
          outcomes.append(.failure(error))
        }
      }
      start = end
    }
    do throws(ShellError) {
      if let last = try tokenizer.finish() { outcomes.append(.statement(last)) }
    } catch {
      outcomes.append(.failure(error))
    }
    return outcomes
  }
}
