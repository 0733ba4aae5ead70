import GRPCWire
import Logging
import NIOCore

/// Says of connections that ended in another way than they should, as etcd does ("rejected connection").
public struct ConnectionLog: Sendable {
  private let logger: Logger

  public init(_ logger: Logger) { self.logger = logger }

  /// What ``ClientListener`` is given.
  public func report(_ problem: ConnectionProblem, _ peer: Peer) {
    let metadata: Logger.Metadata = ["remote-addr": "\(peer.address.map(Self.text) ?? "")", "error": "\(problem)"]
    switch problem {
    case .tlsFailed: logger.warning("rejected connection", metadata: metadata)
    default: logger.debug("closed connection", metadata: metadata)
    }
  }

  /// `10.0.0.7:52344`
  private static func text(_ address: SocketAddress) -> String {
    guard let host = address.ipAddress, let port = address.port else { return address.pathname ?? "" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
