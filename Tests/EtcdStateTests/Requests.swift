import EtcdAPI
import EtcdState
import Foundation

extension PutRequest {
  init(_ key: String, _ value: String = "", lease: Int64 = 0) {
    self.init()
    self.key = Data(key.utf8)
    self.value = Data(value.utf8)
    self.lease = lease
  }
}

extension RangeRequest {
  init(_ key: String, _ end: String = "") {
    self.init()
    self.key = Data(key.utf8)
    self.rangeEnd = Data(end.utf8)
  }
}

extension DeleteRangeRequest {
  init(_ key: String, _ end: String = "") {
    self.init()
    self.key = Data(key.utf8)
    self.rangeEnd = Data(end.utf8)
  }
}

extension RequestOp {
  static func put(_ key: String, _ value: String = "", lease: Int64 = 0) -> RequestOp {
    .with { $0.requestPut = PutRequest(key, value, lease: lease) }
  }
  static func delete(_ key: String, _ end: String = "") -> RequestOp {
    .with { $0.requestDeleteRange = DeleteRangeRequest(key, end) }
  }
  static func range(_ key: String, _ end: String = "") -> RequestOp {
    .with { $0.requestRange = RangeRequest(key, end) }
  }
  static func txn(_ txn: TxnRequest) -> RequestOp { .with { $0.requestTxn = txn } }
}

extension TxnRequest {
  init(_ compare: [Compare] = [], _ success: [RequestOp], else failure: [RequestOp] = []) {
    self.init()
    self.compare = compare
    self.success = success
    self.failure = failure
  }
}

extension Compare {
  static func version(_ key: String, _ result: CompareResult, _ version: Int64) -> Compare {
    .with {
      $0.key = Data(key.utf8)
      $0.target = .version
      $0.result = result
      $0.version = version
    }
  }
  static func value(_ key: String, _ result: CompareResult, _ value: String) -> Compare {
    .with {
      $0.key = Data(key.utf8)
      $0.target = .value
      $0.result = result
      $0.value = Data(value.utf8)
    }
  }
}

extension RangeResponse {
  /// `key=value` of each.
  var texts: [String] {
    kvs.map { "\(String(decoding: $0.key, as: UTF8.self))=\(String(decoding: $0.value, as: UTF8.self))" }
  }
}

extension ClusterState {
  /// Applies a command that must succeed.
  @discardableResult
  mutating func perform(_ command: Command) throws -> Reply { try apply(command, by: .root).reply.get() }

  mutating func put(_ key: String, _ value: String = "", lease: Int64 = 0) throws {
    try perform(.put(PutRequest(key, value, lease: lease)))
  }

  mutating func txn(_ request: TxnRequest) throws -> TxnResponse {
    guard case .txn(let response) = try perform(.txn(request)) else { fatalError("not a transaction's reply") }
    return response
  }

  var texts: [String] { get throws { try range(RangeRequest("\0", "\0")).texts } }
}
