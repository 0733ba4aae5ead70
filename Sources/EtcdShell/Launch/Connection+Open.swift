import EtcdAPI
import EtcdClient

extension Connection {
  /// Speaks to these nodes; the connection itself is made by the first call.
  func open() throws -> Session.Node {
    var configuration = RemoteEtcd.Configuration(endpoints: endpoints)
    configuration.dialTimeout = dialTimeout
    configuration.commandTimeout = commandTimeout
    configuration.keepAliveInterval = keepAliveTime
    configuration.keepAliveTimeout = keepAliveTimeout
    if caFile != nil || certificateFile != nil || keyFile != nil || skipsVerification || !allowsPlaintext {
      var tls = RemoteEtcd.TLS()
      tls.authorityFile = caFile
      tls.certificateFile = certificateFile
      tls.keyFile = keyFile
      tls.skipsVerification = skipsVerification
      configuration.tls = tls
    }
    if let user { configuration.user = RemoteEtcd.User(name: user, password: password ?? "") }
    let etcd = try RemoteEtcd(configuration)
    return Session.Node(
      etcd: etcd, name: endpoints.joined(separator: ","), isEmbedded: false, executor: etcd.preferredExecutor)
  }
}
