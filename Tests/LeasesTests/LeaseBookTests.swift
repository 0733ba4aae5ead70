import Leases
import Testing

@Suite struct LeaseBookTests {
  @Test("A grant is lengthened to the minimum, and refused beyond the maximum")
  func limits() throws {
    var book = LeaseBook()
    #expect(try book.grant(1, timeToLive: -5) == 2)
    #expect(try book.grant(2, timeToLive: 9_000_000_000) == 9_000_000_000)
    #expect(throws: LeaseBook.Refusal.timeToLiveTooLarge) { try book.grant(3, timeToLive: 9_000_000_001) }
    #expect(throws: LeaseBook.Refusal.exists) { try book.grant(1, timeToLive: 10) }
    #expect(throws: LeaseBook.Refusal.notFound) { try book.grant(0, timeToLive: 10) }
    #expect(book.ids == [1, 2])
  }

  @Test("A revoked lease is gone, and its ID may be granted again")
  func revoke() throws {
    var book = LeaseBook()
    try book.grant(1, timeToLive: 10)
    try book.revoke(1)
    #expect(book[1] == nil)
    #expect(throws: LeaseBook.Refusal.notFound) { try book.revoke(1) }
    try book.grant(1, timeToLive: 20)
    #expect(book[1]?.timeToLive == 20)
  }

  @Test("A checkpoint shortens what a new primary gives, until it is cleared")
  func checkpoint() throws {
    var book = LeaseBook()
    try book.grant(1, timeToLive: 100)
    book.checkpoint(1, remaining: 40)
    #expect(book[1]?.renewal == 40)
    book.checkpoint(1, remaining: 0)
    #expect(book[1]?.renewal == 100)
    book.checkpoint(2, remaining: 5)
    #expect(book[2] == nil)
  }
}
