import Foundation
import Testing

@testable import AccessControl

@Suite struct BCryptTests {
  @Test(
    "Hashes of other implementations are recognised",
    arguments: [
      // The first three are of the C implementation's own tests; then Go's, with the byte that was once signed, and with
      // each version's mark.
      ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
      ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
      ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
      ("allmine", "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga"),
    ])
  func otherImplementations(password: String, hash: String) {
    #expect(BCrypt.verify(password, matches: hash.utf8))
    #expect(!BCrypt.verify(password + "x", matches: hash.utf8))
  }

  @Test("A hash is of its password only, and no two hashes of a password are alike")
  func roundTrip() throws {
    var generator = SystemRandomNumberGenerator()
    for password in ["", "geheim", "пароль", String(repeating: "p", count: 72)] {
      let hash = try BCrypt.hash(password, cost: 4, using: &generator)
      #expect(hash.starts(with: "$2a$04$".utf8))
      #expect(hash.count == 60)
      #expect(BCrypt.verify(password, matches: hash))
      #expect(!BCrypt.verify("geheim ", matches: hash))
      #expect(try BCrypt.hash(password, cost: 4, using: &generator) != hash)
    }
  }

  @Test("A password is refused whose end would not count")
  func tooLong() {
    var generator = SystemRandomNumberGenerator()
    #expect(throws: BCrypt.Refusal.passwordTooLong) {
      try BCrypt.hash(String(repeating: "p", count: 73), cost: 4, using: &generator)
    }
  }

  @Test(
    "What is no hash is no password's",
    arguments: [
      "", "x", "$2a$05$", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
      "$1a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$2a$32$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$2a$05$CCCCCCCCCCCCCCCCCCCC!.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW$",
    ])
  func noHash(_ hash: String) {
    #expect(!BCrypt.verify("U*U", matches: hash.utf8))
    #expect(!BCrypt.verify("", matches: hash.utf8))
  }

  @Test("The digits of pi are those that Blowfish was published with")
  func pi() {
    let words = PiFraction.words(Blowfish.wordCount)
    #expect(words.prefix(4) == [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344])
    #expect(words.suffix(2) == [0x578f_dfe3, 0x3ac3_72e6])
  }
}
