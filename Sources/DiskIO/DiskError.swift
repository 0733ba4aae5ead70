#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file call that failed: what was tried, on which path, what the system said, and the way out.
public struct DiskError: Error, Sendable, Equatable {
  public enum Operation: String, Sendable {
    case open, create, read, write, resize, reserve = "reserve room in", sync, lock, close
    case createDirectory = "create the folder", list, rename, remove, measure = "measure free space at"
  }

  /// What went wrong, as far as the way out depends on it.
  public enum Reason: Sendable, Equatable {
    /// The file system or the user's quota has no room left.
    case full
    /// The user may not do this here, or the file system is mounted read-only.
    case notPermitted
    /// There is no such file or folder.
    case missing
    /// Another process holds the file's lock.
    case locked(processID: Int?)
    /// The device failed.
    case deviceFailed
    /// This process has too many files open.
    case tooManyFiles
    /// Anything else, in the system's words.
    case other
  }

  public var operation: Operation
  public var path: String
  public var reason: Reason
  /// The system's own words: `No space left on device`.
  public var systemText: String

  public init(_ operation: Operation, _ path: String, _ reason: Reason, systemText: String) {
    self.operation = operation
    self.path = path
    self.reason = reason
    self.systemText = systemText
  }

  /// The error that a system call left in `errno`.
  public init(_ operation: Operation, _ path: String, errno number: Int32) {
    let reason: Reason =
      switch number {
      case ENOSPC, EDQUOT: .full
      // A file that could be opened may be locked, too: both numbers mean that someone else has.
      case EWOULDBLOCK where operation == .lock, EACCES where operation == .lock: .locked(processID: nil)
      case EACCES, EPERM, EROFS: .notPermitted
      case ENOENT: .missing
      case EIO: .deviceFailed
      case EMFILE, ENFILE: .tooManyFiles
      default: .other
      }
    self.init(operation, path, reason, systemText: String(cString: strerror(number)))
  }

  /// What to do about it, where something can be said.
  public var remedy: String? {
    switch reason {
    case .full: "free some space on the file system of \(path), then try again"
    case .notPermitted: "choose a folder that this user may write to, or change its owner or permissions"
    case .missing: operation == .open ? "check the path" : nil
    case .locked(let processID?): "end process \(processID), or choose another folder"
    case .locked(nil): "end the process that uses it, or choose another folder"
    case .deviceFailed: "look at the kernel's log; the disk may be dying"
    case .tooManyFiles: "raise the limit of open files (ulimit -n)"
    case .other: nil
    }
  }
}

extension DiskError: CustomStringConvertible {
  /// One line: `cannot write /data/member/wal/0.tmp: No space left on device`.
  public var description: String {
    switch reason {
    case .locked(let processID?): "\(path) is in use by process \(processID)"
    case .locked(nil): "\(path) is in use by another process"
    default: "cannot \(operation.rawValue) \(path): \(systemText)"
    }
  }
}
