import GRPCWire
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ServerURL {
  /// Where a listener of this URL listens. `localhost` is the IPv4 address, as it is for etcd.
  var listenerAddress: Listener.Address {
    if let socketPath { return .unix(path: socketPath) }
    return .host(host == "localhost" ? "127.0.0.1" : host, port: Int(port!))
  }

  /// The URL with the port that the system chose.
  func withPort(_ chosen: Int?) -> String {
    guard port == 0, let chosen, text.hasSuffix(":0") else { return text }
    return text.dropLast() + "\(chosen)"
  }

  /// Listens, or says in Go's words why that cannot be.
  func bind<Result>(_ body: (Listener.Address) async throws -> Result) async throws -> Result {
    do {
      return try await body(listenerAddress)
    } catch let error as IOError {
      let reason = String(cString: strerror(error.errnoCode))
      throw ServerSettings.Refusal(
        "listen \(socketPath == nil ? "tcp" : "unix") \(address): bind: \(reason.prefix(1).lowercased())\(reason.dropFirst())",
        remedy: remedy(error.errnoCode))
    }
  }

  private func remedy(_ number: Int32) -> String? {
    switch number {
    case EADDRINUSE: "end the process that listens there, or choose another address"
    case EADDRNOTAVAIL: "choose an address of this machine"
    case EACCES: "choose a port from 1024 on, or a folder that this user may write to"
    default: nil
    }
  }
}
