import Synchronization

/// A file that nobody else sees and that is gone with its last reference: for what is written once and read back by a
/// program that has no folder.
public final class MemoryFile: DiskFile {
  public let path: String
  private let content = Mutex<[UInt8]>([])

  /// - Parameter name: what errors call it.
  public init(_ name: String) { path = name }

  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
    content.withLock { content in
      let missing = offset + bytes.count - content.count
      if missing > 0 { content.append(contentsOf: repeatElement(0, count: missing)) }
      content.withUnsafeMutableBytes { $0[offset..<offset + bytes.count].copyBytes(from: bytes) }
    }
  }

  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
    content.withLock { content in
      let found = content.dropFirst(offset).prefix(buffer.count)
      buffer.copyBytes(from: found)
      return found.count
    }
  }

  public func size() throws(DiskError) -> Int { content.withLock { $0.count } }

  public func truncate(to size: Int) throws(DiskError) {
    content.withLock { content in
      if size < content.count {
        content.removeSubrange(size...)
      } else {
        content.append(contentsOf: repeatElement(0, count: size - content.count))
      }
    }
  }

  public func preallocate(_ size: Int) throws(DiskError) { content.withLock { $0.reserveCapacity(size) } }
  public func nextWritten(from offset: Int) throws(DiskError) -> Int? { try offset < size() ? offset : nil }
  public func sync() throws(DiskError) {}
  public func lock() throws(DiskError) {}
  public func close() {}
}
