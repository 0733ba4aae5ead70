import Testing

@testable import EtcdShell

@Suite("Lines with a password are not kept in the history")
struct SecrecyTests {
  @Test(arguments: [
    "user add alice:secret", "user add alice --new-user-password secret", "user add alice --new-user-password=secret",
    "user add --no-password=false alice:secret", "--user alice:secret get a", "--user=alice:secret get a",
    "get a --password secret", "make-mirror x --dest-user me:secret", "make-mirror x --dest-password secret",
  ])
  func held(_ line: String) { #expect(Secrecy.holdsSecret(line)) }

  @Test(arguments: [
    "user add alice", "user passwd alice", "user get alice", "put user:1 a", "get a:b", "make-mirror 127.0.0.1:2379",
    "make-mirror x --dest-user me", "--user alice get a:b", "member add a http://10.0.0.1:2380",
  ])
  func notHeld(_ line: String) { #expect(!Secrecy.holdsSecret(line)) }
}
