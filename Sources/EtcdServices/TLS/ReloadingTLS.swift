import EtcdAPI
import GRPCWire
import Logging
import NIOSSL
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Secures connections with certificates that are read again when their files change.
///
///     connection -> stat of the files -> as they were: the context there is
///                                     -> changed: read them -> usable: from now on these
///                                                           -> not: a warning, and what there is goes on
///
/// etcd reads the files for each handshake, and refuses it while they are not usable: between the writing of a
/// certificate and of its key, for one.
public final class ReloadingTLS: Sendable {
  private let settings: TLSSettings
  private let allowedName: AllowedName?
  private let logger: Logger
  private let state: Mutex<State>

  private struct State {
    var material: TLSMaterial
    /// The files as they were when they were last read, usable or not.
    var stamps: [FileStamp?]
  }

  /// - Throws: what cannot be used, by its file's name.
  public init(_ settings: TLSSettings, logger: Logger) throws(EtcdError) {
    self.settings = settings
    self.logger = logger
    allowedName = settings.allowedHostname.map(AllowedName.init)
    let stamps = settings.files.map(FileStamp.init)
    let material = try TLSMaterial(settings)
    state = Mutex(State(material: material, stamps: stamps))
    if let warning = material.warning { logger.warning("\(warning)") }
  }

  /// What a listener takes.
  public var serverTLS: ServerTLS {
    ServerTLS(
      makeHandler: { [self] _ in NIOSSLServerHandler(context: current().context) },
      check: { [self] certificate in try check(certificate) })
  }

  private func current() -> TLSMaterial {
    let stamps = settings.files.map(FileStamp.init)
    return state.withLock { state in
      if stamps == state.stamps { return state.material }
      state.stamps = stamps
      do throws(EtcdError) {
        state.material = try TLSMaterial(settings)
        logger.info("reloaded TLS files", metadata: ["cert-file": "\(settings.certificateFile)"])
        if let warning = state.material.warning { logger.warning("\(warning)") }
      } catch {
        logger.warning(
          "failed to reload TLS files; those read before stay in use",
          metadata: ["error": "\(error.message): \(error.cause ?? "")"])
      }
      return state.material
    }
  }

  /// What is asked of a client's certificate besides its authority's signature.
  private func check(_ certificate: NIOSSLCertificate?) throws {
    guard let certificate else { return }
    let client = CertificateSummary(certificate)
    if let revocations = state.withLock({ $0.material.revocations }),
      revocations.contains(serial: certificate.serialNumber)
    {
      let serial = certificate.serialNumber.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      throw Refusal(description: "the client's certificate '\(client.subject)' is revoked (serial \(serial))")
    }
    if let allowedName, !allowedName.isIn(certificate) {
      let names = client.names.isEmpty ? "nothing" : client.names.joined(separator: ", ")
      throw Refusal(
        description:
          "the client's certificate '\(client.subject)' is good for \(names), not for '\(allowedName.text)'")
    }
  }

  private struct Refusal: Error, CustomStringConvertible {
    let description: String
  }
}

extension TLSSettings {
  /// The files to keep an eye on.
  fileprivate var files: [String] {
    [certificateFile, keyFile] + [trustedAuthorityFile, revocationFile].compactMap { $0 }
  }
}

/// Tells whether a file is the one it was, contents included.
private struct FileStamp: Equatable, Sendable {
  private let inode: UInt64
  private let size: Int64
  private let seconds: Int
  private let nanoseconds: Int

  /// Nil when there is no such file.
  init?(_ path: String) {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    inode = UInt64(info.st_ino)
    size = Int64(info.st_size)
    #if canImport(Darwin)
      let changed = info.st_mtimespec
    #else
      let changed = info.st_mtim
    #endif
    seconds = changed.tv_sec
    nanoseconds = changed.tv_nsec
  }
}
