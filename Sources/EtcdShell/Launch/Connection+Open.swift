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
  ///
  /// - Parameter console: where `--debug` tells of calls.
  func open(_ console: Console) throws -> Session.Node {
    var configuration = RemoteEtcd.Configuration(endpoints: endpoints)
    configuration.dialTimeout = dialTimeout
    configuration.commandTimeout = commandTimeout
    configuration.keepAliveInterval = keepAliveTime
    configuration.keepAliveTimeout = keepAliveTimeout
    let namesFile = caFile != nil || certificateFile != nil || keyFile != nil
    let meansTLS = namesFile || serverName != nil || !allowsPlaintext
    if meansTLS || skipsVerification {
      var tls = RemoteEtcd.TLS()
      tls.authorityFile = caFile
      tls.certificateFile = certificateFile
      tls.keyFile = keyFile
      tls.serverName = serverName
      tls.skipsVerification = skipsVerification
      // As etcdctl: not to verify is no wish for TLS.
      tls.coversBareEndpoints = meansTLS
      configuration.tls = tls
    }
    if let user {
      guard let password else { throw noPassword(user) }
      configuration.user = RemoteEtcd.User(name: user, password: password)
    }
    if isDebugging { configuration.observer = { console.writeErrorLine("debug: \($0.text)") } }
    let etcd: RemoteEtcd
    do throws(EtcdError) {
      etcd = try RemoteEtcd(configuration)
    } catch {
      // etcdctl's statuses: a file that cannot be used is a bad argument, an address that cannot be reached is not.
      var refusal = ShellError(error)
      if meansTLS { refusal.status = ExitStatus.badArguments }
      throw refusal
    }
    return Session.Node(
      etcd: etcd, name: endpoints.joined(separator: ","), isEmbedded: false, executor: etcd.preferredExecutor)
  }
}

extension RemoteEtcd.CallReport {
  /// `KV/Range at 127.0.0.1:2379 took 812 µs`, `Lease/LeaseRevoke at … failed after 1.20 ms: …`
  fileprivate var text: String {
    let name = method.split(separator: ".").last ?? method[...]
    guard let failure else { return "\(name) at \(endpoint) took \(Timing.text(took))" }
    return "\(name) at \(endpoint) failed after \(Timing.text(took)): \(failure)"
  }
}
