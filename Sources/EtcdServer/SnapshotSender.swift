import BoltFile
import Crypto
import DiskIO
import EtcdAPI
import Metrics
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Sends a state as etcd's snapshot: the backend file in chunks, then the SHA-256 of all of it.
///
///     [32 KiB][32 KiB]…[rest][SHA-256]        each with the bytes of the file that are still to come
public final class SnapshotSender: Sendable {
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
  private let begun = ContinuousClock.now
  private let time: Histogram

  /// Writes the file, on the calling thread.
  /// - Parameter time: is told how long it took until all was sent.
  init(_ checkpoint: Checkpoint, through file: any DiskFile, time: Histogram) throws(EtcdError) {
    do throws(BoltError) {
      size = try checkpoint.write(to: file)
    } catch {
      throw EtcdError("cannot write the snapshot", error)
    }
    self.file = file
    self.time = time
  }

  /// Ends the sending: the next response is the last, and nil.
  public func cancel() { progress.withLock { $0.isDone = true } }

  /// The next response, nil after the last.
  public func next() throws(EtcdError) -> SnapshotResponse? {
    try progress.withLock { progress throws(EtcdError) in
      if progress.isDone { return nil }
      var response = SnapshotResponse()
      if progress.offset == size {
        progress.isDone = true
        time.observe(begun.duration(to: .now))
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
