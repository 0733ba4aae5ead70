import EtcdAPI

extension RemoteEtcd {
  /// How to reach a cluster. Every default is etcdctl's.
  public struct Configuration: Sendable {
    /// As etcdctl takes them: `HOST:PORT`, `http://…`, `https://…`, `unix://…`.
    public var endpoints: [String]
    /// How long one endpoint may take to be connected, TLS and HTTP/2 included.
    public var dialTimeout: Duration = .seconds(2)
    /// How long a unary call may take, from first to last attempt.
    public var commandTimeout: Duration = .seconds(5)
    /// After this long without a word from the server, while calls are open, it is asked whether it is there. Never
    /// less than 10 s: etcd closes a connection that asks more often than every 5 s.
    public var keepAliveInterval: Duration = .seconds(10)
    public var keepAliveTimeout: Duration = .seconds(6)
    public var tls: TLS?
    public var user: User?
    /// Is told of every attempt of a call once it has ended; of a stream, once it is open. Called on any thread.
    public var observer: (@Sendable (CallReport) -> Void)?

    public init(endpoints: [String] = ["127.0.0.1:2379"]) { self.endpoints = endpoints }
  }

  /// TLS for `https` endpoints and mostly those without a scheme. The names are those of etcdctl's options.
  public struct TLS: Sendable {
    /// A PEM file with the authorities to trust; nil trusts those of the system (`--cacert`).
    public var authorityFile: String?
    /// PEM files with this client's certificate chain and its key (`--cert`, `--key`).
    public var certificateFile: String?
    public var keyFile: String?
    /// The name to ask for and to find in the server's certificate instead of the endpoint's host.
    public var serverName: String?
    /// Takes any server for what it says it is (`--insecure-skip-tls-verify`).
    public var skipsVerification = false
    /// Whether endpoints without a scheme are spoken to in TLS; else only `https` ones are.
    public var coversBareEndpoints = true

    public init() {}
  }

  /// What became of one attempt of a call.
  public struct CallReport: Sendable {
    /// As ``EtcdMethod`` spells it.
    public var method: String
    public var endpoint: String
    public var took: Duration
    /// The server's or the connection's words when the attempt failed.
    public var failure: String?
  }

  public struct User: Sendable {
    public var name: String
    public var password: String

    public init(name: String, password: String) {
      self.name = name
      self.password = password
    }
  }
}
