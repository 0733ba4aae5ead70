import EtcdAPI
import EtcdClient
import EtcdServer
import Foundation
import TestSupport
import Testing

/// What several users do and are refused, one thing after the other, is the same on real etcd 3.5.1 and on a node.
///
/// The node's rules are those of the newest 3.5. So nothing is asked that only newer releases refuse: nested
/// transactions, leases and the previous value inside a transaction, who grants, keeps or lists leases, ranges that end
/// before they start, lists and status for nobody, and nothing that is allowed without a token: old releases refuse an
/// old token even while authentication is off, so a client may have dropped it there and hold it here.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AuthSamenessTests {
  @Test(
    "Random changes of users and roles, and random reads and writes, end alike on etcd and on the node", .needsEtcd35)
  func random() async throws {
    var script = AuthScript(SeededGenerator(seed: TestSeed.make()))
    let etcd = try await RealEtcd.start(.v35, RealEtcd.Options(arguments: ["--bcrypt-cost", "4"]))
    var configuration = NodeConfiguration.inMemory
    configuration.bcryptCost = 4
    let served = try await ServedNode.start(configuration)
    var theirs = Clients(endpoint: etcd.clientAddress)
    var ours = Clients(endpoint: served.address)

    var outcomes: [String: Int] = [:]
    for step in script.opening + (0..<600).map({ _ in script.next() }) {
      let expected = await outcome(of: step, on: try theirs.client(step.user, step.password))
      let actual = await outcome(of: step, on: try ours.client(step.user, step.password))
      outcomes[String(expected.prefix { $0 != "{" }), default: 0] += 1
      guard expected == actual else {
        Issue.record("\(step.user ?? "nobody") \(step.text)\netcd: \(expected)\nnode: \(actual)")
        break
      }
    }
    print(outcomes.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: "\n"))
    await theirs.close()
    await ours.close()
    try await served.stop()
  }

  private func outcome(of step: AuthScript.Step, on client: RemoteEtcd) async -> String {
    do {
      return "ok {\(try await step.run(client))}"
    } catch {
      return "\(error.code): \(error.message)"
    }
  }

  /// A client for each user and password there has been.
  private struct Clients {
    let endpoint: String
    private var clients: [String: RemoteEtcd] = [:]

    init(endpoint: String) { self.endpoint = endpoint }

    mutating func client(_ user: String?, _ password: String) throws -> RemoteEtcd {
      let key = "\(user ?? ""):\(password)"
      if let client = clients[key] { return client }
      var configuration = RemoteEtcd.Configuration(endpoints: [endpoint])
      configuration.user = user.map { RemoteEtcd.User(name: $0, password: password) }
      let client = try RemoteEtcd(configuration)
      clients[key] = client
      return client
    }

    func close() async { for client in clients.values { await client.close() } }
  }
}

/// Chooses what is done next, and by whom.
private struct AuthScript {
  struct Step {
    /// Nil is nobody.
    var user: String?
    var password: String
    var text: String
    /// Answers what is to be the same.
    var run: @Sendable (RemoteEtcd) async throws(EtcdError) -> String
  }

  private var random: SeededGenerator
  /// What each user's password was last asked to be.
  private var passwords = Dictionary(uniqueKeysWithValues: users.map { ($0, "p1") })

  init(_ random: SeededGenerator) { self.random = random }

  private static let users = ["root", "alice", "bob", "carol"]
  private static let roles = ["r1", "r2", "r3", "root"]

  /// Leases to tie keys to, users with a role each, and authentication on.
  var opening: [Step] {
    func step(_ text: String, _ run: @escaping @Sendable (RemoteEtcd) async throws(EtcdError) -> Int64) -> Step {
      Step(user: nil, password: "", text: text) { etcd throws(EtcdError) in "\(try await run(etcd))" }
    }
    var steps: [Step] = []
    for id in 1...3 as ClosedRange<Int64> {
      steps.append(
        step("lease grant \(id)") { etcd throws(EtcdError) in
          try await etcd.leaseGrant(
            .with {
              $0.id = id; $0.ttl = 3600
            }
          ).id
        })
    }
    for (user, role) in zip(Self.users, ["root", "r1", "r2", "r3"]) {
      let key = Data((["r1": "a", "r2": "b", "r3": "c"][role] ?? "d").utf8)
      steps += [
        step("user add \(user)") { etcd throws(EtcdError) in
          try await etcd.userAdd(
            .with {
              $0.name = user; $0.password = "p1"
            }
          ).header.revision
        },
        step("role add \(role)") { etcd throws(EtcdError) in
          try await etcd.roleAdd(.with { $0.name = role }).header.revision
        },
        step("role grant-permission \(role)") { etcd throws(EtcdError) in
          try await etcd.roleGrantPermission(
            .with {
              $0.name = role; $0.perm.permType = .readwrite; $0.perm.key = key; $0.perm.rangeEnd = key + [0xff]
            }
          ).header.revision
        },
        step("user grant-role \(user) \(role)") { etcd throws(EtcdError) in
          try await etcd.userGrantRole(
            .with {
              $0.user = user; $0.role = role
            }
          ).header.revision
        },
      ]
    }
    return steps + [
      step("auth enable") { etcd throws(EtcdError) in try await etcd.authEnable(AuthEnableRequest()).header.revision }
    ]
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func next() -> Step {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<20: administrate()
    case 20..<30: ask()
    case 30..<36: turn()
    default: use()
    }
  }

  private mutating func step(
    by user: String?, _ text: String, _ run: @escaping @Sendable (RemoteEtcd) async throws(EtcdError) -> String
  ) -> Step {
    // Now and then a password is wrong, or an old one.
    let password = chance(4) ? "p0" : user.flatMap { passwords[$0] } ?? "p1"
    return Step(user: user, password: password, text: text, run: run)
  }

  private mutating func anyone() -> String? { chance(6) ? nil : Self.users.randomElement(using: &random)! }
  private mutating func administrator() -> String? { chance(85) ? "root" : anyone() }

  private mutating func key() -> Data {
    Data(
      (["a", "b", "c", "d"].randomElement(using: &random)! + ["", "", "1", "2"].randomElement(using: &random)!).utf8)
  }

  private mutating func range() -> (Data, Data) {
    let key = key()
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<5: return (key, Data())
    case 5: return (key, Data([0]))
    case 6: return (key, key.dropLast() + [key.last! + 1])
    default:
      let other = self.key()
      return key.lexicographicallyPrecedes(other) ? (key, other) : (key, key + [0xff])
    }
  }

  // MARK: Users and roles

  private mutating func administrate() -> Step {
    let by = administrator()
    let user = Self.users.randomElement(using: &random)!
    let role = Self.roles.randomElement(using: &random)!
    let (key, end) = range()
    let type: AuthPermission.TypeEnum = [.read, .write, .readwrite].randomElement(using: &random)!
    switch Int.random(in: 0..<13, using: &random) {
    case 0, 1:
      let password = chance(50) ? "p1" : "p2"
      if passwords[user] == nil { passwords[user] = password }
      let hasNone = chance(5)
      return step(by: by, "user add \(user)") { etcd throws(EtcdError) in
        "\(try await etcd.userAdd(.with { $0.name = user; $0.password = password; $0.options.noPassword = hasNone }).header.revision)"
      }
    case 2:
      if by == "root", user != "root" { passwords[user] = nil }
      return step(by: by, "user delete \(user)") { etcd throws(EtcdError) in
        "\(try await etcd.userDelete(.with { $0.name = user }).header.revision)"
      }
    case 3:
      let password = chance(50) ? "p1" : "p2"
      let step = step(by: by, "user passwd \(user) \(password)") { etcd throws(EtcdError) in
        "\(try await etcd.userChangePassword(.with { $0.name = user; $0.password = password }).header.revision)"
      }
      if by == "root" && step.password == passwords["root"] { passwords[user] = password }
      return step
    case 4, 5, 6:
      return step(by: by, "user grant-role \(user) \(role)") { etcd throws(EtcdError) in
        "\(try await etcd.userGrantRole(.with { $0.user = user; $0.role = role }).header.revision)"
      }
    case 7:
      return step(by: by, "user revoke-role \(user) \(role)") { etcd throws(EtcdError) in
        "\(try await etcd.userRevokeRole(.with { $0.name = user; $0.role = role }).header.revision)"
      }
    case 8:
      return step(by: by, "role add \(role)") { etcd throws(EtcdError) in
        "\(try await etcd.roleAdd(.with { $0.name = role }).header.revision)"
      }
    case 9:
      return step(by: by, "role delete \(role)") { etcd throws(EtcdError) in
        "\(try await etcd.roleDelete(.with { $0.role = role }).header.revision)"
      }
    case 10, 11:
      return step(by: by, "role grant-permission \(role) \(type) \(Self.text(key, end))") { etcd throws(EtcdError) in
        "\(try await etcd.roleGrantPermission(.with { $0.name = role; $0.perm.permType = type; $0.perm.key = key; $0.perm.rangeEnd = end }).header.revision)"
      }
    default:
      return step(by: by, "role revoke-permission \(role) \(Self.text(key, end))") { etcd throws(EtcdError) in
        "\(try await etcd.roleRevokePermission(.with { $0.role = role; $0.key = key; $0.rangeEnd = end }).header.revision)"
      }
    }
  }

  private mutating func ask() -> Step {
    let by = anyone()
    let user = Self.users.randomElement(using: &random)!
    let role = Self.roles.randomElement(using: &random)!
    switch Int.random(in: 0..<5, using: &random) {
    case 0:
      return step(by: by, "user get \(user)") { etcd throws(EtcdError) in
        "\(try await etcd.userGet(.with { $0.name = user }).roles)"
      }
    case 1:
      return step(by: by, "role get \(role)") { etcd throws(EtcdError) in
        let permissions = try await etcd.roleGet(.with { $0.role = role }).perm
        return permissions.map { "\($0.permType) \(Self.text($0.key, $0.rangeEnd))" }.joined(separator: ", ")
      }
    case 2:
      return step(by: by, "user list") { etcd throws(EtcdError) in
        "\(try await etcd.userList(AuthUserListRequest()).users)"
      }
    case 3:
      return step(by: by, "role list") { etcd throws(EtcdError) in
        "\(try await etcd.roleList(AuthRoleListRequest()).roles)"
      }
    default:
      return step(by: by, "auth status") { etcd throws(EtcdError) in
        let status = try await etcd.authStatus(AuthStatusRequest())
        return "\(status.enabled) \(status.authRevision)"
      }
    }
  }

  private mutating func turn() -> Step {
    let by = administrator()
    if chance(20) {
      return step(by: by, "auth disable") { etcd throws(EtcdError) in
        "\(try await etcd.authDisable(AuthDisableRequest()).header.revision)"
      }
    }
    return step(by: by, "auth enable") { etcd throws(EtcdError) in
      "\(try await etcd.authEnable(AuthEnableRequest()).header.revision)"
    }
  }

  // MARK: Keys

  private mutating func use() -> Step {
    let by = anyone()
    let (key, end) = range()
    let wantsPrevious = chance(30)
    let lease = Int64.random(in: 1...3, using: &random)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<6:
      let tied = chance(25) ? lease : 0
      return step(by: by, "put \(Self.text(key)) lease \(tied), previous \(wantsPrevious)") { etcd throws(EtcdError) in
        let response = try await etcd.put(
          .with {
            $0.key = key; $0.lease = tied; $0.prevKv = wantsPrevious
          })
        return "\(response.header.revision) \(response.hasPrevKv)"
      }
    case 6..<11:
      return step(by: by, "get \(Self.text(key, end))") { etcd throws(EtcdError) in
        let response = try await etcd.range(
          .with {
            $0.key = key; $0.rangeEnd = end
          })
        return "\(response.header.revision) \(response.kvs.map { "\(Self.text($0.key))@\($0.modRevision)" })"
      }
    case 11..<14:
      return step(by: by, "del \(Self.text(key, end)), previous \(wantsPrevious)") { etcd throws(EtcdError) in
        let response = try await etcd.deleteRange(
          .with {
            $0.key = key; $0.rangeEnd = end; $0.prevKv = wantsPrevious
          })
        return "\(response.header.revision) \(response.deleted) \(response.prevKvs.map { Self.text($0.key) })"
      }
    default:
      let transaction = transaction()
      return step(by: by, "txn \(transaction.textFormatString())") { etcd throws(EtcdError) in
        let response = try await etcd.txn(transaction)
        return "\(response.header.revision) \(response.succeeded) \(response.responses.count)"
      }
    }
  }

  private mutating func transaction() -> TxnRequest {
    var request = TxnRequest()
    if chance(50) {
      let (key, end) = range()
      request.compare = [
        .with {
          $0.key = key; $0.rangeEnd = end; $0.target = .version; $0.result = .greater
        }
      ]
    }
    for isSuccess in [true, false] {
      let operations = (0..<Int.random(in: 1...2, using: &random)).map { index -> RequestOp in
        var (key, end) = range()
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          return .with {
            $0.requestRange.key = key; $0.requestRange.rangeEnd = end
          }
        case 1:
          // No key may be put twice, or put and deleted.
          key.append(UInt8(ascii: "x"))
          key.append(UInt8(index))
          return .with { $0.requestPut.key = key }
        default:
          end = Data()
          return .with {
            $0.requestDeleteRange.key = key; $0.requestDeleteRange.prevKv = true
          }
        }
      }
      if isSuccess { request.success = operations } else { request.failure = operations }
    }
    return request
  }

  private static func text(_ key: Data, _ end: Data = Data()) -> String {
    let key = String(decoding: key, as: UTF8.self)
    if end.isEmpty { return key }
    return end == Data([0]) ? "[\(key), ∞)" : "[\(key), \(end.map { String($0, radix: 16) }.joined()))"
  }
}
