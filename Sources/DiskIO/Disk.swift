/// Every file call that the rest of the program makes, so that a test can put a disk of its own behind it.
///
/// Paths are plain strings as the user wrote them. What makes bytes last is the caller's business and visible at the
/// call: ``DiskFile/sync()`` for what is in a file, ``syncDirectory(_:)`` for which names lead to which files.
///
///     write    -> sync              the bytes survive a crash
///     create   -> syncDirectory     the name survives a crash
///     rename   -> syncDirectory     the new name survives; a crash before leaves the old one or the new one, never none
public protocol Disk: Sendable {
  /// Opens a file.
  func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile

  /// Makes a folder and the folders above it, readable by its owner only. A folder that exists is left alone.
  func createDirectory(_ path: String) throws(DiskError)

  /// The names in a folder, in byte order, without `.` and `..`.
  func list(_ path: String) throws(DiskError) -> [String]

  /// Whether a file or a folder has this name.
  func exists(_ path: String) throws(DiskError) -> Bool

  /// Gives a file or folder a new name, taking the place of the file that had it, in one step.
  func rename(_ path: String, to newPath: String) throws(DiskError)

  /// Removes a file, or a folder that is empty.
  func remove(_ path: String) throws(DiskError)

  /// Makes creations, renames and removals in this folder last.
  func syncDirectory(_ path: String) throws(DiskError)

  /// Bytes that this user can still write on the file system that holds `path`.
  func freeSpace(at path: String) throws(DiskError) -> Int
}

/// How a file is opened.
public enum FileAccess: Sendable {
  /// For reading; the file must exist.
  case read
  /// For reading and writing; the file must exist.
  case update
  /// For reading and writing; the file is made, or emptied if it exists. Readable by its owner only.
  case create
  /// For reading and writing; the file is made if it does not exist, and keeps what it holds.
  case openOrCreate
}

/// An open file. Offsets and sizes count bytes. It closes itself when nobody holds it any more.
public protocol DiskFile: AnyObject, Sendable {
  var path: String { get }

  /// Writes all the bytes at an offset, extending the file as needed.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError)

  /// Reads into the buffer until it is full or the file ends.
  /// - Returns: how many bytes were read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int

  func size() throws(DiskError) -> Int

  /// Cuts the file, or extends it by zeros.
  func truncate(to size: Int) throws(DiskError)

  /// Reserves room up to `size` and extends the file to it; what was not written reads as zeros.
  /// On a file system that cannot reserve, the file is extended only.
  func preallocate(_ size: Int) throws(DiskError)

  /// The first byte at or after an offset that was ever written, as far as the file system can tell; what it never
  /// wrote reads as zeros and need not be read. Nil when there is none up to the end.
  func nextWritten(from offset: Int) throws(DiskError) -> Int?

  /// Makes every byte written so far, and the size, last (fdatasync).
  func sync() throws(DiskError)

  /// Takes the file for this process until it is closed, or fails at once naming who holds it.
  func lock() throws(DiskError)

  /// Closes the file, giving up its lock. Calls made afterwards fail.
  func close()
}

extension DiskFile {
  public func write(_ bytes: [UInt8], at offset: Int) throws(DiskError) {
    var failure: DiskError?
    bytes.withUnsafeBytes { buffer in
      do throws(DiskError) { try write(buffer, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Up to `count` bytes from an offset: fewer when the file ends before.
  public func read(_ count: Int, at offset: Int) throws(DiskError) -> [UInt8] {
    var failure: DiskError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(DiskError) {
        initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}

extension Disk {
  /// The whole of a file.
  public func read(_ path: String) throws(DiskError) -> [UInt8] {
    let file = try open(path, .read)
    defer { file.close() }
    return try file.read(try file.size(), at: 0)
  }

  /// Replaces a file as a whole: after a crash it holds the old bytes or the new ones.
  public func replace(_ path: String, with bytes: [UInt8]) throws(DiskError) {
    let temporary = path + ".tmp"
    let file = try open(temporary, .create)
    try file.write(bytes, at: 0)
    try file.sync()
    file.close()
    try rename(temporary, to: path)
    try syncDirectory(Self.folder(of: path))
  }

  /// The folder that a path lies in; `.` for a bare name.
  public static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
