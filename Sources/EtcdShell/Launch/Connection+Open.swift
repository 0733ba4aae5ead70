import EtcdAPI

extension Connection {
  /// Speaks to these nodes; the connection itself is made by the first call.
  func open() throws -> Session.Node {
    throw ShellError("remote nodes are not built yet", status: ExitStatus.badFeature)
  }
}
