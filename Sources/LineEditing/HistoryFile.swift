#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A history file in libedit's format that many sessions append to at once.
///
/// An entry is one `write` in append mode under a lock on the file. Every session remembers how far it has read, so
/// that it sees what the others entered since. A file that has grown well over the limit is rewritten beside itself
/// and renamed into place; a session that held or awaited the lock of the old file notices and opens the new one.
struct HistoryFile {
  let path: String
  /// Entries kept when the file is trimmed.
  let limit: Int
  private var readOffset = 0
  private var readFile: ino_t?
  private var entriesRead = 0

  struct Failure: Error, Equatable {
    var message: String
  }

  init(path: String, limit: Int) {
    // A link is followed once, so that trimming replaces the file it points to and not the link.
    let resolved = realpath(path, nil)
    defer { free(resolved) }
    self.path = resolved.map { String(cString: $0) } ?? path
    self.limit = max(limit, 1)
  }

  /// What `refresh` found.
  enum News: Equatable {
    /// Entries that were added since the last look, oldest first.
    case added([String])
    /// The file is another one now (trimmed by a session): all its entries.
    case replaced([String])
  }

  /// Reads what this session has not seen yet. A file that is not there is an empty history.
  mutating func refresh() throws(Failure) -> News {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return .added([]) }
      throw failure()
    }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH) == 0 else { throw failure() }
    return try readNews(descriptor)
  }

  /// Appends an entry; returns what other sessions added before it.
  mutating func append(_ entry: String) throws(Failure) -> News {
    let descriptor = try openLocked()
    defer { close(descriptor) }
    let news = try readNews(descriptor)
    let end = Int(lseek(descriptor, 0, SEEK_END))
    // A line that a full disk tore off is ended, so that it spoils no other.
    let start = end == 0 ? HistoryText.header + "\n" : end > readOffset ? "\n" : ""
    let text = start + HistoryText.encode(entry) + "\n"
    guard SystemCalls.write(text, to: descriptor) else { throw failure() }
    readOffset = end + text.utf8.count
    entriesRead += 1
    if entriesRead > limit + max(limit / 4, 16) { try trim(descriptor) }
    return news
  }

  /// The file, opened for appending, made when it is not there, and locked.
  private func openLocked() throws(Failure) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw failure() }
      guard flock(descriptor, LOCK_EX) == 0 else {
        defer { close(descriptor) }
        throw failure()
      }
      var locked = stat()
      var named = stat()
      guard fstat(descriptor, &locked) == 0, stat(path, &named) == 0, locked.st_ino == named.st_ino else {
        close(descriptor)  // Another session renamed a new file into place while this one waited.
        continue
      }
      if locked.st_mode & 0o077 != 0 { fchmod(descriptor, 0o600) }
      return descriptor
    }
  }

  private mutating func readNews(_ descriptor: Int32) throws(Failure) -> News {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    let isReplaced = readFile != nil && (readFile != status.st_ino || Int(status.st_size) < readOffset)
    if isReplaced {
      readOffset = 0
      entriesRead = 0
    }
    readFile = status.st_ino
    lseek(descriptor, off_t(readOffset), SEEK_SET)
    var bytes: [UInt8] = []
    while let chunk = SystemCalls.read(from: descriptor), !chunk.isEmpty { bytes += chunk }
    let newline = UInt8(ascii: "\n")
    // A torn last line (a full disk, say) is left for the next look; it stays unread until its end is written.
    guard let end = bytes.lastIndex(of: newline) else { return isReplaced ? .replaced([]) : .added([]) }
    readOffset += end + 1
    let entries = bytes[..<end].split(separator: newline)
      .filter { !$0.elementsEqual(HistoryText.header.utf8) }
      .map { HistoryText.decode($0) }
    entriesRead += entries.count
    return isReplaced ? .replaced(entries) : .added(entries)
  }

  /// Keeps the newest entries, under the lock that `descriptor` holds.
  private mutating func trim(_ descriptor: Int32) throws(Failure) {
    lseek(descriptor, 0, SEEK_SET)
    var bytes: [UInt8] = []
    while let chunk = SystemCalls.read(from: descriptor), !chunk.isEmpty { bytes += chunk }
    let kept = bytes.split(separator: UInt8(ascii: "\n"))
      .filter { !$0.elementsEqual(HistoryText.header.utf8) }
      .suffix(limit)
    let text = ([HistoryText.header] + kept.map { String(decoding: $0, as: UTF8.self) }).joined(separator: "\n") + "\n"

    let temporary = path + ".\(getpid()).new"
    let replacement = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard replacement >= 0 else { throw failure() }
    defer { close(replacement) }
    guard SystemCalls.write(text, to: replacement), fsync(replacement) == 0, rename(temporary, path) == 0 else {
      let failure = failure()
      unlink(temporary)
      throw failure
    }
    var status = stat()
    fstat(replacement, &status)
    readFile = status.st_ino
    readOffset = text.utf8.count
    entriesRead = kept.count
  }

  private func failure() -> Failure { Failure(message: "\(path): \(SystemCalls.errorText())") }
}
