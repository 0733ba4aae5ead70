import EtcdAPI
import EtcdState
import Foundation
import Testing

@Suite struct ClusterStateTests {
  private static let member: UInt64 = 7

  private func alarm(_ action: AlarmRequest.AlarmAction, _ type: AlarmType) -> Command {
    .alarm(
      .with {
        $0.action = action
        $0.memberID = Self.member
        $0.alarm = type
      })
  }

  @Test("A lease's keys are deleted with it, ascending, in one revision")
  func revoke() throws {
    var state = ClusterState()
    try state.perform(.leaseGrant(.with { $0.id = 5 }))
    for key in ["c", "a", "b"] { try state.put(key, lease: 5) }
    try state.put("b")
    let outcome = state.apply(.leaseRevoke(.with { $0.id = 5 }), by: .root)
    #expect(outcome.changes.map { $0.record.withKey { String(decoding: $0, as: UTF8.self) } } == ["a", "c"])
    #expect(Set(outcome.changes.map(\.record.modRevision)) == [6])
    #expect(try state.texts == ["b="])
    #expect(throws: EtcdError.leaseNotFound) { try state.perform(.leaseRevoke(.with { $0.id = 5 })) }
    #expect(throws: EtcdError.leaseNotFound) { try state.put("a", lease: 5) }
  }

  @Test("While the space alarm is raised, puts and grants are refused and deletions are not")
  func noSpace() throws {
    var state = ClusterState()
    try state.put("a")
    try state.perform(alarm(.activate, .nospace))
    #expect(throws: EtcdError.noSpace) { try state.put("b") }
    #expect(throws: EtcdError.noSpace) { try state.perform(.leaseGrant(.with { $0.id = 5 })) }
    #expect(throws: EtcdError.noSpace) { try state.txn(TxnRequest([], [], else: [.put("b")])) }
    try state.perform(.deleteRange(DeleteRangeRequest("a")))
    _ = try state.txn(TxnRequest([], [.delete("a")]))
    try state.perform(alarm(.deactivate, .nospace))
    try state.put("b")
  }

  @Test("While the corruption alarm is raised, no key is read or written through the log")
  func corrupt() throws {
    var state = ClusterState()
    try state.perform(alarm(.activate, .corrupt))
    #expect(throws: EtcdError.corrupt) { try state.put("a") }
    #expect(throws: EtcdError.corrupt) { try state.perform(.deleteRange(DeleteRangeRequest("a"))) }
  }

  @Test("Alarms are listed by type, and clearing one that is not raised answers nothing")
  func alarms() throws {
    var state = ClusterState()
    func alarms(_ command: Command) throws -> [AlarmType] {
      guard case .alarm(let response) = try state.perform(command) else { fatalError("not an alarm's reply") }
      return response.alarms.map(\.alarm)
    }
    #expect(try alarms(alarm(.activate, .none)) == [])
    #expect(try alarms(alarm(.activate, .corrupt)) == [.corrupt])
    #expect(try alarms(alarm(.activate, .nospace)) == [.nospace])
    #expect(try alarms(alarm(.activate, .nospace)) == [.nospace])
    #expect(try alarms(alarm(.get, .none)) == [.nospace, .corrupt])
    #expect(try alarms(alarm(.get, .corrupt)) == [.corrupt])
    #expect(try alarms(alarm(.deactivate, .nospace)) == [.nospace])
    #expect(try alarms(alarm(.deactivate, .nospace)) == [])
  }

  @Test("Members join, publish, move and leave as the log says")
  func members() throws {
    var state = ClusterState()
    var member = Member()
    member.id = Self.member
    member.name = "default"
    member.peerUrls = ["http://localhost:2380"]
    try state.apply(RaftConfChange(adding: member))
    #expect(state.membership.members == [member])
    #expect(state.membership.confState.voters == [Self.member])

    try state.perform(
      .memberAttributes(
        .with {
          $0.memberID = Self.member
          $0.memberAttributes.name = "node-a"
          $0.memberAttributes.clientUrls = ["http://localhost:2379"]
        }))
    member.peerUrls = ["http://127.0.0.1:2380"]
    try state.apply(RaftConfChange(updating: member))
    #expect(state.membership[Self.member]?.name == "node-a")
    #expect(state.membership[Self.member]?.clientUrls == ["http://localhost:2379"])
    #expect(state.membership[Self.member]?.peerUrls == ["http://127.0.0.1:2380"])

    try state.apply(
      .with {
        $0.type = .confChangeRemoveNode
        $0.nodeID = Self.member
      })
    #expect(state.membership.members.isEmpty)
    #expect(state.membership.removed == [Self.member])
  }

  @Test("Every command survives its log entry")
  func logEntries() throws {
    let commands: [Command] = [
      .put(PutRequest("a", "1")), .deleteRange(DeleteRangeRequest("a")), .txn(TxnRequest([], [.put("a")])),
      .compaction(.with { $0.revision = 1 }), .leaseGrant(.with { $0.id = 1 }), .leaseRevoke(.with { $0.id = 1 }),
      .leaseCheckpoint(.with { $0.checkpoints = [.with { $0.id = 1 }] }), alarm(.activate, .nospace),
      .clusterVersion(.with { $0.ver = "3.5.0" }), .memberAttributes(.with { $0.memberID = 1 }),
      .authEnable, .authDisable, .authenticate(.with { $0.name = "a" }), .userAdd(.with { $0.name = "a" }),
      .userDelete(.with { $0.name = "a" }), .userChangePassword(.with { $0.name = "a" }),
      .userGrantRole(.with { $0.user = "a" }), .userRevokeRole(.with { $0.name = "a" }),
      .roleAdd(.with { $0.name = "a" }),
      .roleDelete(.with { $0.role = "a" }), .roleGrantPermission(.with { $0.name = "a" }),
      .roleRevokePermission(.with { $0.role = "a" }),
    ]
    for command in commands {
      let entry: [UInt8] = try command.request(id: 99, by: .anonymous).serializedBytes()
      let request = try InternalRaftRequest(serializedBytes: entry)
      #expect(request.header.id == 99)
      let read = try #require(try Command.of(request))
      #expect("\(read)" == "\(command)")
    }
    #expect(try Command.of(InternalRaftRequest()) == nil)
    #expect(throws: EtcdError.self) { try Command.of(.with { $0.downgradeInfoSet.enabled = true }) }
  }
}
