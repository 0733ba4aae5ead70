// swift-tools-version: 6.1

import PackageDescription

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

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
  ],
  // Ordered bottom-up: a target may depend on those above it in this list, never on those below.
  targets: [
    .systemLibrary(name: "CEditline", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
    .target(name: "Checksums"),
    .target(name: "DiskIO"),
    .target(name: "MVCC", dependencies: ["Checksums"]),
    .target(name: "Leases"),
    .target(name: "EtcdAPI", dependencies: [protobuf], exclude: ["Protos"]),
    .target(name: "WAL", dependencies: ["DiskIO", "Checksums"]),
    .target(name: "BoltFile", dependencies: ["DiskIO", "Checksums"]),
    .target(name: "EtcdState", dependencies: ["MVCC", "Leases", "EtcdAPI"]),
    .target(name: "GRPCWire", dependencies: [nioCore, nioPosix, nioHPACK, nioSSL]),
    .target(
      name: "EtcdServer",
      dependencies: [
        "EtcdState", "MVCC", "Leases", "EtcdAPI", "WAL", "BoltFile", "DiskIO", "Checksums", crypto, protobuf,
      ]),
    .target(name: "EtcdClient", dependencies: ["GRPCWire", "EtcdAPI", nioCore, nioPosix, nioSSL, protobuf]),
    .target(name: "LineEditing", dependencies: ["CEditline"]),
    .target(
      name: "EtcdShell",
      dependencies: ["EtcdAPI", "EtcdClient", "LineEditing", "DiskIO", "BoltFile", "Checksums", crypto, protobuf]),
    .executableTarget(name: "etch", dependencies: ["EtcdShell", "EtcdServer"]),

    .target(name: "TestSupport", dependencies: ["DiskIO"], path: "Tests/TestSupport"),
    .executableTarget(
      name: "ShellBench", dependencies: ["EtcdShell", "EtcdServer", "EtcdAPI"], path: "Tests/Benchmarks/ShellBench"),
    .executableTarget(
      name: "WireBench", dependencies: ["GRPCWire", nioCore, nioPosix], path: "Tests/Benchmarks/WireBench"),
    .executableTarget(name: "LineEditingDemo", dependencies: ["LineEditing"], path: "Tests/LineEditingDemo"),
    .testTarget(name: "ChecksumsTests", dependencies: ["Checksums"]),
    .testTarget(name: "DiskIOTests", dependencies: ["DiskIO", "TestSupport"]),
    .testTarget(name: "MVCCTests", dependencies: ["MVCC", "TestSupport"]),
    .testTarget(name: "LeasesTests", dependencies: ["Leases", "TestSupport"]),
    .testTarget(name: "WALTests", dependencies: ["WAL", "TestSupport"]),
    .testTarget(name: "BoltFileTests", dependencies: ["BoltFile", "TestSupport"]),
    .testTarget(name: "EtcdStateTests", dependencies: ["EtcdState", "EtcdAPI", "MVCC", "TestSupport", protobuf]),
    .testTarget(
      name: "GRPCWireTests", dependencies: ["GRPCWire", "TestSupport", nioCore, nioPosix, nioHPACK, nioSSL]),
    .testTarget(name: "EtcdServerTests", dependencies: ["EtcdServer", "EtcdClient", "TestSupport"]),
    .testTarget(
      name: "EtcdClientTests", dependencies: ["EtcdClient", "GRPCWire", "EtcdAPI", "TestSupport", nioCore, nioPosix]),
    .testTarget(
      name: "LineEditingTests", dependencies: ["LineEditing", "LineEditingDemo", "CEditline", "TestSupport"]),
    .testTarget(
      name: "EtcdShellTests",
      dependencies: ["etch", "EtcdShell", "EtcdServer", "EtcdAPI", "LineEditing", "TestSupport"],
      exclude: ["BadInput.txt", "Hints.txt", "Stories.txt"]),
    .testTarget(
      name: "InteropTests", dependencies: ["etch", "EtcdAPI", "TestSupport", protobuf], exclude: ["Transcripts"]),
  ],
  swiftLanguageModes: [.v6]
)
