import EtcdAPI
import Testing

@testable import EtcdClient

@Suite("Endpoints as they are written")
struct EndpointTests {
  @Test(
    "Every form that etcdctl takes is understood",
    arguments: [
      ("127.0.0.1:2379", Endpoint.Address.tcp(host: "127.0.0.1", port: 2379), Endpoint.Security.asConfigured),
      ("etcd-1", .tcp(host: "etcd-1", port: 2379), .asConfigured),
      ("http://10.0.0.1:1234", .tcp(host: "10.0.0.1", port: 1234), .plaintext),
      ("http://10.0.0.1:1234/", .tcp(host: "10.0.0.1", port: 1234), .plaintext),
      ("https://etcd.example", .tcp(host: "etcd.example", port: 2379), .tls),
      ("[::1]:2379", .tcp(host: "::1", port: 2379), .asConfigured),
      ("http://[fe80::1]:1", .tcp(host: "fe80::1", port: 1), .plaintext),
      ("::1", .tcp(host: "::1", port: 2379), .asConfigured),
      ("unix:///run/etcd.sock", .unix(path: "/run/etcd.sock"), .asConfigured),
      ("unix://etcd.sock", .unix(path: "etcd.sock"), .asConfigured),
      ("unix:etcd.sock:0", .unix(path: "etcd.sock:0"), .asConfigured),
      ("unixs:///run/etcd.sock", .unix(path: "/run/etcd.sock"), .tls),
    ])
  func forms(text: String, address: Endpoint.Address, security: Endpoint.Security) throws {
    let endpoint = try Endpoint(text)
    #expect(endpoint.address == address)
    #expect(endpoint.security == security)
  }

  @Test(
    "What is no endpoint is named, with the reason",
    arguments: [
      ("", "it names no host"), ("http://", "it names no host"), (":2379", "it names no host"),
      ("host:0", "its port '0' is not a number from 1 to 65535"),
      ("host:65536", "its port '65536' is not a number from 1 to 65535"),
      ("host:client", "its port 'client' is not a number from 1 to 65535"),
      ("ftp://host:1", "its scheme 'ftp' is none of http, https, unix, unixs"),
      ("[::1:2379", "its '[' is never closed"), ("[::1]2379", "after ']' comes ':' and a port"),
      ("unix://", "it names no socket file"), ("root@host:1", "'root@host' is no host"),
      ("a b:1", "'a b' is no host"),
    ])
  func mistakes(text: String, cause: String) {
    #expect(throws: EtcdError.self) { try Endpoint(text) }
    do throws(EtcdError) { _ = try Endpoint(text) } catch {
      #expect(error.message == "'\(text)' is no endpoint")
      #expect(error.cause == cause)
    }
  }

  @Test("The authority has brackets around an IPv6 address")
  func authority() throws {
    #expect(try Endpoint("[::1]:1").authority == "[::1]:1")
    #expect(try Endpoint("http://host").authority == "host:2379")
    #expect(try Endpoint("unix:x").authority == "localhost")
  }
}
