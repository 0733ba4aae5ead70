import Crypto
import DiskIO
import EtcdAPI

extension Command {
  static let snapshotSave = Command(
    "snapshot save", group: .maintenance, summary: "Stores an etcd node backend snapshot to a given file",
    parameters: [Parameter("file", .file)],
    details: """
      What is received goes to FILE.part, is checked against the SHA-256 that ends it, and only then takes the name FILE:
      a file of that name is whole.
      """,
    examples: ["snapshot save backup.db"], wordsMessage: "snapshot save expects one argument"
  ) { invocation in
    let path = invocation.words[0].text
    let endpoints = invocation.etcd.endpoints
    guard endpoints.count == 1 else {
      throw ShellError(
        "snapshot must be requested to one selected node, not multiple [\(endpoints.joined(separator: " "))]",
        remedy: "name one: --endpoints \(endpoints[0])", status: ExitStatus.interrupted)
    }
    do {
      let stream = try await invocation.etcd.snapshot(SnapshotRequest(), at: endpoints[0])
      try await withTaskCancellationHandler {
        try await SnapshotFile(path: path).write(stream)
      } onCancel: {
        stream.cancel()
      }
    } catch {
      var failure = ShellError(any: error)
      failure.status = ExitStatus.interrupted
      throw failure
    }
    invocation.showLine("Snapshot saved at \(path)")
  }
}

/// A saved snapshot: the backend file, followed by its SHA-256.
///
///     | pages of the backend file, a multiple of 512 bytes | 32 bytes SHA-256 of them |
struct SnapshotFile {
  static let digestSize = SHA256.byteCount

  let path: String
  var disk: any Disk = PosixDisk()

  /// Writes what the stream brings, checks it, and gives it its name.
  func write(_ stream: ResponseStream<SnapshotResponse>) async throws {
    let part = path + ".part"
    do {
      try await receive(stream, into: part)
      try disk.rename(part, to: path)
      try disk.syncDirectory(PosixDisk.folder(of: path))
    } catch {
      // An incomplete file is of no use; that it cannot be removed matters less than why it is incomplete.
      try? disk.remove(part)
      if let error = error as? DiskError { throw ShellError(error) }
      throw error
    }
  }

  private func receive(_ stream: ResponseStream<SnapshotResponse>, into part: String) async throws {
    let file = try disk.open(part, .create)
    defer { file.close() }
    var digest = SHA256()
    var size = 0
    // The last bytes received, which may turn out to be the digest.
    var tail: [UInt8] = []
    while let response = try await stream.next() {
      let blob = [UInt8](response.blob)
      try file.write(blob, at: size)
      size += blob.count
      tail += blob
      if tail.count > Self.digestSize {
        digest.update(data: tail.dropLast(Self.digestSize))
        tail.removeFirst(tail.count - Self.digestSize)
      }
    }
    try Task.checkCancellation()
    guard size % 512 == Self.digestSize else {
      throw ShellError("the snapshot ended after \(size) bytes, without its SHA-256", remedy: "try again")
    }
    guard tail.elementsEqual(digest.finalize()) else {
      throw ShellError("the snapshot does not match its SHA-256", remedy: "try again, or save from another member")
    }
    try file.sync()
  }
}

extension ShellError {
  init(_ error: DiskError) { self.init(error.description, remedy: error.remedy, status: ExitStatus.io) }
}
