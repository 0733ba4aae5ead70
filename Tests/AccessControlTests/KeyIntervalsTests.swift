import Foundation
import TestSupport
import Testing

@testable import AccessControl

@Suite struct KeyIntervalsTests {
  private func bytes(_ text: String) -> Data { Data(text.utf8) }

  private func intervals(_ ranges: [(String, String)]) -> KeyIntervals {
    KeyIntervals(ranges.map { (bytes($0.0), bytes($0.1)) })
  }

  @Test("Ranges that touch cover what spans them, and ranges with a gap do not")
  func merging() {
    let touching = intervals([("d", "e"), ("a", "c"), ("b", "d"), ("k", "")])
    #expect(touching.covers(key: bytes("a"), rangeEnd: bytes("e")))
    #expect(touching.covers(key: bytes("d~"), rangeEnd: Data()))
    #expect(touching.covers(key: bytes("k"), rangeEnd: Data()))
    #expect(touching.covers(key: bytes("k"), rangeEnd: bytes("k\0")))
    #expect(!touching.covers(key: bytes("a"), rangeEnd: bytes("e\0")))
    #expect(!touching.covers(key: bytes("k"), rangeEnd: bytes("l")))
    #expect(!touching.covers(key: bytes("e"), rangeEnd: Data()))
    #expect(!touching.covers(key: bytes("a"), rangeEnd: bytes("\0")))
  }

  @Test("A range without end covers everything from its key on")
  func unbounded() {
    let open = intervals([("m", "\0"), ("p", "q")])
    #expect(open.covers(key: bytes("m"), rangeEnd: bytes("\0")))
    #expect(open.covers(key: bytes("z"), rangeEnd: Data()))
    #expect(open.covers(key: Data([0xff, 0xff]), rangeEnd: bytes("\0")))
    #expect(!open.covers(key: bytes("l"), rangeEnd: bytes("\0")))
    #expect(intervals([("\0", "\0")]).covers(key: bytes("\0"), rangeEnd: bytes("\0")))
  }

  @Test("A range that ends before it starts has no keys, and asking for one needs its start")
  func inverted() {
    #expect(!intervals([("d", "b")]).covers(key: bytes("c"), rangeEnd: Data()))
    #expect(!intervals([("", "z")]).covers(key: bytes("c"), rangeEnd: Data()))
    #expect(intervals([("b", "d")]).covers(key: bytes("c"), rangeEnd: bytes("a")))
    #expect(!intervals([("b", "d")]).covers(key: bytes("e"), rangeEnd: bytes("c")))
  }

  /// Keys of up to three letters, so that the model can go through all there are.
  @Test("Random ranges cover what going through all their keys says")
  func model() {
    var random = SeededGenerator(seed: TestSeed.make())
    let letters = ["\0", "a", "b"]
    var keys = letters
    for _ in 0..<2 { keys += keys.flatMap { key in letters.map { key + $0 } } }
    let universe = Set(keys.map(bytes)).sorted { $0.lexicographicallyPrecedes($1) }

    func isIn(_ key: Data, _ range: (Data, Data)) -> Bool {
      if range.1.isEmpty { return key == range.0 }
      return !key.lexicographicallyPrecedes(range.0) && (range.1 == Data([0]) || key.lexicographicallyPrecedes(range.1))
    }
    // Keys between two of the universe have four letters or more; ends of up to two letters cannot tell them apart from
    // their neighbours.
    let short = universe.filter { $0.count <= 2 }
    func range() -> (Data, Data) {
      let start = short.randomElement(using: &random)!
      switch Int.random(in: 0..<4, using: &random) {
      case 0: return (start, Data())
      case 1: return (start, Data([0]))
      default: return (start, short.randomElement(using: &random)!)
      }
    }
    for _ in 0..<300 {
      let granted = (0..<Int.random(in: 0...5, using: &random)).map { _ in range() }
      let intervals = KeyIntervals(granted.map { ($0.0, $0.1) })
      for _ in 0..<30 {
        let wanted = range()
        let isInverted = wanted.1.count > 0 && wanted.1 != Data([0]) && !wanted.0.lexicographicallyPrecedes(wanted.1)
        let wantedKeys = isInverted ? [wanted.0] : universe.filter { isIn($0, wanted) }
        let expected = wantedKeys.allSatisfy { key in granted.contains { isIn(key, $0) } }
        #expect(
          intervals.covers(key: wanted.0, rangeEnd: wanted.1) == expected,
          "\(wanted) in \(granted)")
      }
    }
  }
}
