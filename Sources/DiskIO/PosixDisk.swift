#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The machine's own file systems.
public struct PosixDisk: Disk {
  public init() {}

  public func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile {
    let flags =
      switch access {
      case .read: O_RDONLY
      case .update: O_RDWR
      case .create: O_RDWR | O_CREAT | O_TRUNC
      case .openOrCreate: O_RDWR | O_CREAT
      }
    let descriptor = retrying { systemOpen(path, flags | O_CLOEXEC, 0o600) }
    guard descriptor >= 0 else {
      throw DiskError(flags & O_CREAT == 0 ? .open : .create, path, errno: errno)
    }
    return PosixFile(path: path, descriptor: descriptor)
  }

  public func createDirectory(_ path: String) throws(DiskError) {
    if mkdir(path, 0o700) == 0 { return }
    let number = errno
    switch number {
    case EEXIST:
      // A file of that name is not the folder that was asked for.
      guard isDirectory(path) else { throw DiskError(.createDirectory, path, errno: ENOTDIR) }
    case ENOENT where PosixDisk.folder(of: path) != path:
      try createDirectory(PosixDisk.folder(of: path))
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw DiskError(.createDirectory, path, errno: errno)
      }
    default:
      throw DiskError(.createDirectory, path, errno: number)
    }
  }

  public func list(_ path: String) throws(DiskError) -> [String] {
    guard let folder = opendir(path) else { throw DiskError(.list, path, errno: errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw DiskError(.list, path, errno: errno) }
    return names.sorted()
  }

  public func exists(_ path: String) throws(DiskError) -> Bool {
    var information = stat()
    if stat(path, &information) == 0 { return true }
    guard errno == ENOENT || errno == ENOTDIR else { throw DiskError(.open, path, errno: errno) }
    return false
  }

  public func rename(_ path: String, to newPath: String) throws(DiskError) {
    guard systemRename(path, newPath) == 0 else { throw DiskError(.rename, path, errno: errno) }
  }

  public func remove(_ path: String) throws(DiskError) {
    guard systemRemove(path) == 0 else { throw DiskError(.remove, path, errno: errno) }
  }

  public func syncDirectory(_ path: String) throws(DiskError) {
    let folder = try open(path, .read)
    defer { folder.close() }
    try folder.sync()
  }

  public func freeSpace(at path: String) throws(DiskError) -> Int {
    var information = statvfs()
    guard statvfs(path, &information) == 0 else { throw DiskError(.measure, path, errno: errno) }
    return Int(information.f_bavail) * Int(information.f_frsize)
  }

  private func isDirectory(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }
}

// Inside the type these names mean its own methods.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
private func systemRename(_ path: String, _ newPath: String) -> Int32 { rename(path, newPath) }
private func systemRemove(_ path: String) -> Int32 { remove(path) }

/// Repeats a call that a signal interrupted.
func retrying<Result: FixedWidthInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
