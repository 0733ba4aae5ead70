import DiskIO
import EtcdAPI
import EtcdState
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import EtcdServer

@Suite(.timeLimit(.minutes(2))) struct WaitingTests {
  @Test("More requests than may wait for the disk are refused with etcd's words; those that wait are carried out")
  func tooMany() async throws {
    let disk = StuckStorage()
    let configuration = NodeConfiguration.inMemory
    let recovered = RecoveredState(
      state: ClusterState(), position: LogPosition(), entries: [], hardState: RaftHardState(),
      identity: configuration.identity, isFresh: true)
    let node = try EtcdNode.boot(configuration, on: disk, recovered: recovered)
    disk.stick()
    let refusals = Mutex<[EtcdError]>([])
    let successes = Atomic<Int>(0)
    let put = PutRequest.with(key: "a", value: "1")
    // The first batch is with the disk, as large as it came to be; what is over the limit behind it is refused.
    let count = 2 * GroupCommitter.inboxLimit + 100
    for _ in 0..<count {
      node.put(put, by: .root) { result in
        switch result {
        case .success: successes.wrappingAdd(1, ordering: .relaxed)
        case .failure(let error): refusals.withLock { $0.append(error) }
        }
      }
    }
    #expect(refusals.withLock { $0.count } >= 100)
    #expect(refusals.withLock { $0.allSatisfy { $0 == .tooManyRequests } })
    disk.release()
    await node.close()
    #expect(successes.load(ordering: .relaxed) + refusals.withLock { $0.count } == count)
  }

  @Test("A checkpoint is written after so many entries, however small they are")
  func entries() async throws {
    let folder = TemporaryFolder("etch-entries")
    var configuration = NodeConfiguration(.folder(folder.path))
    configuration.snapshotCount = 10
    let node = try EtcdNode.boot(configuration)
    #expect(!FileManager.default.fileExists(atPath: folder.file("member/snap/db")))
    for _ in 0..<10 { _ = try await node.put(.with(key: "a", value: "1")) }
    await node.close()
    #expect(FileManager.default.fileExists(atPath: folder.file("member/snap/db")))
  }
}

/// Keeps nothing, and when told to, does not come back from its disk.
private final class StuckStorage: Storage {
  private let gate = DispatchSemaphore(value: 0)
  private let isStuck = Atomic<Bool>(false)

  func stick() { isStuck.store(true, ordering: .sequentiallyConsistent) }

  func release() {
    isStuck.store(false, ordering: .sequentiallyConsistent)
    gate.signal()
  }

  func append(_ entries: [RaftEntry], hardState: RaftHardState?) throws(EtcdError) {
    if isStuck.load(ordering: .sequentiallyConsistent) { gate.wait() }
  }

  func checkpointIfDue(_ state: ClusterState, at position: LogPosition) {}
  var logByteCount: Int { 0 }
  var lastCheckpoint: LastCheckpoint { LastCheckpoint(size: 0) }
  func temporaryFile() throws(EtcdError) -> any DiskFile { MemoryFile("none") }
  func close() {}
}
