import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// Skips a test, with a line that says so, where an independent peer is missing. With ETCH_REQUIRE_PEERS in the
  /// environment, as in CI, it runs all the same, and fails.
  public static func needs(_ isThere: @autoclosure @escaping @Sendable () -> Bool, orElse missing: Comment) -> Self {
    .enabled(missing) { ProcessInfo.processInfo.environment["ETCH_REQUIRE_PEERS"] != nil || isThere() }
  }

  public static var needsEtcd35: Self {
    .needs(
      RealEtcd.is35Installed, orElse: "etcd 3.5 is not installed, or set ETCH_TEST_ETCD_35_DIR to its folder")
  }

  public static var needsEtcd34: Self {
    .needs(
      RealEtcd.is34Installed, orElse: "etcd 3.4 is not installed, or set ETCH_TEST_ETCD_34_DIR to its folder")
  }

  /// The openssl command makes the tests' certificates.
  public static var needsOpenSSL: Self {
    .needs(TestCertificates.isPossible, orElse: "the openssl command is not installed")
  }

  public static var needsNghttpd: Self {
    .needs(
      !Program.directories(holding: "nghttpd").isEmpty, orElse: "nghttpd (package nghttp2-server) is not installed")
  }

  public static var needsTmux: Self {
    .needs(!Program.directories(holding: "tmux").isEmpty, orElse: "tmux is not installed")
  }

  public static var needsGRPCIO: Self {
    .needs(
      (try? Program.runBlocking("python3", ["-c", "import grpc"]))?.status == 0, orElse: "python3 has no grpcio")
  }

  /// A package of Python's, under the name it is imported by.
  public static func needsPython(_ module: String) -> Self {
    .needs(
      // The etcd3 package needs protobuf's slow parser.
      (try? Program.runBlocking(
        "python3",
        ["-c", "import os; os.environ['PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION'] = 'python'; import \(module)"]
      ))?.status == 0, orElse: "python3 has no \(module)")
  }
}
