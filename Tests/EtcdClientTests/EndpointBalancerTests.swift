import Testing

@testable import EtcdClient

@Suite("Which endpoint is connected to, and when")
struct EndpointBalancerTests {
  private let start = ContinuousClock.now

  private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

  @Test("The first endpoint is tried first, and the next beside it after 250 ms without an answer")
  func stagger() {
    var balancer = EndpointBalancer(count: 3)
    #expect(balancer.begin(at: at(0)) == [.connect(0), .wake(at: at(250))])
    #expect(balancer.wake(at: at(250)) == [.connect(1), .wake(at: at(500))])
    #expect(balancer.wake(at: at(500)) == [.connect(2)])
  }

  @Test("An endpoint that fails hands on to the next at once")
  func failover() {
    var balancer = EndpointBalancer(count: 3)
    _ = balancer.begin(at: at(0))
    #expect(balancer.failed(0, at: at(1)) == [.connect(1), .wake(at: at(251))])
    #expect(balancer.failed(1, at: at(2)) == [.connect(2)])
    balancer.connected(2)
    #expect(balancer.begin(at: at(3)) == [])
  }

  @Test("The round is over when the last has failed, and the next begins when the first is due")
  func exhaustion() {
    var balancer = EndpointBalancer(count: 2)
    _ = balancer.begin(at: at(0))
    _ = balancer.failed(0, at: at(1))
    #expect(balancer.failed(1, at: at(5)) == [.wake(at: at(101)), .allFailed])
    #expect(balancer.wake(at: at(101)) == [.connect(0)])
    #expect(balancer.failed(0, at: at(102)) == [.wake(at: at(105)), .allFailed])
    #expect(balancer.wake(at: at(105)) == [.connect(1)])
  }

  @Test("A slow endpoint does not end the round that others have lost")
  func slowOne() {
    var balancer = EndpointBalancer(count: 2)
    _ = balancer.begin(at: at(0))
    _ = balancer.wake(at: at(250))
    #expect(balancer.failed(1, at: at(260)) == [])
    #expect(balancer.wake(at: at(500)) == [])
    balancer.connected(0)
  }

  @Test("The rest after a failure doubles from 100 ms to 0.8 s, and a success ends it")
  func backoff() {
    var balancer = EndpointBalancer(count: 1)
    var now = 0
    _ = balancer.begin(at: at(now))
    for rest in [100, 200, 400, 800, 800] {
      #expect(balancer.failed(0, at: at(now)) == [.wake(at: at(now + rest)), .allFailed])
      now += rest
      #expect(balancer.wake(at: at(now)) == [.connect(0)])
    }
    balancer.connected(0)
    balancer.left(0, at: at(now))
    #expect(balancer.begin(at: at(now)) == [.wake(at: at(now + 100))])
  }

  @Test("After a connection that broke the next endpoint comes first, and the broken one when it has rested")
  func leaving() {
    var balancer = EndpointBalancer(count: 3)
    _ = balancer.begin(at: at(0))
    balancer.connected(0)
    balancer.left(0, at: at(10))
    #expect(balancer.begin(at: at(10)) == [.connect(1), .wake(at: at(260))])
    #expect(balancer.failed(1, at: at(11)) == [.connect(2)])
    #expect(balancer.failed(2, at: at(12)) == [.wake(at: at(110)), .allFailed])
  }

  @Test("Leaving an endpoint that is not in use changes nothing")
  func leavingAnother() {
    var balancer = EndpointBalancer(count: 2)
    _ = balancer.begin(at: at(0))
    balancer.connected(0)
    balancer.left(1, at: at(1))
    #expect(balancer.begin(at: at(1)) == [])
  }

  @Test("A person's command does not wait for an endpoint to have rested")
  func ignoringRest() {
    var balancer = EndpointBalancer(count: 2)
    _ = balancer.begin(at: at(0))
    _ = balancer.failed(0, at: at(0))
    _ = balancer.failed(1, at: at(0))
    balancer.pause()
    #expect(balancer.begin(at: at(1), ignoringRest: true) == [.connect(0), .wake(at: at(251))])
  }

  @Test("A paused round goes on when a connection is wanted again")
  func pausing() {
    var balancer = EndpointBalancer(count: 1)
    _ = balancer.begin(at: at(0))
    _ = balancer.failed(0, at: at(0))
    balancer.pause()
    #expect(balancer.begin(at: at(50)) == [.wake(at: at(100))])
  }
}
