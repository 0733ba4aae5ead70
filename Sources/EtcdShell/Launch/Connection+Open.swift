import EtcdAPI
import EtcdClient

extension Connection {
  /// The same, with the password asked for when there is a user without one, as etcdctl does.
  func withPassword() throws(ShellError) -> Connection {
    guard let user, password == nil else { return self }
    guard let typed = Secret.read("Password for \(user): ") else { throw noPassword(user) }
    var complete = self
    complete.password = typed
    return complete
  }

  private func noPassword(_ user: String) -> ShellError {
    .badArguments(
      "user \(user) has no password", remedy: "give --user \(user):PASSWORD, --password or ETCDCTL_PASSWORD")
  }

  /// Speaks to these nodes; the connection itself is made by the first call.
  func open() throws -> Session.Node {
    var configuration = RemoteEtcd.Configuration(endpoints: endpoints)
    configuration.dialTimeout = dialTimeout
    configuration.commandTimeout = commandTimeout
    configuration.keepAliveInterval = keepAliveTime
    configuration.keepAliveTimeout = keepAliveTimeout
    let namesFile = caFile != nil || certificateFile != nil || keyFile != nil
    if namesFile || serverName != nil || skipsVerification || !allowsPlaintext {
      var tls = RemoteEtcd.TLS()
      tls.authorityFile = caFile
      tls.certificateFile = certificateFile
      tls.keyFile = keyFile
      tls.serverName = serverName
      tls.skipsVerification = skipsVerification
      configuration.tls = tls
    }
    if let user {
      guard let password else { throw noPassword(user) }
      configuration.user = RemoteEtcd.User(name: user, password: password)
    }
    let etcd = try RemoteEtcd(configuration)
    return Session.Node(
      etcd: etcd, name: endpoints.joined(separator: ","), isEmbedded: false, executor: etcd.preferredExecutor)
  }
}
