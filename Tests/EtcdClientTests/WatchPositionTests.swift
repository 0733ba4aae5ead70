import EtcdAPI
import Foundation
import TestSupport
import Testing

@testable import EtcdClient

@Suite("Where a watch goes on")
struct WatchPositionTests {
  private func created(at revision: Int64) -> WatchResponse {
    .with {
      $0.created = true
      $0.header.revision = revision
    }
  }

  private func events(_ revisions: Int64..., header: Int64 = 0, fragment: Bool = false) -> WatchResponse {
    .with {
      $0.header.revision = header
      $0.fragment = fragment
      $0.events = revisions.map { revision in .with { $0.kv.modRevision = revision } }
    }
  }

  @Test("A watch of what comes begins after the revision at which it was created")
  func fromNow() {
    var position = WatchPosition(WatchCreateRequest(prefix: "a"))
    #expect(position.received(created(at: 7)) == .deliver(created(at: 7)))
    #expect(position.request.startRevision == 8)
  }

  @Test("A watch of history keeps its first revision until events come, whatever the store's revision is")
  func fromHistory() {
    var position = WatchPosition(WatchCreateRequest(prefix: "a", from: 3))
    _ = position.received(created(at: 100))
    #expect(position.request.startRevision == 3)
    _ = position.received(events(3, 5, header: 100))
    #expect(position.request.startRevision == 6)
  }

  @Test("Progress moves the position, and the answer to a progress request does not")
  func progress() {
    var position = WatchPosition(WatchCreateRequest(prefix: "a"))
    _ = position.received(created(at: 7))
    #expect(position.received(events(header: 12)) == .deliver(events(header: 12)))
    #expect(position.request.startRevision == 13)
    var answer = events(header: 20)
    answer.watchID = -1
    #expect(position.received(answer) == .deliver(answer))
    #expect(position.request.startRevision == 13)
  }

  @Test("A second created is not the caller's business")
  func resumed() {
    var position = WatchPosition(WatchCreateRequest(prefix: "a"))
    _ = position.received(created(at: 7))
    position.reconnected()
    #expect(position.received(created(at: 9)) == .nothing)
    #expect(position.request.startRevision == 8)
  }

  @Test("Fragments are delivered as one, and a part that was lost is asked for again")
  func fragments() {
    var position = WatchPosition(WatchCreateRequest(prefix: "a"))
    _ = position.received(created(at: 7))
    #expect(position.received(events(8, 9, fragment: true)) == .nothing)
    #expect(position.request.startRevision == 8)
    position.reconnected()
    #expect(position.received(events(8, 9, fragment: true)) == .nothing)
    #expect(position.received(events(9, 9, fragment: true)) == .nothing)
    #expect(position.received(events(9)) == .deliver(events(8, 9, 9, 9, 9)))
    #expect(position.request.startRevision == 10)
  }

  @Test("A watch refused at its creation is told from one that ends later")
  func endings() {
    var refusal = created(at: 7)
    refusal.canceled = true
    var position = WatchPosition(WatchCreateRequest(prefix: "a"))
    #expect(position.received(refusal) == .refused(refusal))
    let gap = WatchResponse.with {
      $0.canceled = true
      $0.compactRevision = 50
    }
    #expect(position.received(gap) == .last(gap))
  }

  @Test("Whenever the connection is lost, every event is delivered once and in order")
  func random() {
    var generator = SeededGenerator(seed: TestSeed.make())
    for _ in 0..<300 {
      var position = WatchPosition(WatchCreateRequest(prefix: "a"))
      _ = position.received(created(at: 0))
      let newest: Int64 = 40
      var delivered: [Int64] = []
      while delivered.last != newest {
        // A server that goes on from where it is asked to, some events a response, in fragments or not.
        var next = position.request.startRevision
        while next <= newest, Int.random(in: 0..<6, using: &generator) > 0 {
          let count = Int64.random(in: 1...4, using: &generator)
          let revisions = Array(next...min(newest, next + count - 1))
          next = revisions.last! + 1
          var response = events(fragment: Bool.random(using: &generator) && next <= newest)
          response.events = revisions.map { revision in .with { $0.kv.modRevision = revision } }
          if case .deliver(let whole) = position.received(response) {
            delivered += whole.events.map(\.kv.modRevision)
          }
        }
        position.reconnected()
        #expect(position.received(created(at: newest)) == .nothing)
      }
      #expect(delivered == Array(1...newest))
    }
  }
}
