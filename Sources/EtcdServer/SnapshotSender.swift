import BoltFile
import Crypto
import Dispatch
import DiskIO
import EtcdAPI
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Sends a state as etcd's snapshot: the backend file in chunks, then the SHA-256 of all of it.
///
///     [32 KiB][32 KiB]…[rest][SHA-256]        each with the bytes of the file that are still to come
final class SnapshotSender: Sendable {
  /// etcd's chunk.
  static let chunkSize = 32 << 10

  private struct Progress {
    var offset = 0
    var hash = SHA256()
    var isDone = false
  }

  private let file: any DiskFile
  private let size: Int
  private let progress = Mutex(Progress())

  /// Writes the file, away from the caller's thread.
  init(_ checkpoint: Checkpoint, through file: any DiskFile) async throws(EtcdError) {
    let written: Result<Int, BoltError> = await withCheckedContinuation { continuation in
      DispatchQueue.global(qos: .userInitiated).async {
        continuation.resume(returning: Result { () throws(BoltError) in try checkpoint.write(to: file) })
      }
    }
    do throws(BoltError) {
      size = try written.get()
    } catch {
      throw EtcdError("cannot write the snapshot", error)
    }
    self.file = file
  }

  var responses: ResponseStream<SnapshotResponse> {
    ResponseStream(
      next: { () throws(EtcdError) in try self.next() }, cancel: { self.progress.withLock { $0.isDone = true } })
  }

  private func next() throws(EtcdError) -> SnapshotResponse? {
    try progress.withLock { progress throws(EtcdError) in
      if progress.isDone { return nil }
      var response = SnapshotResponse()
      if progress.offset == size {
        progress.isDone = true
        response.blob = Data(progress.hash.finalize())
        return response
      }
      let chunk: [UInt8]
      do throws(DiskError) {
        chunk = try file.read(min(Self.chunkSize, size - progress.offset), at: progress.offset)
      } catch { throw EtcdError("cannot read the snapshot back", error) }
      progress.hash.update(data: chunk)
      progress.offset += chunk.count
      response.blob = Data(chunk)
      response.remainingBytes = UInt64(size - progress.offset)
      return response
    }
  }
}
