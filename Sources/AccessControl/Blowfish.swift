/// Schneier's block cipher (1993), with the salted key schedule that BCrypt adds to it.
///
///     block of two words   L R  --16 rounds: L ^= subkey, R ^= F(L), swap-->
///     subkeys              18 words, the first of pi's fraction
///     F(x)                 ((s0[a] + s1[b]) ^ s2[c]) + s3[d]    of x's bytes a b c d; s: 4 x 256 words, pi's next
struct Blowfish {
  private static let subkeyCount = 18
  static let wordCount = subkeyCount + 4 * 256
  private static let initialWords = PiFraction.words(wordCount)

  /// The subkeys, then the four boxes.
  private var words = initialWords

  func encrypted(_ left: UInt32, _ right: UInt32) -> (UInt32, UInt32) {
    words.withUnsafeBufferPointer { Self.encrypted(left, right, $0.baseAddress!) }
  }

  @inline(__always)
  private static func encrypted(_ left: UInt32, _ right: UInt32, _ words: UnsafePointer<UInt32>) -> (UInt32, UInt32) {
    let boxes = words + subkeyCount
    var left = left
    var right = right
    var round = 0
    while round < 16 {
      left ^= words[round]
      right ^= mixed(left, boxes)
      right ^= words[round + 1]
      left ^= mixed(right, boxes)
      round += 2
    }
    return (right ^ words[17], left ^ words[16])
  }

  @inline(__always)
  private static func mixed(_ word: UInt32, _ boxes: UnsafePointer<UInt32>) -> UInt32 {
    let a = boxes[Int(word &>> 24)]
    let b = boxes[256 &+ Int(word &>> 16 & 0xff)]
    let c = boxes[512 &+ Int(word &>> 8 & 0xff)]
    let d = boxes[768 &+ Int(word & 0xff)]
    return ((a &+ b) ^ c) &+ d
  }

  /// Mixes a key into the subkeys, then replaces everything by what the cipher makes of zeros, or of a salt.
  /// - Parameters:
  ///   - key: as many words as there are subkeys.
  ///   - salt: an even number of words.
  mutating func expand(key: [UInt32], salt: [UInt32] = []) {
    words.withUnsafeMutableBufferPointer { words in
      for index in key.indices { words[index] ^= key[index] }
      let base = words.baseAddress!
      var left: UInt32 = 0
      var right: UInt32 = 0
      var saltIndex = 0
      var index = 0
      while index < Self.wordCount {
        if !salt.isEmpty {
          left ^= salt[saltIndex]
          right ^= salt[saltIndex + 1]
          saltIndex = (saltIndex + 2) % salt.count
        }
        (left, right) = Self.encrypted(left, right, UnsafePointer(base))
        base[index] = left
        base[index + 1] = right
        index += 2
      }
    }
  }

  /// Key bytes as words, taken over and over again until there is one for each subkey.
  static func keyWords(_ bytes: [UInt8]) -> [UInt32] {
    (0..<subkeyCount).map { word in
      (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[(4 * word + $1) % bytes.count]) }
    }
  }
}
