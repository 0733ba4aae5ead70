import BoltFile
import DiskIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The backend file of a folder that no node has open, written anew without the room that deleted pairs left.
struct OfflineDefragmentation {
  let folder: String
  var disk: any Disk = PosixDisk()

  private var path: String { "\(folder)/member/snap/db" }

  /// The file as it was stays until the new one is whole.
  ///
  /// - Returns: its size before and after.
  func run() throws(ShellError) -> (before: Int, after: Int) {
    do {
      // Our nodes hold this one while they have the folder open.
      let lock = try disk.exists("\(folder)/member/lock") ? disk.open("\(folder)/member/lock", .update) : nil
      defer { lock?.close() }
      try lock?.lock()
      let backend = open(path, O_RDONLY | O_CLOEXEC)
      defer { if backend >= 0 { close(backend) } }
      if backend >= 0, flock(backend, LOCK_EX | LOCK_NB) != 0 {
        throw ShellError(
          "Failed to defragment etcd data[\(folder)] (etcd has it open)",
          remedy: "without --data-dir, a running etcd is asked to do it")
      }
      let source = try disk.open(path, .read)
      defer { source.close() }
      let before = try source.size()
      let part = path + ".tmp"
      let after: Int
      do {
        after = try copy(source, to: part)
      } catch {
        try? disk.remove(part)
        throw error
      }
      try disk.rename(part, to: path)
      try disk.syncDirectory(PosixDisk.folder(of: path))
      return (before, after)
    } catch {
      let failure = "Failed to defragment etcd data[\(folder)]"
      if let error = error as? DiskError { throw ShellError("\(failure) (\(error))", remedy: error.remedy) }
      if let error = error as? BoltError { throw ShellError("\(failure) (\(error))", remedy: error.remedy) }
      throw ShellError(any: error)
    }
  }

  private func copy(_ source: any DiskFile, to part: String) throws -> Int {
    let reader = try BoltReader(source)
    let file = try disk.open(part, .create)
    defer { file.close() }
    var writer = BoltWriter(file)
    for bucket in reader.buckets {
      try writer.beginBucket(bucket)
      try reader.forEach(in: bucket) { key, value in try writer.add(key, value) }
    }
    return try writer.finish()
  }
}
