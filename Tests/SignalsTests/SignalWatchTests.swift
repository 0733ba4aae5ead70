import Foundation
import Synchronization
import Testing

@testable import Signals

@Suite(.timeLimit(.minutes(1))) struct SignalWatchTests {
  @Test func `Each watch hears every signal until it goes away`() async {
    let (first, firstIn) = AsyncStream.makeStream(of: Int.self)
    let (second, secondIn) = AsyncStream.makeStream(of: Int.self)
    let staying = SignalWatch(SIGUSR1) { firstIn.yield(1) }
    var leaving: SignalWatch? = SignalWatch(SIGUSR1) { secondIn.yield(2) }
    var firsts = first.makeAsyncIterator()
    var seconds = second.makeAsyncIterator()
    for _ in 0..<200 {
      kill(getpid(), SIGUSR1)
      #expect(await firsts.next() == 1)
      #expect(await seconds.next() == 2)
    }
    withExtendedLifetime(leaving) {}
    leaving = nil
    secondIn.finish()
    kill(getpid(), SIGUSR1)
    #expect(await firsts.next() == 1)
    #expect(await seconds.next() == nil)
    withExtendedLifetime(staying) {}
  }
}
