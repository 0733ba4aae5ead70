import EtcdAPI
import GRPCWire
import Testing

@testable import EtcdClient

@Suite("What is said of a failed call")
struct ExplanationTests {
  private let read = CallFacts(
    method: EtcdMethod.range, endpoint: "host:2379", user: nil, commandTimeout: .seconds(5))
  private let write = CallFacts(
    method: EtcdMethod.put, endpoint: "host:2379", user: "ann", commandTimeout: .milliseconds(1500))

  @Test(
    "The server's own deadline is told as ours, whatever code it comes under",
    arguments: [GRPCStatus.Code.deadlineExceeded, .unknown, .unavailable])
  func deadlines(code: GRPCStatus.Code) {
    let error = EtcdError(GRPCStatus(code, "context deadline exceeded"), write)
    #expect(error.code == .deadlineExceeded)
    #expect(error.message == "no answer from host:2379 within 1.5s")
    #expect(
      error.remedy
        == "look whether the write took place before repeating it; give more time with --command-timeout")
  }

  @Test("A broken connection says whether the write is in doubt")
  func broken() {
    let status = GRPCStatus(
      .unavailable, "the connection was lost", origin: .local(.connectionClosed, wasProcessedMaybe: true))
    #expect(EtcdError(status, read).remedy == "try again, or name more endpoints")
    #expect(EtcdError(status, write).remedy == "look whether the write took place before repeating it")
    #expect(EtcdError(status, write).cause == "the connection was lost")
  }

  @Test("etcd's own texts stay word for word, with cause and remedy beside them")
  func texts() {
    for error in [
      EtcdError.noLeader, .timeout, .leaderChanged, .noSpace, .corrupt, .compacted, .futureRevision, .requestTooLarge,
      .tooManyOps, .leaseNotFound, .authNotEnabled, .invalidAuthToken, .memberNotEnoughStarted, .tooManyRequests,
      .stopped, .userEmpty, .authFailed, .permissionDenied, .timeoutLeaderFail, .timeoutConnectionLost,
      .notSupportedForLearner,
    ] {
      let explained = EtcdError(GRPCStatus(.init(rawValue: error.code.rawValue)!, error.message), write)
      #expect(explained.message == error.message)
      #expect(explained.code == error.code)
      #expect(explained.cause != nil && explained.remedy != nil, "\(error.message)")
    }
  }

  @Test("A method that the server does not know is named")
  func unimplemented() {
    let error = EtcdError(GRPCStatus(.unimplemented, "unknown service etcdserverpb.KV"), read)
    #expect(error.cause == "host:2379 does not know /etcdserverpb.KV/Range")
  }

  @Test("Why a watch was refused is read in both of etcd's forms")
  func cancelReasons() {
    let plain = GRPCStatus(cancelReason: "etcdserver: permission denied")
    let printed = GRPCStatus(cancelReason: "rpc error: code = PermissionDenied desc = etcdserver: permission denied")
    #expect(plain == printed)
    #expect(plain.code == .permissionDenied)
    #expect(GRPCStatus(cancelReason: "").message == "the server refused the watch")
  }

  @Test("Durations are written in seconds")
  func durations() {
    #expect(Duration.seconds(5).inSeconds == "5s")
    #expect(Duration.milliseconds(250).inSeconds == "0.25s")
    #expect(Duration.milliseconds(1005).inSeconds == "1.005s")
  }
}
