import EtcdAPI
import Foundation
import TestSupport
import Testing

@testable import EtcdShell

@Suite("The connection flags do what etcdctl's do")
struct ConnectionTests {
  @Test(
    "A server without TLS is reached by its bare address unless a flag asks for TLS, and by http:// always",
    .needsEtcd35)
  func transport() async throws {
    let etcd = try await RealEtcd.start(.v35)
    for (address, flags, isPlaintext) in [
      (etcd.clientAddress, "", true),
      (etcd.clientAddress, "--insecure-transport=true", true),
      (etcd.clientAddress, "--insecure-skip-tls-verify", true),
      (etcd.clientAddress, "--insecure-transport=false", false),
      (etcd.clientAddress, "--insecure-transport=false --insecure-skip-tls-verify", false),
      ("http://\(etcd.clientAddress)", "--insecure-transport=false", true),
      ("https://\(etcd.clientAddress)", "--insecure-skip-tls-verify", false),
    ] {
      let line = "--endpoints=\(address) \(flags)"
      let arguments = ["etcdctl"] + line.split(separator: " ").map(String.init) + ["get", "/none"]
      let (status, errors) = try await run(arguments)
      #expect(status == (isPlaintext ? 0 : 1), "\(line): \(errors)")
      #expect(errors.contains("remedy: write http") == !isPlaintext, "\(line): \(errors)")
      let real = try await Program.run(
        RealEtcd.program("etcdctl")!, Array(arguments.dropFirst()) + ["--command-timeout=500ms"],
        environment: [:])
      #expect(real.status == status, "\(line): etcdctl leaves with \(real.status)")
    }
  }

  @Test("--debug tells of each call, its endpoint and what became of it", .needsEtcd35)
  func debug() async throws {
    let etcd = try await RealEtcd.start(.v35)
    let flags = ["etch", "--endpoints", etcd.clientURL, "--command-timeout=60s", "--debug"]
    let put = try await run(flags + ["put", "/a", "1"])
    #expect(put.status == 0)
    #expect(put.errors.contains(/^debug: KV\/Put at http:\/\/127.+ took [0-9.]+ (µs|ms|s)\n$/), "\(put.errors)")
    let revoke = try await run(flags + ["lease", "revoke", "1"])
    #expect(
      revoke.errors.contains(
        /^debug: Lease\/LeaseRevoke at http.+ failed after [0-9.]+ (µs|ms|s): etcdserver: requested lease not found\n/),
      "\(revoke.errors)")
  }

  private func run(_ arguments: [String]) async throws -> (status: Int32, errors: String) {
    let launch = try Launch(
      arguments: arguments.map { Array($0.utf8) }, environment: [:], isInteractive: true, table: .standard)
    let sink = CapturedSession.Sink()
    let console = Console(sink: sink)
    guard case .oneShot(let words) = launch.way else { preconditionFailure("no one-shot: \(arguments)") }
    let shell = Shell(localNodes: .forTests)
    let node = try launch.connection.open(console)
    let session = shell.session(node, launch, console, .oneShot, CapturedSession.NoInput())
    defer { console.flush() }
    do {
      try await session.run(Statement(words: words))
      await session.end()
      return (0, sink.errors)
    } catch {
      await session.end()
      return (Shell.report(error, console), sink.errors)
    }
  }
}
