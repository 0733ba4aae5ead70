import EtcdAPI
import Testing

@testable import EtcdClient

@Suite("When a failed call is sent again")
struct RetryPolicyTests {
  private static let writes = [
    EtcdMethod.put, EtcdMethod.deleteRange, EtcdMethod.txn, EtcdMethod.compact, EtcdMethod.memberAdd,
    EtcdMethod.memberRemove, EtcdMethod.memberUpdate, EtcdMethod.memberPromote, EtcdMethod.defragment,
    EtcdMethod.authenticate,
  ]
  private static let repeatable = [
    EtcdMethod.range, EtcdMethod.leaseGrant, EtcdMethod.leaseRevoke, EtcdMethod.leaseKeepAlive,
    EtcdMethod.leaseTimeToLive, EtcdMethod.leaseLeases, EtcdMethod.memberList, EtcdMethod.alarm, EtcdMethod.status,
    EtcdMethod.hashKV, EtcdMethod.snapshot, EtcdMethod.moveLeader, EtcdMethod.watch,
  ]

  private func decide(
    _ method: String, _ error: EtcdError, isUnsent: Bool = false, canAuthenticate: Bool = false,
    hasOthers: Bool = false
  ) -> RetryPolicy.Decision {
    RetryPolicy.of(method).decide(
      code: error.code, message: error.message, isUnsent: isUnsent, canAuthenticate: canAuthenticate,
      hasOthers: hasOthers)
  }

  @Test("A write that may have been processed is never sent again", arguments: writes)
  func writesOnce(method: String) {
    #expect(decide(method, .leaderChanged) == .fail)
    #expect(decide(method, .noLeader) == .fail)
    #expect(decide(method, .timeout) == .fail)
    #expect(decide(method, EtcdError(.unavailable, "transport is closing")) == .fail)
  }

  @Test("A write that was surely not processed is sent again", arguments: writes)
  func unsentWrites(method: String) {
    #expect(decide(method, EtcdError(.unavailable, "going away"), isUnsent: true) == .again)
  }

  @Test("A repeatable call goes on after unavailable, and after nothing else", arguments: repeatable)
  func reads(method: String) {
    #expect(decide(method, .noLeader) == .again)
    #expect(decide(method, .stopped) == .again)
    #expect(decide(method, .compacted) == .fail)
    #expect(decide(method, .tooManyRequests) == .fail)
    #expect(decide(method, EtcdError(.deadlineExceeded, "context deadline exceeded")) == .fail)
  }

  @Test("A token that the server does not know is got anew, where there is a user to get it for")
  func tokens() {
    for error in [EtcdError.invalidAuthToken, .userEmpty, .authOldRevision] {
      #expect(decide(EtcdMethod.put, error, canAuthenticate: true) == .againWithNewToken)
      #expect(decide(EtcdMethod.put, error, canAuthenticate: false) == .fail)
    }
    #expect(decide(EtcdMethod.put, .permissionDenied, canAuthenticate: true) == .fail)
  }

  @Test("What a learner refuses goes to another endpoint, where there is one")
  func learners() {
    #expect(decide(EtcdMethod.put, .notSupportedForLearner, hasOthers: true) == .again)
    #expect(decide(EtcdMethod.put, .notSupportedForLearner, hasOthers: false) == .fail)
  }
}
