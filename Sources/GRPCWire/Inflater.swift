import NIOCore

/// Decompresses DEFLATE (RFC 1951), up to a given number of bytes.
///
/// A code is read bit by bit, which is slower than with zlib's tables and a good deal shorter: clients hardly ever
/// compress, and what they may send is small.
struct Inflater {
  enum Failure: Error, Equatable {
    case truncated
    case corrupt
    /// There is more than the limit.
    case tooLong
  }

  private var input: ByteBuffer
  private let limit: Int
  private var bits: UInt64 = 0
  private var bitCount = 0
  private var output: [UInt8] = []

  /// Decompresses the stream at the beginning of `input` and moves the reader behind it.
  static func inflate(_ input: inout ByteBuffer, limit: Int) throws(Failure) -> [UInt8] {
    var inflater = Inflater(input: input, limit: limit)
    while try inflater.readBlock() {}
    input = inflater.input
    // Whole bytes that were read ahead belong to what follows.
    input.moveReaderIndex(to: input.readerIndex - inflater.bitCount / 8)
    return inflater.output
  }

  private init(input: ByteBuffer, limit: Int) {
    (self.input, self.limit) = (input, limit)
    output.reserveCapacity(min(limit, input.readableBytes * 4))
  }

  /// Bits come from the lowest of each byte upwards.
  private mutating func read(_ count: Int) throws(Failure) -> Int {
    while bitCount < count {
      guard let byte = input.readInteger(as: UInt8.self) else { throw .truncated }
      bits |= UInt64(byte) << UInt64(bitCount)
      bitCount += 8
    }
    let value = bits & (1 << UInt64(count) - 1)
    bits >>= UInt64(count)
    bitCount -= count
    return Int(value)
  }

  /// False after the last block.
  private mutating func readBlock() throws(Failure) -> Bool {
    let isLast = try read(1) == 1
    switch try read(2) {
    case 0: try readStored()
    case 1: try readCompressed(Self.fixedCodes)
    case 2: try readCompressed(try readCodes())
    default: throw .corrupt
    }
    return !isLast
  }

  private mutating func readStored() throws(Failure) {
    _ = try read(bitCount % 8)
    let length = try read(16)
    guard try read(16) == length ^ 0xffff else { throw .corrupt }
    guard output.count + length <= limit else { throw .tooLong }
    for _ in 0..<length { output.append(UInt8(try read(8))) }
  }

  private mutating func readCompressed(_ codes: Codes) throws(Failure) {
    while true {
      let symbol = try readSymbol(codes.literals)
      if symbol < 256 {
        guard output.count < limit else { throw .tooLong }
        output.append(UInt8(symbol))
      } else if symbol == 256 {
        return
      } else {
        guard symbol - 257 < Self.lengths.count else { throw .corrupt }
        let (base, extra) = Self.lengths[symbol - 257]
        let length = base + (try read(extra))
        let distanceSymbol = try readSymbol(codes.distances)
        guard distanceSymbol < Self.distances.count else { throw .corrupt }
        let (distanceBase, distanceExtra) = Self.distances[distanceSymbol]
        try repeatOutput(length: length, distance: distanceBase + (try read(distanceExtra)))
      }
    }
  }

  /// The copy may overlap what it appends: a distance of 1 repeats the last byte.
  private mutating func repeatOutput(length: Int, distance: Int) throws(Failure) {
    guard distance <= output.count else { throw .corrupt }
    guard output.count + length <= limit else { throw .tooLong }
    for _ in 0..<length { output.append(output[output.count - distance]) }
  }

  private mutating func readSymbol(_ code: PrefixCode) throws(Failure) -> Int {
    var value = 0
    var first = 0
    var index = 0
    for length in 1...PrefixCode.maxLength {
      value |= try read(1)
      let count = code.counts[length]
      if value - first < count { return code.symbols[index + value - first] }
      index += count
      first = (first + count) << 1
      value <<= 1
    }
    throw .corrupt
  }

  // MARK: Codes

  private struct Codes {
    var literals: PrefixCode
    var distances: PrefixCode
  }

  /// The codes at the head of a block of type 2, themselves compressed with a code of their lengths.
  private mutating func readCodes() throws(Failure) -> Codes {
    let (literals, distances, lengths) = (try read(5) + 257, try read(5) + 1, try read(4) + 4)
    var codeLengths = [Int](repeating: 0, count: 19)
    for position in Self.lengthOrder.prefix(lengths) { codeLengths[position] = try read(3) }
    let code = try PrefixCode(lengths: codeLengths[...])
    var all: [Int] = []
    while all.count < literals + distances {
      switch try readSymbol(code) {
      case let length where length < 16: all.append(length)
      case 16:
        guard let last = all.last else { throw .corrupt }
        all += [Int](repeating: last, count: try read(2) + 3)
      case 17: all += [Int](repeating: 0, count: try read(3) + 3)
      default: all += [Int](repeating: 0, count: try read(7) + 11)
      }
    }
    guard all.count == literals + distances else { throw .corrupt }
    return Codes(
      literals: try PrefixCode(lengths: all.prefix(literals)), distances: try PrefixCode(lengths: all.suffix(distances))
    )
  }

  private static let fixedCodes = Codes(
    literals: try! PrefixCode(
      lengths: ([Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112) + [Int](repeating: 7, count: 24)
        + [Int](repeating: 8, count: 8))[...]),
    distances: try! PrefixCode(lengths: [Int](repeating: 5, count: 30)[...]))

  /// The order in which the lengths of the length code are sent (3.2.7).
  private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  /// For each symbol from 257: the shortest length it stands for, and the number of bits that are added to it (3.2.5).
  private static let lengths: [(Int, Int)] =
    steps(from: 3, extraBits: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5])
    + [(258, 0)]

  private static let distances: [(Int, Int)] = steps(from: 1, extraBits: [0, 0] + (0..<28).map { $0 / 2 })

  private static func steps(from start: Int, extraBits: [Int]) -> [(Int, Int)] {
    var next = start
    return extraBits.map { bits in
      defer { next += 1 << bits }
      return (next, bits)
    }
  }
}

/// A canonical prefix code: how many codes there are of each length, and their symbols in the order of the codes.
private struct PrefixCode {
  static let maxLength = 15

  var counts = [Int](repeating: 0, count: maxLength + 1)
  var symbols: [Int] = []

  /// - Parameter lengths: of each symbol's code in bits, 0 for symbols that don't occur.
  init(lengths: ArraySlice<Int>) throws(Inflater.Failure) {
    for length in lengths where length > 0 { counts[length] += 1 }
    var unused = 1
    for length in 1...Self.maxLength {
      unused = unused << 1 - counts[length]
      guard unused >= 0 else { throw .corrupt }
    }
    for length in 1...Self.maxLength {
      for (symbol, itsLength) in zip(0..., lengths) where itsLength == length { symbols.append(symbol) }
    }
  }
}
