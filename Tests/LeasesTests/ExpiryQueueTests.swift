import Leases
import TestSupport
import Testing

@Suite struct ExpiryQueueTests {
  @Test("Leases expire in the order of their deadlines, a renewed one later")
  func order() {
    var queue = ExpiryQueue()
    queue.set(1, deadline: .seconds(10))
    queue.set(2, deadline: .seconds(5))
    queue.set(3, deadline: .seconds(7))
    queue.set(2, deadline: .seconds(20))
    #expect(queue.idsByDeadline == [3, 1, 2])
    #expect(queue.remaining(2, now: .seconds(5)) == .seconds(15))
    #expect(queue.takeExpired(now: .seconds(6), limit: 10) == [])
    #expect(queue.takeExpired(now: .seconds(10), limit: 10) == [3, 1])
  }

  @Test("An expired lease is reported again until it is removed or renewed")
  func retry() {
    var queue = ExpiryQueue()
    queue.set(1, deadline: .seconds(1))
    #expect(queue.takeExpired(now: .seconds(1), limit: 1) == [1])
    #expect(queue.takeExpired(now: .seconds(2), limit: 1) == [])
    #expect(queue.takeExpired(now: .seconds(4), limit: 1) == [1])
    queue.remove(1)
    #expect(queue.takeExpired(now: .seconds(100), limit: 1) == [])
    #expect(queue.nextDeadline == nil)
    #expect(queue.remaining(1, now: .zero) == nil)
  }

  @Test("No more expire at once than asked for; the rest stay due")
  func limit() {
    var queue = ExpiryQueue()
    for id in Int64(1)...5 { queue.set(id, deadline: .seconds(id)) }
    #expect(queue.takeExpired(now: .seconds(9), limit: 2) == [1, 2])
    #expect(queue.takeExpired(now: .seconds(9), limit: 9) == [3, 4, 5])
  }

  @Test("However leases are granted, renewed and removed, exactly those past their deadline expire")
  func matchesModel() {
    var chance = SeededGenerator(seed: TestSeed.make())
    var queue = ExpiryQueue()
    var deadlines: [Int64: Duration] = [:]
    var now = Duration.zero
    for _ in 0..<5000 {
      let id = Int64.random(in: 1...50, using: &chance)
      switch Int.random(in: 0..<4, using: &chance) {
      case 0, 1:
        let deadline = now + .milliseconds(Int.random(in: 1...3000, using: &chance))
        queue.set(id, deadline: deadline)
        deadlines[id] = deadline
      case 2:
        queue.remove(id)
        deadlines[id] = nil
      default:
        now += .milliseconds(Int.random(in: 0...500, using: &chance))
        let expired = queue.takeExpired(now: now, limit: .max)
        #expect(Set(expired) == Set(deadlines.filter { $0.value <= now }.keys))
        for id in expired {
          queue.remove(id)
          deadlines[id] = nil
        }
      }
      #expect(queue.idsByDeadline.count == deadlines.count)
    }
  }
}
