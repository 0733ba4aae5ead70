import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// TCP ports of 127.0.0.1 that nothing listens on.
public enum FreePort {
  private static let handedOut = Mutex<Set<UInt16>>([])

  /// A port not handed out before by this process. Below 32768, where the kernel takes none for outgoing connections,
  /// so that a server that is stopped finds its port still free when it comes back.
  public static func pick() -> UInt16 {
    while true {
      let port = UInt16.random(in: 12_000..<32_000)
      guard handedOut.withLock({ $0.insert(port).inserted }) else { continue }
      if let socket = SilentListener.bind(port) {
        close(socket)
        return port
      }
    }
  }
}

/// A socket that listens on 127.0.0.1, and accepts only in the kernel: a peer connects and is never answered.
public final class SilentListener: Sendable {
  public let port: UInt16
  private let socket: Int32

  public init() {
    port = FreePort.pick()
    guard let bound = SilentListener.bind(port), listen(bound, 64) == 0 else { fatalError("cannot listen on \(port)") }
    socket = bound
  }

  deinit { close(socket) }

  static func bind(_ port: UInt16) -> Int32? {
    #if canImport(Darwin)
      let descriptor = Darwin.socket(AF_INET, SOCK_STREAM, 0)
    #else
      let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    #endif
    var address = loopback(port)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        #if canImport(Darwin)
          Darwin.bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
        #else
          Glibc.bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
        #endif
      }
    }
    if result == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}
