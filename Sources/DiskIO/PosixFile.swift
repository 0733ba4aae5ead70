import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open file of the machine's. Reads and writes at offsets may come from several threads.
final class PosixFile: DiskFile {
  let path: String
  /// -1 once closed.
  private let descriptor: Atomic<Int32>

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = Atomic(descriptor)
  }

  deinit { close() }

  private var open: Int32 { descriptor.load(ordering: .relaxed) }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
    var done = 0
    while done < bytes.count {
      let written = retrying {
        pwrite(open, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      }
      guard written > 0 else { throw DiskError(.write, path, errno: written == 0 ? ENOSPC : errno) }
      done += written
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = retrying {
        pread(open, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      }
      guard count >= 0 else { throw DiskError(.read, path, errno: errno) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  func size() throws(DiskError) -> Int {
    var information = stat()
    guard fstat(open, &information) == 0 else { throw DiskError(.open, path, errno: errno) }
    return Int(information.st_size)
  }

  func truncate(to size: Int) throws(DiskError) {
    guard retrying({ ftruncate(open, off_t(size)) }) == 0 else { throw DiskError(.resize, path, errno: errno) }
  }

  func preallocate(_ size: Int) throws(DiskError) {
    #if os(Linux)
      let number = posix_fallocate(open, 0, off_t(size))
      guard number == 0 else { throw DiskError(.reserve, path, errno: number) }
    #else
      if try self.size() < size { try truncate(to: size) }
    #endif
  }

  func nextWritten(from offset: Int) throws(DiskError) -> Int? {
    #if os(Linux)
      let seekData: Int32 = 3
    #else
      let seekData: Int32 = 4
    #endif
    let found = lseek(open, off_t(offset), seekData)
    if found >= 0 { return Int(found) }
    switch errno {
    case ENXIO: return nil
    case EINVAL, EOPNOTSUPP: return try offset < size() ? offset : nil
    default: throw DiskError(.read, path, errno: errno)
    }
  }

  func sync() throws(DiskError) {
    #if os(Linux)
      let result = retrying { fdatasync(open) }
    #else
      // fsync on Darwin leaves the bytes in the drive's cache.
      let result = retrying { fcntl(open, F_FULLFSYNC) }
    #endif
    guard result == 0 else { throw DiskError(.sync, path, errno: errno) }
  }

  func lock() throws(DiskError) {
    #if os(Linux)
      // Not flock: this is the kind of lock that etcd holds on its log.
      var range = Glibc.flock()
      range.l_type = Int16(F_WRLCK)
      range.l_whence = Int16(SEEK_SET)
      let setOpenFileLock: Int32 = 37
      let result = retrying { fcntl(open, setOpenFileLock, &range) }
    #else
      let result = retrying { flock(open, LOCK_EX | LOCK_NB) }
    #endif
    guard result != 0 else { return }
    var error = DiskError(.lock, path, errno: errno)
    if case .locked = error.reason { error.reason = .locked(processID: holder()) }
    throw error
  }

  func close() {
    let last = descriptor.exchange(-1, ordering: .relaxed)
    // Whatever mattered was synced before; an error here could not be acted on.
    if last >= 0 { _ = systemClose(last) }
  }

  /// Another process that has this file open; the kernel does not tell who has it locked.
  private func holder() -> Int? {
    #if os(Linux)
      let own = "/proc/self/fd/\(open)"
      guard let target = linkTarget(own), let processes = try? PosixDisk().list("/proc") else { return nil }
      for process in processes {
        guard let processID = Int(process) else { continue }
        let files = "/proc/\(process)/fd"
        // Processes of other users, and those that have just ended, show nothing.
        let descriptors = (try? PosixDisk().list(files)) ?? []
        let isHolder = descriptors.contains { name in
          linkTarget("\(files)/\(name)") == target && !(processID == Int(getpid()) && Int32(name) == open)
        }
        if isHolder { return processID }
      }
    #endif
    return nil
  }

  private func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes {
      readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
  }
}

// Inside the type this name means its own method.
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
