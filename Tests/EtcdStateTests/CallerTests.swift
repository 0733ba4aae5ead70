import EtcdAPI
import EtcdState
import Testing

@Suite struct CallerTests {
  @Test(
    "Who asks survives the log entry",
    arguments: [
      Caller.anonymous, .root, .user(name: "alice", authRevision: 7), .user(name: "root", authRevision: 7),
      .user(name: "", authRevision: 7),
    ])
  func header(_ caller: Caller) {
    #expect(Caller(Command.put(PutRequest("a")).request(id: 1, by: caller).header) == caller)
  }

  @Test("To etcd the node itself is the root user, with a revision that is never old")
  func root() {
    let header = Command.put(PutRequest("a")).request(id: 1, by: .root).header
    #expect(header.username == "root")
    #expect(header.authRevision == .max)
  }
}
