import EtcdAPI
import EtcdClient
import Foundation
import TestSupport

/// One of everything that a server can hold: keys, large values, history, leases, users, roles, an alarm.
struct Contents {
  var keys: Int
  var prefix = "key"

  /// What can be told of a server's contents.
  struct Summary: Equatable {
    var revision: Int64
    var count: Int64
    var hash: UInt32
    var leases: [String]
    var users: [String]
    var roles: [String]
    var alarms: [String]

    /// A restored member is another one, and raises no alarm.
    var withoutAlarms: Summary {
      var summary = self
      summary.alarms = []
      return summary
    }
  }

  func write(to server: RealEtcd) async throws -> Summary {
    let etcd = try RemoteEtcd(RemoteEtcd.Configuration(endpoints: [server.clientURL]))
    // An alarm from before would let nothing be written.
    for alarm in try await etcd.alarm(AlarmRequest()).alarms {
      _ = try await etcd.alarm(
        .with {
          $0.action = .deactivate; $0.alarm = .nospace; $0.memberID = alarm.memberID
        })
    }
    try await writeKeys(etcd)
    try await writeLeases(etcd)
    try await writeUsers(etcd)
    let member = try await etcd.memberList(MemberListRequest()).members[0].id
    _ = try await etcd.alarm(
      .with {
        $0.action = .activate; $0.alarm = .nospace; $0.memberID = member
      })
    await etcd.close()
    return try await Self.read(from: server)
  }

  private func writeKeys(_ etcd: RemoteEtcd) async throws {
    for first in stride(from: 0, to: keys, by: 100) {
      var request = TxnRequest()
      for number in first..<min(first + 100, keys) {
        let put = PutRequest.with {
          $0.key = Data("\(prefix)/\(number)".utf8)
          $0.value = Data("value \(number)".utf8)
        }
        request.success.append(.with { $0.requestPut = put })
      }
      _ = try await etcd.txn(request)
    }
    let middle = try await etcd.range(.with { $0.key = Data("\(prefix)/0".utf8) }).header.revision
    for number in 0..<3 {
      _ = try await etcd.put(
        .with {
          $0.key = Data("\(prefix)/large/\(number)".utf8)
          $0.value = Data(repeating: UInt8(number), count: 1 << 20)
        })
    }
    _ = try await etcd.deleteRange(
      .with {
        $0.key = Data("\(prefix)/1".utf8); $0.rangeEnd = Data("\(prefix)/11".utf8)
      })
    _ = try await etcd.put(
      .with {
        $0.key = Data("\(prefix)/1".utf8); $0.value = Data("again".utf8)
      })
    _ = try await etcd.compact(
      .with {
        $0.revision = middle; $0.physical = true
      })
    _ = try await etcd.put(
      .with {
        $0.key = Data("\(prefix)/1".utf8); $0.value = Data("and again".utf8)
      })
  }

  private func writeLeases(_ etcd: RemoteEtcd) async throws {
    for number in Int64(1)...20 {
      let id = number << 40 | Int64(keys)
      _ = try await etcd.leaseGrant(
        .with {
          $0.id = id; $0.ttl = 3600 + number
        })
      _ = try await etcd.put(
        .with {
          $0.key = Data("\(prefix)/leased/\(number)".utf8); $0.lease = id
        })
    }
  }

  private func writeUsers(_ etcd: RemoteEtcd) async throws {
    for user in ["\(prefix)-root", "\(prefix)-alice"] {
      _ = try await etcd.userAdd(
        .with {
          $0.name = user; $0.password = "secret"
        })
      _ = try await etcd.roleAdd(.with { $0.name = user })
      _ = try await etcd.roleGrantPermission(
        .with {
          $0.name = user
          $0.perm = .with {
            $0.permType = .readwrite; $0.key = Data("a".utf8); $0.rangeEnd = Data("b".utf8)
          }
        })
      _ = try await etcd.userGrantRole(
        .with {
          $0.user = user; $0.role = user
        })
    }
  }

  static func read(from server: RealEtcd) async throws -> Summary {
    let etcd = try RemoteEtcd(RemoteEtcd.Configuration(endpoints: [server.clientURL]))
    let range = try await etcd.range(
      .with {
        $0.key = Data([0]); $0.rangeEnd = Data([0]); $0.countOnly = true
      })
    let hash = try await etcd.hashKV(HashKVRequest(), at: etcd.endpoints[0])
    var leases: [String] = []
    for lease in try await etcd.leaseLeases(LeaseLeasesRequest()).leases.sorted(by: { $0.id < $1.id }) {
      let told = try await etcd.leaseTimeToLive(
        .with {
          $0.id = lease.id; $0.keys = true
        })
      leases.append("\(lease.id) \(told.grantedTtl) \(told.keys.map { String(decoding: $0, as: UTF8.self) })")
    }
    var users: [String] = []
    for user in try await etcd.userList(AuthUserListRequest()).users {
      users.append("\(user) \(try await etcd.userGet(.with { $0.name = user }).roles)")
    }
    var roles: [String] = []
    for role in try await etcd.roleList(AuthRoleListRequest()).roles {
      roles.append("\(role) \(try await etcd.roleGet(.with { $0.role = role }).perm)")
    }
    let alarms = try await etcd.alarm(AlarmRequest()).alarms.map { "\($0.memberID) \($0.alarm)" }
    await etcd.close()
    return Summary(
      revision: range.header.revision, count: range.count, hash: hash.hash, leases: leases, users: users, roles: roles,
      alarms: alarms)
  }
}
