import EtcdAPI
import Foundation
import TestSupport

@testable import EtcdClient

/// Short forms of the messages that the tests send.
extension PutRequest {
  init(_ key: String, _ value: String, lease: Int64 = 0) {
    self.init()
    self.key = Data(key.utf8)
    self.value = Data(value.utf8)
    self.lease = lease
  }
}

extension RangeRequest {
  init(_ key: String, revision: Int64 = 0, serializable: Bool = false) {
    self.init()
    self.key = Data(key.utf8)
    self.revision = revision
    self.serializable = serializable
  }
}

extension WatchCreateRequest {
  /// Every key from `prefix`, and only ASCII ones.
  init(prefix: String, from revision: Int64 = 0) {
    self.init()
    key = Data(prefix.utf8)
    rangeEnd = Data(prefix.utf8 + [0x7f])
    startRevision = revision
  }
}

extension RangeResponse {
  var values: [String] { kvs.map { String(decoding: $0.value, as: UTF8.self) } }
}

extension WatchResponse {
  var values: [String] { events.map { String(decoding: $0.kv.value, as: UTF8.self) } }
}

extension RemoteEtcd {
  convenience init(
    _ endpoints: String..., command: Duration = .seconds(60), configure: (inout Configuration) -> Void = { _ in }
  ) throws(EtcdError) {
    var configuration = Configuration(endpoints: endpoints)
    // A machine under load is not what is tested.
    configuration.commandTimeout = command
    configuration.dialTimeout = .seconds(30)
    configure(&configuration)
    try self.init(configuration)
  }
}

/// The error of a call that must fail.
func failure(_ body: () async throws(EtcdError) -> some Any) async -> EtcdError? {
  do throws(EtcdError) {
    _ = try await body()
    return nil
  } catch {
    return error
  }
}
