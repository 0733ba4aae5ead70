/// BCrypt, the password hash of Provos and Mazières (USENIX 1999), as etcd keeps it:
///
///     $2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy
///      version and cost, 22 characters of salt, 31 of hash
///
/// It is slow on purpose, 2^cost rounds: about 50 ms at the default cost. Call it where nobody waits behind it.
public enum BCrypt {
  public static let costs = 4...31
  static let saltByteCount = 16
  /// The key schedule takes no more of a password.
  static let maximumPasswordByteCount = 72

  /// Why a password cannot be hashed.
  public enum Refusal: Error, Sendable {
    /// Its end would not count (Go's implementation refuses it since 2022).
    case passwordTooLong
  }

  /// - Parameter cost: of ``costs``.
  public static func hash(
    _ password: String, cost: Int, using generator: inout some RandomNumberGenerator
  ) throws(Refusal) -> [UInt8] {
    if password.utf8.count > maximumPasswordByteCount { throw .passwordTooLong }
    let salt = (0..<saltByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return hash(Array(password.utf8), Parameters(version: "2a", cost: cost, salt: salt))
  }

  /// Whether a hash is this password's. False for what is no hash.
  public static func verify(_ password: String, matches hash: some Collection<UInt8>) -> Bool {
    guard let parameters = Parameters(hash) else { return false }
    let actual = self.hash(Array(password.utf8), parameters)
    // In time that does not tell where they differ.
    return actual.count == hash.count && zip(actual, hash).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// What a hash says before the hash itself.
  struct Parameters {
    var version: String
    var cost: Int
    var salt: [UInt8]

    init(version: String, cost: Int, salt: [UInt8]) {
      self.version = version
      self.cost = cost
      self.salt = salt
    }

    init?(_ hash: some Collection<UInt8>) {
      let fields = String(decoding: hash, as: UTF8.self).split(separator: "$", omittingEmptySubsequences: false)
      guard fields.count == 4, fields[0].isEmpty, ["2", "2a", "2b", "2y"].contains(fields[1]), fields[2].count == 2,
        let cost = Int(fields[2]), costs.contains(cost), fields[3].utf8.count == 53,
        let salt = Radix64.decode(fields[3].utf8.prefix(22))
      else { return nil }
      self.init(version: String(fields[1]), cost: cost, salt: salt)
    }
  }

  private static func hash(_ password: [UInt8], _ parameters: Parameters) -> [UInt8] {
    // The C implementation took the string's closing zero for a part of it, and so did all that followed.
    let key = Blowfish.keyWords(password + [0])
    let saltKey = Blowfish.keyWords(parameters.salt)
    var cipher = Blowfish()
    cipher.expand(key: key, salt: parameters.salt.bigEndianWords)
    for _ in 0..<1 << parameters.cost {
      cipher.expand(key: key)
      cipher.expand(key: saltKey)
    }
    var words: [UInt32] = Array("OrpheanBeholderScryDoubt".utf8).bigEndianWords
    for index in stride(from: 0, to: words.count, by: 2) {
      for _ in 0..<64 { (words[index], words[index + 1]) = cipher.encrypted(words[index], words[index + 1]) }
    }
    let bytes = words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
    let cost = parameters.cost < 10 ? "0\(parameters.cost)" : "\(parameters.cost)"
    // The last byte is left out, since the first implementation forgot it.
    let text = Radix64.encode(parameters.salt) + Radix64.encode(bytes.dropLast())
    return Array("$\(parameters.version)$\(cost)$".utf8) + text
  }
}

/// Base 64 with BCrypt's own alphabet, and without padding.
enum Radix64 {
  private static let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

  static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var pending: UInt32 = 0
    var bitCount: UInt32 = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      bitCount += 8
      while bitCount >= 6 {
        bitCount -= 6
        text.append(alphabet[Int(pending >> bitCount & 63)])
      }
    }
    if bitCount > 0 { text.append(alphabet[Int(pending << (6 - bitCount) & 63)]) }
    return text
  }

  /// Nil when a character is not of the alphabet. Bits that fill no byte are dropped.
  static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var pending: UInt32 = 0
    var bitCount: UInt32 = 0
    for character in text {
      guard let value = alphabet.firstIndex(of: character) else { return nil }
      pending = pending << 6 | UInt32(value)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> bitCount))
      }
    }
    return bytes
  }
}

extension [UInt8] {
  /// Four bytes each; the count must be a multiple of 4.
  fileprivate var bigEndianWords: [UInt32] {
    stride(from: 0, to: count, by: 4).map { start in self[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } }
  }
}
