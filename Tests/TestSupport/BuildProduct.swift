import Foundation

/// The executables of this package that are built beside the tests.
public enum BuildProduct {
  /// The path of an executable target's program.
  public static func path(_ name: String) -> String {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
    let folder =
      bundle.bundlePath.hasSuffix(".xctest") ? bundle.bundleURL.deletingLastPathComponent() : bundle.bundleURL
    return folder.appendingPathComponent(name).path
  }
}
