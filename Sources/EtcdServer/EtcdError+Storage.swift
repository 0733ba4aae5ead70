import BoltFile
import DiskIO
import EtcdAPI
import WAL

extension EtcdError {
  /// - Parameter message: what could not be done for it.
  init(_ message: String, _ error: DiskError) {
    let code: Code =
      switch error.reason {
      case .full, .tooManyFiles: .resourceExhausted
      case .notPermitted: .permissionDenied
      case .locked: .failedPrecondition
      case .missing, .deviceFailed, .other: .unavailable
      }
    self.init(code, message, cause: "\(error)", remedy: error.remedy)
  }

  init(_ message: String, _ error: LogError) {
    switch error {
    case .disk(let error): self.init(message, error)
    case .damaged, .missingSegment: self.init(.dataLoss, message, cause: "\(error)", remedy: error.remedy)
    }
  }

  init(_ message: String, _ error: BoltError) {
    switch error {
    case .disk(let error): self.init(message, error)
    case .notBackendFile, .damaged: self.init(.dataLoss, message, cause: "\(error)", remedy: error.remedy)
    }
  }
}
