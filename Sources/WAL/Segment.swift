/// A segment's place in the log, which is also its file's name: `0000000000000002-00000000000000c8.wal` is the third
/// segment, and the first entry in it has index 200 or more.
struct Segment: Equatable {
  var sequence: UInt64
  var firstIndex: UInt64

  init(sequence: UInt64, firstIndex: UInt64) {
    self.sequence = sequence
    self.firstIndex = firstIndex
  }

  init?(fileName: String) {
    let parts = fileName.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].elementsEqual("wal".utf8) else { return nil }
    let numbers = parts[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard numbers.count == 2, numbers.allSatisfy({ $0.count == 16 }),
      let sequence = UInt64(Substring(numbers[0]), radix: 16), let firstIndex = UInt64(Substring(numbers[1]), radix: 16)
    else { return nil }
    self.init(sequence: sequence, firstIndex: firstIndex)
  }

  var fileName: String { "\(Self.hexadecimal(sequence))-\(Self.hexadecimal(firstIndex)).wal" }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
