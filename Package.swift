// swift-tools-version: 6.1

import PackageDescription

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
  name: "etch",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "etch", targets: ["etch"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    // Without its default traits the package needs FoundationEssentials only, which keeps start-up short.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.13.0"),
  ],
  // Ordered bottom-up: a target may depend on those above it in this list, never on those below.
  targets: [
    .systemLibrary(name: "CEditline", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
    .target(name: "Signals"),
    .target(name: "Checksums"),
    .target(name: "Metrics"),
    .target(name: "DiskIO"),
    .target(name: "MVCC", dependencies: ["Checksums"]),
    .target(name: "Leases"),
    .target(name: "EtcdAPI", dependencies: [protobuf], exclude: ["Protos"]),
    .target(name: "AccessControl", dependencies: ["EtcdAPI"]),
    .target(name: "WAL", dependencies: ["DiskIO", "Checksums"]),
    .target(name: "BoltFile", dependencies: ["DiskIO", "Checksums"]),
    .target(name: "EtcdState", dependencies: ["MVCC", "Leases", "AccessControl", "EtcdAPI"]),
    .target(name: "GRPCWire", dependencies: [nioCore, nioPosix, nioHTTP1, nioTLS, nioHPACK, nioSSL, protobuf]),
    .target(
      name: "EtcdServer",
      dependencies: [
        "EtcdState", "AccessControl", "MVCC", "Leases", "EtcdAPI", "WAL", "BoltFile", "DiskIO", "Checksums", "Metrics",
        crypto, cryptoExtras, logging, protobuf,
      ]),
    .target(
      name: "EtcdServices",
      dependencies: [
        "EtcdServer", "EtcdState", "GRPCWire", "EtcdAPI", "Metrics", nioCore, nioPosix, nioSSL, logging, protobuf,
      ]),
    .target(
      name: "ServerProcess",
      dependencies: [
        "EtcdServices", "EtcdServer", "EtcdAPI", "GRPCWire", "DiskIO", "Signals", "Metrics", nioCore, nioPosix, nioSSL,
        logging,
      ]),
    .target(name: "EtcdClient", dependencies: ["GRPCWire", "EtcdAPI", nioCore, nioPosix, nioSSL, protobuf]),
    .target(name: "LineEditing", dependencies: ["CEditline", "Signals"]),
    .target(
      name: "EtcdShell",
      dependencies: [
        "EtcdAPI", "EtcdClient", "LineEditing", "Signals", "DiskIO", "BoltFile", "Checksums", crypto, protobuf,
      ]),
    .executableTarget(name: "etch", dependencies: ["EtcdShell", "ServerProcess", "EtcdServices", "EtcdServer"]),

    .target(name: "TestSupport", dependencies: ["DiskIO"], path: "Tests/TestSupport"),
    .executableTarget(
      name: "ShellBench", dependencies: ["EtcdShell", "EtcdServer", "EtcdAPI"], path: "Tests/Benchmarks/ShellBench"),
    .executableTarget(
      name: "WireBench", dependencies: ["GRPCWire", nioCore, nioPosix], path: "Tests/Benchmarks/WireBench"),
    .executableTarget(name: "LineEditingDemo", dependencies: ["LineEditing"], path: "Tests/LineEditingDemo"),
    .testTarget(name: "SignalsTests", dependencies: ["Signals"]),
    .testTarget(name: "ChecksumsTests", dependencies: ["Checksums"]),
    .testTarget(name: "MetricsTests", dependencies: ["Metrics"]),
    .testTarget(name: "AccessControlTests", dependencies: ["AccessControl", "EtcdAPI", "TestSupport"]),
    .testTarget(name: "DiskIOTests", dependencies: ["DiskIO", "TestSupport"]),
    .testTarget(name: "MVCCTests", dependencies: ["MVCC", "TestSupport"]),
    .testTarget(name: "LeasesTests", dependencies: ["Leases", "TestSupport"]),
    .testTarget(name: "WALTests", dependencies: ["WAL", "TestSupport"]),
    .testTarget(name: "BoltFileTests", dependencies: ["BoltFile", "TestSupport"]),
    .testTarget(name: "EtcdStateTests", dependencies: ["EtcdState", "EtcdAPI", "MVCC", "TestSupport", protobuf]),
    .testTarget(
      name: "GRPCWireTests", dependencies: ["GRPCWire", "TestSupport", nioCore, nioPosix, nioHPACK, nioSSL]),
    .testTarget(
      name: "EtcdServerTests", dependencies: ["EtcdServer", "EtcdClient", "TestSupport", crypto, cryptoExtras]),
    .testTarget(
      name: "EtcdServicesTests",
      dependencies: [
        "EtcdServices", "EtcdServer", "EtcdClient", "EtcdAPI", "GRPCWire", "TestSupport", nioCore, nioPosix, nioSSL,
        logging, protobuf,
      ]),
    .testTarget(
      name: "ServerProcessTests",
      dependencies: ["etch", "ServerProcess", "EtcdServer", "EtcdAPI", "TestSupport", logging]),
    .testTarget(
      name: "EtcdClientTests", dependencies: ["EtcdClient", "GRPCWire", "EtcdAPI", "TestSupport", nioCore, nioPosix]),
    .testTarget(
      name: "LineEditingTests", dependencies: ["LineEditing", "LineEditingDemo", "CEditline", "TestSupport"]),
    .testTarget(
      name: "EtcdShellTests",
      dependencies: ["etch", "EtcdShell", "EtcdServer", "EtcdAPI", "LineEditing", "TestSupport"],
      exclude: ["BadInput.txt", "Hints.txt", "Stories.txt"]),
    .testTarget(
      name: "InteropTests", dependencies: ["etch", "EtcdClient", "EtcdAPI", "TestSupport", protobuf],
      exclude: ["Transcripts", "Differential", "HTTPRequests.txt", "Tours"]),
  ],
  swiftLanguageModes: [.v6]
)
