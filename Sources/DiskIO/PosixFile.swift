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
    guard retrying({ flock(open, LOCK_EX | LOCK_NB) }) != 0 else { return }
    let number = errno
    var error = DiskError(.lock, path, errno: number)
    if case .locked = error.reason { error.reason = .locked(processID: holder()) }
    throw error
  }

  func close() {
    let last = descriptor.exchange(-1, ordering: .relaxed)
    // Whatever mattered was synced before; an error here could not be acted on.
    if last >= 0 { _ = systemClose(last) }
  }

  /// The process that has the file locked, as the kernel lists it. A line of /proc/locks reads
  ///
  ///     7: FLOCK  ADVISORY  WRITE 4711 08:01:131090 0 EOF
  ///                               pid  dev:dev:inode
  private func holder() -> Int? {
    #if os(Linux)
      var information = stat()
      guard fstat(open, &information) == 0, let table = try? PosixDisk().open("/proc/locks", .read),
        let bytes = try? table.read(1 << 20, at: 0)
      else { return nil }
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count >= 6, words[1] == "FLOCK", words[5].hasSuffix(":\(information.st_ino)") else { continue }
        if let processID = Int(words[4]), processID > 0 { return processID }
      }
    #endif
    return nil
  }
}

// Inside the type this name means its own method.
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
