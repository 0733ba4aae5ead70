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

  /// Listens, or says in Go's words why that cannot be.
  func bind<Result>(_ body: (Listener.Address) async throws -> Result) async throws -> Result {
    if let socketPath { Self.removeStaleSocket(socketPath) }
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

  /// A socket file that outlived its process would keep the next one out.
  private static func removeStaleSocket(_ path: String) {
    var facts = stat()
    guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK else { return }
    #if canImport(Glibc)
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    #else
      let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0, errno == ECONNREFUSED { unlink(path) }
  }
}
