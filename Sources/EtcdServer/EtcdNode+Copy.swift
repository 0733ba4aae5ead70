import DiskIO
import EtcdAPI
import EtcdState

extension EtcdNode {
  /// Starts a node in memory that begins with what a snapshot holds, as the only member of a cluster of its own. The file
  /// is only read; what follows its last page, such as a SHA-256, is not looked at.
  public static func boot(
    _ configuration: NodeConfiguration = .inMemory, copying snapshot: String, on disk: any Disk = PosixDisk()
  ) throws(EtcdError) -> EtcdNode {
    let file: any DiskFile
    do throws(DiskError) {
      file = try disk.open(snapshot, .read)
    } catch {
      throw EtcdError("cannot read the snapshot \(snapshot)", error)
    }
    defer { file.close() }
    var state = try Checkpoint(file).state
    state.beginCluster(of: configuration.member)
    return try boot(configuration, inMemory: state)
  }
}
