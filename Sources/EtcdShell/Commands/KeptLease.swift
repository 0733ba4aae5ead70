import EtcdAPI

/// A lease of one's own, renewed each third of its time to live until it is revoked.
final class KeptLease: Sendable {
  let id: Int64
  private let etcd: any Etcd
  private let renewing: Task<Void, Never>

  /// - Parameter timeToLive: in seconds.
  init(_ etcd: any Etcd, timeToLive: Int64) async throws(EtcdError) {
    let granted = try await etcd.leaseGrant(.with { $0.ttl = timeToLive })
    self.etcd = etcd
    id = granted.id
    renewing = Task { await Self.renew(granted.id, granted.ttl, on: etcd) }
  }

  deinit { renewing.cancel() }

  /// Returns when the lease is gone, or could not be renewed for as long as it lives.
  private static func renew(_ id: Int64, _ timeToLive: Int64, on etcd: any Etcd) async {
    let life = Duration.seconds(timeToLive)
    var pause = life / 3
    var end = ContinuousClock.now + life
    while true {
      do { try await Task.sleep(for: pause) } catch { return }
      let asked = ContinuousClock.now
      do throws(EtcdError) {
        guard try await etcd.leaseKeepAlive(.with { $0.id = id }).ttl > 0 else { return }
        end = asked + life
        pause = life / 3
      } catch {
        if ContinuousClock.now > end { return }
        pause = min(life / 3, .milliseconds(500))
      }
    }
  }

  /// Returns when the lease is lost.
  ///
  /// - Throws: `CancellationError` when the caller is cancelled; the lease is not renewed from then on.
  func lost() async throws {
    await withTaskCancellationHandler {
      await renewing.value
    } onCancel: {
      renewing.cancel()
    }
    try Task.checkCancellation()
  }

  /// Gives the lease back, and with it every key attached to it, even when the caller has been cancelled. Should that
  /// fail, it runs out by itself.
  func revoke() async {
    renewing.cancel()
    let (etcd, id) = (etcd, id)
    await Task { _ = try? await etcd.leaseRevoke(.with { $0.id = id }) }.value
  }
}
