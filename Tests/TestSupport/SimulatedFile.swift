import DiskIO
import Synchronization

/// An open file of a ``SimulatedDisk``.
final class SimulatedFile: DiskFile {
  let path: String
  private let disk: SimulatedDisk
  private let inode: SimulatedDisk.Inode
  private let epoch: Int
  private let holdsLock = Atomic(false)

  init(path: String, disk: SimulatedDisk, inode: SimulatedDisk.Inode, epoch: Int) {
    self.path = path
    self.disk = disk
    self.inode = inode
    self.epoch = epoch
  }

  deinit { close() }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
    let written = Array(bytes)
    try change(.write) { state throws(DiskError) in
      let growth = offset + written.count - self.inode.content.count
      if growth > 0 { try self.reserve(growth, .write, state) }
      self.inode.content.overwrite(written[...], at: offset)
      self.inode.pending.append(.write(offset: offset, bytes: written))
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
    let bytes = try change(.read, isChange: false) { _ throws(DiskError) in
      Array(self.inode.content.dropFirst(offset).prefix(buffer.count))
    }
    buffer.copyBytes(from: bytes)
    return bytes.count
  }

  func size() throws(DiskError) -> Int {
    try disk.changing { _ throws(DiskError) in self.inode.content.count }
  }

  func truncate(to size: Int) throws(DiskError) { try resize(to: size, .resize) }

  func preallocate(_ size: Int) throws(DiskError) {
    if try self.size() < size { try resize(to: size, .reserve) }
  }

  func nextWritten(from offset: Int) throws(DiskError) -> Int? {
    try offset < size() ? offset : nil
  }

  func sync() throws(DiskError) {
    try change(.sync) { state throws(DiskError) in
      state.syncCount += 1
      self.inode.durable = self.inode.content
      self.inode.pending = []
    }
  }

  func lock() throws(DiskError) {
    guard !holdsLock.load(ordering: .relaxed) else { return }
    try change(.lock, isChange: false) { _ throws(DiskError) in
      guard !self.inode.isLocked else {
        throw DiskError(.lock, self.path, .locked(processID: 4711), systemText: "Resource temporarily unavailable")
      }
      self.inode.isLocked = true
    }
    holdsLock.store(true, ordering: .relaxed)
  }

  func close() {
    guard holdsLock.exchange(false, ordering: .relaxed) else { return }
    try? disk.changing { state throws(DiskError) in
      if self.epoch == state.epoch { self.inode.isLocked = false }
    }
  }

  private func resize(to size: Int, _ operation: DiskError.Operation) throws(DiskError) {
    try change(operation) { state throws(DiskError) in
      let growth = size - self.inode.content.count
      if growth > 0 { try self.reserve(growth, operation, state) }
      self.inode.content.resize(size)
      self.inode.pending.append(.resize(size))
    }
  }

  private func reserve(
    _ count: Int, _ operation: DiskError.Operation, _ state: SimulatedDisk.State
  ) throws(DiskError) {
    guard state.capacity == .max || state.used + count <= state.capacity else {
      throw DiskError(operation, path, .full, systemText: "No space left on device")
    }
  }

  private func change<Result: Sendable>(
    _ operation: DiskError.Operation, isChange: Bool = true,
    _ body: (inout SimulatedDisk.State) throws(DiskError) -> Result
  ) throws(DiskError) -> Result {
    try disk.changing { state throws(DiskError) in
      guard self.epoch == state.epoch else {
        throw DiskError(operation, self.path, .other, systemText: "Bad file descriptor")
      }
      try state.check(operation, self.path, isChange: isChange)
      return try body(&state)
    }
  }
}

extension [UInt8] {
  mutating func resize(_ size: Int) {
    if size < count {
      removeSubrange(size...)
    } else {
      append(contentsOf: repeatElement(0, count: size - count))
    }
  }

  mutating func overwrite(_ bytes: ArraySlice<UInt8>, at offset: Int) {
    if count < offset + bytes.count { resize(offset + bytes.count) }
    replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }
}
