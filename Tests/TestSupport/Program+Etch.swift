import Foundation

extension Program {
  /// The path of the shell that was built beside the tests.
  public static let etch: String = {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    let folders: [String?] = [
      bundle?.bundleURL.deletingLastPathComponent().path, Bundle.main.bundlePath,
      CommandLine.arguments.first { $0.hasSuffix(".xctest") }.map {
        URL(fileURLWithPath: $0).deletingLastPathComponent().path
      },
    ]
    let paths = folders.compactMap { $0 }.map { "\($0)/etch" }
    return paths.first { FileManager.default.isExecutableFile(atPath: $0) } ?? paths[0]
  }()
}
