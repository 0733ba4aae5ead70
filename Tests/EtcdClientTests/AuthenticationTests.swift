import EtcdAPI
import EtcdClient
import Foundation
import TestSupport
import Testing

@Suite("Users and tokens, against real etcd", .timeLimit(.minutes(2)))
struct AuthenticationTests {
  private func server(_ release: RealEtcd.Release) async throws -> RealEtcd {
    let server = try await RealEtcd.start(release, .init(arguments: ["--bcrypt-cost", "4"]))
    try await server.enableAuthentication(rootPassword: "secret")
    try await server.addUser("ann", password: "pw", prefix: "/ann/", rootPassword: "secret")
    return server
  }

  private func client(_ server: RealEtcd, _ name: String, _ password: String) throws -> RemoteEtcd {
    try RemoteEtcd(server.clientURL) { $0.user = .init(name: name, password: password) }
  }

  @Test("A user does what its roles permit, and learns who may do the rest", arguments: RealEtcd.installed)
  func permissions(release: RealEtcd.Release) async throws {
    let server = try await server(release)
    let ann = try client(server, "ann", "pw")
    _ = try await ann.put(PutRequest("/ann/a", "1"))
    #expect(try await ann.range(RangeRequest("/ann/a")).values == ["1"])
    let denied = await failure { () async throws(EtcdError) in try await ann.put(PutRequest("/bob/a", "1")) }
    #expect(denied?.message == "etcdserver: permission denied")
    #expect(denied?.code == .permissionDenied)
    #expect(denied?.cause == "no role of user 'ann' permits this")
    #expect(denied?.remedy?.contains("role grant-permission") == true)
    let watch = await failure { () async throws(EtcdError) in try await ann.watch(WatchCreateRequest(prefix: "/bob/")) }
    #expect(watch?.message == "etcdserver: permission denied")
  }

  @Test("Without a user, and with a wrong password, the error says so", arguments: RealEtcd.installed)
  func refusals(release: RealEtcd.Release) async throws {
    let server = try await server(release)
    let nobody = try RemoteEtcd(server.clientURL)
    let needed = await failure { () async throws(EtcdError) in try await nobody.put(PutRequest("/a", "1")) }
    #expect(needed?.message == "etcdserver: user name is empty")
    #expect(needed?.remedy == "give --user NAME[:PASSWORD]")
    let impostor = try client(server, "ann", "guess")
    let wrong = await failure { () async throws(EtcdError) in try await impostor.put(PutRequest("/ann/a", "1")) }
    #expect(wrong?.message == "etcdserver: authentication failed, invalid user ID or password")
    #expect(wrong?.cause == "there is no user 'ann' with this password")
  }

  @Test("A token that the server forgot is got anew without the caller's notice", arguments: RealEtcd.installed)
  func forgottenToken(release: RealEtcd.Release) async throws {
    let server = try await server(release)
    let ann = try client(server, "ann", "pw")
    _ = try await ann.put(PutRequest("/ann/a", "1"))
    // Simple tokens live in the server's memory.
    try await server.restart()
    _ = try await ann.put(PutRequest("/ann/a", "2"))
    #expect(try await ann.range(RangeRequest("/ann/a")).values == ["2"])
  }

  @Test("A token that expired is got anew, and a watch opens with it", arguments: RealEtcd.installed)
  func expiredToken(release: RealEtcd.Release) async throws {
    let server = try await RealEtcd.start(release, .init(arguments: ["--auth-token-ttl", "1", "--bcrypt-cost", "4"]))
    try await server.enableAuthentication(rootPassword: "secret")
    try await server.addUser("ann", password: "pw", prefix: "/ann/", rootPassword: "secret")
    let ann = try client(server, "ann", "pw")
    _ = try await ann.put(PutRequest("/ann/a", "1"))
    // Longer than the token's second and the second in which the server looks for old ones; it tells nobody.
    try await Task.sleep(for: .seconds(2.5))
    let watch = try await ann.watch(WatchCreateRequest(prefix: "/ann/"))
    #expect(try await watch.responses.next()?.created == true)
    try await Task.sleep(for: .seconds(2.5))
    _ = try await ann.put(PutRequest("/ann/a", "2"))
    #expect(try await watch.responses.next()?.values == ["2"])
  }

  @Test("A watch goes on after a restart that made its token void", arguments: RealEtcd.installed)
  func watchAcrossRestart(release: RealEtcd.Release) async throws {
    let server = try await server(release)
    let ann = try client(server, "ann", "pw")
    let watch = try await ann.watch(WatchCreateRequest(prefix: "/ann/"))
    #expect(try await watch.responses.next()?.created == true)
    try await server.restart()
    _ = try await ann.put(PutRequest("/ann/a", "1"))
    #expect(try await watch.responses.next()?.values == ["1"])
  }

  @Test("A user is no mistake where authentication is off", .needsEtcd35)
  func notEnabled() async throws {
    let server = try await RealEtcd.start()
    let ann = try client(server, "ann", "pw")
    _ = try await ann.put(PutRequest("/ann/a", "1"))
    #expect(try await ann.range(RangeRequest("/ann/a")).values == ["1"])
  }

  @Test("Many first calls at once get one token", .needsEtcd35)
  func oneToken() async throws {
    let server = try await server(.v35)
    let ann = try client(server, "ann", "pw")
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<20 {
        group.addTask {
          let answer = try? await ann.put(PutRequest("/ann/\(index)", "v"))
          #expect(answer != nil)
        }
      }
    }
  }
}
