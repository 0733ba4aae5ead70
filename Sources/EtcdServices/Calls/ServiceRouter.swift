import EtcdAPI
import EtcdServer
import EtcdState
import GRPCWire
import NIOCore

/// etcd's gRPC services over a node: every method by its path.
///
///     event loop   bytes -> request -> node.put(…, then: )          answers of reads come at once
///     elsewhere                              then(response)         those of writes from the committing thread
///     event loop   bytes <- response <-------'
public final class ServiceRouter: CallRouter {
  let node: EtcdNode
  private let certificatesNameUsers: Bool

  /// - Parameter certificatesNameUsers: whether a client without a token is the user whom its verified certificate's
  ///   common name says (etcd's `--client-cert-auth`).
  public init(_ node: EtcdNode, certificatesNameUsers: Bool = false) {
    self.node = node
    self.certificatesNameUsers = certificatesNameUsers
  }

  public func open(_ call: ServerCall) -> (any CallReceiver)? {
    Self.methods[call.path]?(self, call)
  }

  public func hasService(_ name: String) -> Bool { Self.services.contains(name) }

  /// Who makes a call: whom its token or its certificate names.
  func caller(of call: ServerCall) throws(EtcdError) -> Caller {
    let token = call.metadata("token") ?? call.metadata("authorization")
    // The gateway's certificate is the server's own, and names nobody.
    let isFromGateway = call.metadata("grpcgateway-accept") != nil
    let commonName = certificatesNameUsers && !isFromGateway ? call.peer.certificate?.commonName : nil
    return try node.caller(token: token, commonName: commonName)
  }

  typealias Method = @Sendable (ServiceRouter, ServerCall) -> any CallReceiver

  static let methods: [String: Method] = keyMethods.merging(leaseMethods, uniquingKeysWith: one)
    .merging(clusterMethods, uniquingKeysWith: one)
    .merging(maintenanceMethods, uniquingKeysWith: one)
    .merging(authMethods, uniquingKeysWith: one)
    .merging(lockMethods, uniquingKeysWith: one)
    .merging(otherMethods, uniquingKeysWith: one)

  private static let services = Set(methods.keys.map { String($0.dropFirst().prefix { $0 != "/" }) })

  private static let one: @Sendable (Method, Method) -> Method = { _, _ in
    preconditionFailure("a method's path is in the table twice")
  }
}
