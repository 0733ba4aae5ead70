import BoltFile
import Checksums
import Crypto
import DiskIO
import EtcdAPI

extension Command {
  static let snapshotStatus = Command(
    "snapshot status", group: .maintenance, summary: "Gets backend snapshot status of a given file",
    parameters: [Parameter("file", .file)],
    details: """
      Hash, revision, total keys and total size. The file is read from end to end; a snapshot whose SHA-256 does not
      match is refused. No node is asked.
      """,
    examples: ["snapshot save backup.db", "snapshot status backup.db"],
    wordsMessage: "snapshot status requires exactly one argument"
  ) { invocation in
    try invocation.checkFormat(for: .endpoints)
    let path = invocation.words[0].text
    if invocation.session.program == .etcdctl {
      invocation.console.writeErrorLine("Deprecated: Use `etcdutl snapshot status` instead.\n")
    }
    do {
      try invocation.show(.snapshotStatus(try SnapshotFile(path: path).status()))
    } catch let error as DiskError {
      // etcdctl's status, which is not that of files elsewhere.
      throw ShellError(error.description, remedy: error.remedy)
    } catch let error as BoltError {
      throw ShellError("\(error)", remedy: "save a snapshot again")
    }
  }
}

extension SnapshotFile {
  /// Reads the whole file: first for its SHA-256, then for what is in it.
  func status() throws -> SnapshotStatus {
    let file = try disk.open(path, .read)
    defer { file.close() }
    let size = try verifiedSize(of: file)
    let reader = try BoltReader(file)
    // etcdutl's hash: each bucket's name and its pairs, one after another.
    var crc = CRC32C()
    var status = SnapshotStatus(hash: 0, revision: 0, totalKeys: 0, totalSize: Int64(size))
    for bucket in reader.buckets {
      crc.update(Array(bucket.utf8))
      try reader.forEach(in: bucket) { key, value in
        crc.update(key)
        crc.update(value)
        status.totalKeys += 1
        // Keys of the key bucket begin with their revision, so the last is the newest.
        if bucket == "key", key.count >= 8 {
          status.revision = Int64(bigEndian: key.loadUnaligned(as: Int64.self))
        }
      }
    }
    status.hash = crc.value
    return status
  }

  /// Refuses a file that is not as it was saved.
  ///
  /// - Parameter skippingHash: whether a file straight from a data folder, without a SHA-256 behind it, is taken too.
  func check(skippingHash: Bool) throws {
    let file = try disk.open(path, .read)
    defer { file.close() }
    if skippingHash { return }
    if try verifiedSize(of: file) == file.size() {
      throw ShellError(
        "snapshot missing hash but --skip-hash-check=false", cause: "\(path) does not end with its SHA-256",
        remedy: "`snapshot save` writes a file that does")
    }
  }

  /// The size of the backend file in it. A file straight from a data folder has no SHA-256 behind it, and is taken too.
  private func verifiedSize(of file: any DiskFile) throws -> Int {
    let total = try file.size()
    guard total % 512 == Self.digestSize else { return total }
    let size = total - Self.digestSize
    var digest = SHA256()
    var offset = 0
    while offset < size {
      let piece = try file.read(min(1 << 20, size - offset), at: offset)
      guard !piece.isEmpty else { break }
      digest.update(data: piece)
      offset += piece.count
    }
    guard try file.read(Self.digestSize, at: size).elementsEqual(digest.finalize()) else {
      throw ShellError(
        "\(path) does not match its SHA-256: it is damaged or was cut short", remedy: "save a snapshot again")
    }
    return size
  }
}
