import EtcdAPI
import MVCC

/// Which members have raised which alarms, ascending by alarm and member.
public struct AlarmSet: Sendable, Equatable {
  public private(set) var alarms: [AlarmMember] = []

  public init() {}

  public func contains(_ type: AlarmType) -> Bool { alarms.contains { $0.alarm == type } }

  /// The alarms of one type; `.none` means all.
  public func alarms(of type: AlarmType) -> [AlarmMember] { alarms.filter { type == .none || $0.alarm == type } }

  public mutating func raise(_ alarm: AlarmMember) {
    if alarms.contains(alarm) { return }
    alarms.append(alarm)
    alarms.sort { ($0.alarm.rawValue, $0.memberID) < ($1.alarm.rawValue, $1.memberID) }
  }

  /// - Returns: whether the alarm was raised.
  mutating func clear(_ alarm: AlarmMember) -> Bool {
    guard let index = alarms.firstIndex(of: alarm) else { return false }
    alarms.remove(at: index)
    return true
  }
}

extension ClusterState {
  mutating func alarm(_ request: AlarmRequest) -> AlarmResponse {
    var response = AlarmResponse()
    var alarm = AlarmMember()
    alarm.memberID = request.memberID
    alarm.alarm = request.alarm
    switch request.action {
    case .get: response.alarms = alarms.alarms(of: request.alarm)
    case .activate:
      if request.alarm != .none {
        alarms.raise(alarm)
        response.alarms = [alarm]
      }
    case .deactivate: if alarms.clear(alarm) { response.alarms = [alarm] }
    case .UNRECOGNIZED: break
    }
    return response
  }

  /// While an alarm is raised, what would make its cause worse is refused.
  func checkAlarms(against command: Command) throws(EtcdError) {
    if alarms.alarms.isEmpty { return }
    if alarms.contains(.corrupt) {
      switch command {
      case .put, .deleteRange, .txn, .compaction, .leaseGrant, .leaseRevoke: throw .corrupt
      default: break
      }
    }
    if alarms.contains(.nospace) {
      switch command {
      case .put, .leaseGrant: throw .noSpace
      case .txn(let request) where request.puts: throw .noSpace
      default: break
      }
    }
  }
}

extension TxnRequest {
  /// Whether either branch has a put, nested ones included.
  var puts: Bool {
    (success + failure).contains {
      switch $0.request {
      case .requestPut: true
      case .requestTxn(let nested): nested.puts
      default: false
      }
    }
  }

  /// Whether it asks for nothing but ranges; such a transaction needs no log entry.
  public var isReadOnly: Bool {
    (success + failure).allSatisfy {
      if case .requestRange = $0.request { true } else { false }
    }
  }
}
